import {
  type Attributes,
  type BatchObservableCallback,
  type Meter,
  type Observable,
  createNoopMeter,
  metrics,
} from "@opentelemetry/api";
import { SCOPE_NAME } from "../context/index.js";
import { VERSION, contain } from "../internal/index.js";
import type { DropReason, ProcessorLedger } from "../processors/index.js";
import {
  COMPONENT_NAME,
  COMPONENT_TYPE,
  ERROR_TYPE,
  EXPORTED_SPANS,
  IN_FLIGHT_SPANS,
  PROCESSED_SPANS,
  QUEUED_SPANS,
} from "../semconv.js";

const PROCESSOR = "spandrel_span_processor";
const EXPORTER = "spandrel_span_exporter";
/** Losses that are the exporter's: the processor had done its part. */
const EXPORT_FAILURES: readonly string[] = ["export_failed", "export_timeout"] satisfies DropReason[];
/** The convention prescribes this word for spans that end after a shutdown. */
const SHUT_DOWN = "already_shutdown";

/**
 * This shows the ledgers as metrics of whatever `MeterProvider` is registered with the OpenTelemetry API, now or by the
 * end of this turn: `otel.sdk.processor.span.processed`, `otel.sdk.processor.span.queue.size`,
 * `otel.sdk.exporter.span.exported` and `otel.sdk.exporter.span.inflight`, in spans, with the processor's name as
 * `otel.component.name`. They are read when metrics are collected and cost nothing in between. Without a provider
 * nothing happens; a meter that throws is contained. Returns the undoing.
 */
export function observeLedgers(read: () => readonly ProcessorLedger[]): () => void {
  let stop = register(read);
  const retry = setImmediate(() => {
    stop ??= register(read);
  });
  // It must not be what keeps a process for one more turn.
  retry.unref();
  return () => {
    clearImmediate(retry);
    stop?.();
    stop = undefined;
  };
}

/** Returns the undoing, or undefined while no provider is registered. */
function register(read: () => readonly ProcessorLedger[]): (() => void) | undefined {
  try {
    const meter = metrics.getMeter(SCOPE_NAME, VERSION);
    // The API hands out this one where there is no provider, and never replaces it by another.
    if (meter === createNoopMeter()) return undefined;
    const instruments = createInstruments(meter);
    const all = Object.values(instruments);
    const callback = observer(read, instruments);
    meter.addBatchObservableCallback(callback, all);
    return () => {
      try {
        meter.removeBatchObservableCallback(callback, all);
      } catch (error) {
        contain("SPANDREL_METRICS", "taking the metrics of the ledgers back", error);
      }
    };
  } catch (error) {
    contain("SPANDREL_METRICS", "registering the metrics of the ledgers", error);
    return () => {};
  }
}

type Instruments = Readonly<Record<"processed" | "queued" | "exported" | "inFlight", Observable>>;

function createInstruments(meter: Meter): Instruments {
  const unit = "{span}";
  return {
    processed: meter.createObservableCounter(PROCESSED_SPANS, {
      unit,
      description: "Spans that the processor is done with: handed to its exporter, or dropped for error.type",
    }),
    queued: meter.createObservableUpDownCounter(QUEUED_SPANS, {
      unit,
      description: "Spans that wait in the processor's queue",
    }),
    exported: meter.createObservableCounter(EXPORTED_SPANS, {
      unit,
      description: "Spans whose export is over: taken by the receiver, or failed for error.type",
    }),
    inFlight: meter.createObservableUpDownCounter(IN_FLIGHT_SPANS, {
      unit,
      description: "Spans that the exporter has and has not answered for",
    }),
  };
}

function observer(
  read: () => readonly ProcessorLedger[],
  { processed, queued, exported, inFlight }: Instruments,
): BatchObservableCallback {
  return (result) => {
    try {
      for (const ledger of read()) {
        const processor: Attributes = { [COMPONENT_NAME]: ledger.name, [COMPONENT_TYPE]: PROCESSOR };
        const exporter: Attributes = { [COMPONENT_NAME]: ledger.name, [COMPONENT_TYPE]: EXPORTER };
        result.observe(queued, ledger.queued, processor);
        result.observe(inFlight, ledger.inFlight, exporter);
        result.observe(exported, ledger.exported, exporter);
        result.observe(exported, ledger.rejected, { ...exporter, [ERROR_TYPE]: "rejected" });
        let answered = ledger.exported + ledger.rejected;
        for (const [reason, spans] of Object.entries(ledger.dropped)) {
          if (EXPORT_FAILURES.includes(reason)) {
            answered += spans;
            result.observe(exported, spans, { ...exporter, [ERROR_TYPE]: reason });
          } else {
            const error = reason === "shutdown" ? SHUT_DOWN : reason;
            result.observe(processed, spans, { ...processor, [ERROR_TYPE]: error });
          }
        }
        // Not those in flight, although the processor has let them go: they may come back, and a counter must not fall.
        result.observe(processed, answered, processor);
      }
    } catch (error) {
      contain("SPANDREL_METRICS", "reading the ledgers for metrics", error);
    }
  };
}
