/**
 * Spandrel for the `@anthropic-ai/sdk` package: one client at a time by `traceAnthropic`; `startTelemetry` traces all of
 * them.
 *
 * @packageDocumentation
 */
/** @internal */
export { ANTHROPIC_INSTRUMENT } from "./instrument.js";
export { traceAnthropic } from "./trace-anthropic.js";
export type { AnthropicClient } from "./trace-anthropic.js";
