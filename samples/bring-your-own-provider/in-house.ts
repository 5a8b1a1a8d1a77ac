// What the application had before: an exporter and a processor of its own, written against OpenTelemetry's interfaces.
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, Span, SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace-node";

/** One line of the in-house file. */
export interface InHouseLine {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly scope: string;
  /** Seconds and nanoseconds. */
  readonly start: readonly [number, number];
  readonly attributes: ReadableSpan["attributes"];
}

/** Writes a span a line, in a format of the house. */
export class InHouseExporter implements SpanExporter {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
  }

  export(spans: readonly ReadableSpan[], done: (result: ExportResult) => void): void {
    const lines = spans.map((span): InHouseLine => {
      const { traceId, spanId } = span.spanContext();
      const parentSpanId = span.parentSpanContext?.spanId ?? null;
      const scope = span.instrumentationScope.name;
      return {
        name: span.name,
        traceId,
        spanId,
        parentSpanId,
        scope,
        start: span.startTime,
        attributes: span.attributes,
      };
    });
    appendFileSync(this.#path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    done({ code: ExportResultCode.SUCCESS });
  }

  async shutdown(): Promise<void> {}
}

/** Stamps every span with the release that is running. */
export class ReleaseStamp implements SpanProcessor {
  onStart(span: Span): void {
    span.setAttribute("app.release", "2026.11");
  }
  onEnd(): void {}
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}
