export { RecordingTracer } from "./recording-tracer.js";
export type { SpanSource } from "./recorded-span.js";
