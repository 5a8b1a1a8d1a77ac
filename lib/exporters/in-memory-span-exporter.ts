import type { ExportResult, ReadableSpan, SpanExporter } from "../otlp/index.js";

/**
 * This exporter keeps every span it is given, in order, for tests to look at. After `shutdown` it takes no more (its
 * callback gets code 1), as OpenTelemetry's does, so a test makes a fresh one; the spans it has stay readable.
 *
 * @example
 * const exporter = new InMemorySpanExporter();
 * expect(exporter.getFinishedSpans().map((span) => span.name)).toEqual(["TicketService.plan"]);
 */
export class InMemorySpanExporter implements SpanExporter {
  #spans: ReadableSpan[] = [];
  #isShutDown = false;

  export(spans: readonly ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    if (this.#isShutDown) {
      resultCallback({ code: 1, error: new Error("the in-memory exporter has been shut down") });
      return;
    }
    for (const span of spans) this.#spans.push(span);
    resultCallback({ code: 0 });
  }

  /** A copy of the list, in the order of export; the spans themselves are the exported objects. */
  getFinishedSpans(): ReadableSpan[] {
    return [...this.#spans];
  }

  /** Forgets every span; exporting goes on. */
  reset(): void {
    this.#spans = [];
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#isShutDown = true;
  }
}
