import { log } from "../internal/index.js";
import type { SpanFault } from "../otlp/index.js";

/** This says, once per reason, that a span has no form in OTLP and is left out of its batch. */
export function sayRejected(faults: readonly SpanFault[]): void {
  for (const { reason } of faults) log.warn("SPANDREL_SPAN_REJECTED", `a span was not written: ${reason}`, reason);
}
