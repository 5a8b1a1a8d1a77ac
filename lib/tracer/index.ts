export { toHrTime } from "./clock.js";
export { RecordingTracer } from "./recording-tracer.js";
export type { SpanSource } from "./recorded-span.js";
