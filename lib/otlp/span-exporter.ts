import type { ReadableSpan } from "./readable-span.js";

/** What an exporter answers: `code` 0 is success, 1 is failure (OTel's `ExportResultCode`). */
export interface ExportResult {
  readonly code: number;
  readonly error?: Error;
  /** How many spans of the batch the destination refused for good, whatever became of the others; absent means 0. */
  readonly rejected?: number;
  /**
   * Of a failure: the same batch may be given again, not before so many milliseconds from now; 0 leaves the time to the
   * caller. Absent means that another attempt is of no use.
   */
  readonly retryAfterMillis?: number;
  /** Of a failure: the destination was there and failed at this very batch, so that one of its spans may be the reason. */
  readonly isAboutBatch?: boolean;
  /** Of a failure: smaller parts of the batch may be taken. */
  readonly isTooLarge?: boolean;
}

/**
 * This is OpenTelemetry's `SpanExporter`, structurally: any class that implements the SDK's interface (2.x or 3.x)
 * fits. `export` is never called again before its callback has been called or its deadline has passed.
 */
export interface SpanExporter {
  /** True where a batch that was not answered in time may be given again, as its spans are known by their ids. */
  readonly acceptsRepeats?: boolean;
  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
  /**
   * Takes down facts about the telemetry itself, such as its ledger, where a reader of the spans will find them. It is
   * called at most once, in the end, with OpenTelemetry attribute values; it must not throw and cannot be waited for.
   */
  note?(facts: Readonly<Record<string, unknown>>): void;
}
