import type { ReadableSpan } from "./readable-span.js";

/** What an exporter answers: `code` 0 is success, 1 is failure (OTel's `ExportResultCode`). */
export interface ExportResult {
  readonly code: number;
  readonly error?: Error;
  /** How many spans of the batch the destination refused for good although it took the others; absent means 0. */
  readonly rejected?: number;
}

/**
 * This is OpenTelemetry's `SpanExporter`, structurally: any class that implements the SDK's interface (2.x or 3.x)
 * fits. `export` is never called again before its callback has been called or its deadline has passed.
 */
export interface SpanExporter {
  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}
