import { trace } from "@opentelemetry/api";

export { startTelemetry } from "../../dist/esm/index.js";

/** A tracer like that of any instrumentation. */
export function getTracer() {
  return trace.getTracer("faults");
}
