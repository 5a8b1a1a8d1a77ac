/**
 * Spandrel for the `openai` package: one client at a time by `traceOpenAI`; `startTelemetry` traces all of them.
 *
 * @packageDocumentation
 */
export { traceOpenAI } from "./trace-openai.js";
export type { OpenAIClient } from "./trace-openai.js";
/** @internal */
export { OPENAI_INSTRUMENT } from "./instrument.js";
/** @internal */
export { traceCompletions } from "./trace-completions.js";
