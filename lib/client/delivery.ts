import type { Tracer } from "@opentelemetry/api";
import { log, sharedSlot } from "../internal/index.js";
import type { ReadableSpan } from "../otlp/index.js";

/** This is what running telemetry lends the client: the way to the processors. */
export interface Delivery {
  /** Makes the spans of buffers; undefined where spans are delivered by a provider that has processors of its own. */
  readonly recorder: Tracer | undefined;
  flush(): Promise<void>;
  /** Routes ended spans, each once; true when no processor has lost any by the time the first export is over. */
  processSpans(spans: readonly ReadableSpan[]): Promise<boolean>;
  /** The span as it may leave the process: a copy without secrets. */
  redact(span: ReadableSpan): ReadableSpan;
}

const slot = sharedSlot<{ current: Delivery | undefined }>("delivery", () => ({ current: undefined }));

/** Tells the client of telemetry that has started, or that none is running. */
export function setDelivery(delivery: Delivery | undefined): void {
  slot.current = delivery;
}

/** The running telemetry; undefined before its start, after its shutdown and where it is disabled. */
export function currentDelivery(): Delivery | undefined {
  return slot.current;
}

/** What holds nothing must not look as if there had been nothing to hold. */
export function sayNotOurs(): void {
  log.warn(
    "SPANDREL_BUFFER_UNUSED",
    "spans can be neither held nor processed by hand with a ready-made tracerProvider; give startTelemetry a function " +
      "(spandrel) => provider",
  );
}
