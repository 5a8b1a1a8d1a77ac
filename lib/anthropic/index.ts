/**
 * Spandrel for the `@anthropic-ai/sdk` package: one client at a time by `traceAnthropic`; `startTelemetry` traces all of
 * them.
 *
 * @packageDocumentation
 */
export { traceAnthropic } from "./trace-anthropic.js";
export type { AnthropicClient } from "./trace-anthropic.js";
/** @internal */
export { ANTHROPIC_INSTRUMENT } from "./instrument.js";
