import { contain } from "../internal/index.js";
import type { SpanExporter } from "../otlp/index.js";
import { callExporter, runQuietly } from "./export-call.js";
import type { ExportOutcome } from "./export-call.js";
import { settleWithin } from "./settle-within.js";
import type { SpanBatch } from "./span-queue.js";

/** The exporter's own flush gets as long as an export does by default. */
const EXPORTER_FLUSH_MILLIS = 10_000;

/** This is whose batches go through a lane: a processor's line. */
export interface BatchSource {
  readonly exportTimeoutMillis: number;
  /** True when a batch should be exported now. */
  readonly isDue: boolean;
  /** The next batch, which is in flight from now on; undefined when none is due. */
  takeBatch(): SpanBatch | undefined;
  settle(batch: SpanBatch, outcome: ExportOutcome): void;
  /** Resolves when everything that was queued at the call is settled. */
  flush(): Promise<void>;
}

/**
 * This is the way to one exporter instance, shared by all processors that were given it: one export at a time, in
 * turn, and one shutdown, when the last of them leaves.
 */
export class ExporterLane {
  readonly #exporter: SpanExporter;
  readonly #sources = new Set<BatchSource>();
  readonly #waiting = new Set<BatchSource>();
  #isBusy = false;
  #isNextScheduled = false;

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter;
  }

  /** True when no processor uses the exporter any more. */
  get isEmpty(): boolean {
    return this.#sources.size === 0;
  }

  join(source: BatchSource): void {
    this.#sources.add(source);
  }

  /** Starts the export of the source's next batch in this turn, or as soon as the lane is free. */
  request(source: BatchSource): void {
    if (this.#isBusy) {
      this.#waiting.add(source);
      return;
    }
    const batch = source.takeBatch();
    if (batch === undefined) return;
    this.#isBusy = true;
    callExporter(this.#exporter, batch.spans, source.exportTimeoutMillis, (outcome) => {
      this.#isBusy = false;
      source.settle(batch, outcome);
      if (source.isDue) this.#waiting.add(source);
      this.#scheduleNext();
    });
  }

  /** Waits for everything queued in all its processors, then tells the exporter to flush. Never rejects. */
  async flush(withinMillis: number): Promise<void> {
    await Promise.all([...this.#sources].map((source) => source.flush()));
    if (typeof this.#exporter.forceFlush !== "function") return;
    await this.#tellExporter("forceFlush", Math.min(EXPORTER_FLUSH_MILLIS, withinMillis));
  }

  /** Takes a processor out; the exporter is shut down with the last one. Never rejects, never takes longer. */
  async leave(source: BatchSource, withinMillis: number): Promise<void> {
    if (this.#sources.delete(source) && this.isEmpty) await this.#tellExporter("shutdown", withinMillis);
  }

  /** One batch per turn of the event loop, so that a long queue does not stall the user's own work. */
  #scheduleNext(): void {
    if (this.#isNextScheduled || this.#waiting.size === 0) return;
    this.#isNextScheduled = true;
    setImmediate(() => {
      this.#isNextScheduled = false;
      for (const source of this.#waiting) {
        this.#waiting.delete(source);
        this.request(source);
        break;
      }
      // The one whose turn it was may have been served meanwhile.
      if (!this.#isBusy) this.#scheduleNext();
    });
  }

  async #tellExporter(call: "forceFlush" | "shutdown", millis: number): Promise<void> {
    const settled = await settleWithin(() => runQuietly(() => this.#exporter[call]?.()), millis);
    if (settled.kind === "done") return;
    const error = settled.kind === "late" ? new Error(`no answer within ${millis} ms`) : settled.error;
    contain(
      call === "shutdown" ? "SPANDREL_EXPORTER_SHUTDOWN" : "SPANDREL_EXPORTER_FLUSH",
      `an exporter's ${call}`,
      error,
    );
  }
}
