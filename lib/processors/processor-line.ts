import { contain, errorText, log } from "../internal/index.js";
import type { ReadableSpan } from "../otlp/index.js";
import type { ExportOutcome } from "./export-call.js";
import type { BatchSource, ExporterLane } from "./exporter-lane.js";
import type { Ledger } from "./ledger.js";
import type { ProcessorOptions, QueueSettings } from "./processor-options.js";
import type { Destination } from "./route-table.js";
import { settleWithin } from "./settle-within.js";
import { SpanQueue } from "./span-queue.js";
import type { SpanBatch } from "./span-queue.js";

/** Of the time a shutdown may take, the share for the queue; the rest is for the exporter's own shutdown. */
const FLUSH_SHARE = 0.8;

interface FlushWaiter {
  readonly until: number;
  readonly resolve: () => void;
}

/**
 * This is one processor: filter, queue, export loop and ledger of one destination. Its spans leave in the order in
 * which they ended, so counts are enough to know what is still on its way.
 */
export class ProcessorLine implements Destination, BatchSource {
  readonly name: string;
  readonly isNamed: boolean;
  readonly isDefault: boolean;
  readonly exportTimeoutMillis: number;
  readonly #filter: ((span: ReadableSpan) => unknown) | undefined;
  readonly #isBatching: boolean;
  readonly #delayMillis: number;
  readonly #ledger: Ledger;
  readonly #lane: ExporterLane;
  readonly #queue: SpanQueue;
  readonly #redact: ((span: ReadableSpan) => ReadableSpan) | undefined;
  /** Spans ever queued, of those handed to the exporter, of those settled, and those to export without more delay. */
  #pushed = 0;
  #taken = 0;
  #done = 0;
  #wanted = 0;
  #inFlight: SpanBatch | undefined;
  /** Counted when the batch was handed over: the array is the exporter's now, who may empty it. */
  #inFlightSpans = 0;
  #waiters: FlushWaiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isExportScheduled = false;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(
    options: ProcessorOptions,
    settings: QueueSettings,
    lane: ExporterLane,
    ledger: Ledger,
    redact?: (span: ReadableSpan) => ReadableSpan,
  ) {
    this.name = ledger.name;
    this.isNamed = options.name !== undefined;
    this.isDefault = options.isDefault ?? options.name === "default";
    this.exportTimeoutMillis = settings.exportTimeoutMillis;
    this.#filter = options.filter;
    this.#isBatching = options.isBatchingEnabled ?? true;
    this.#delayMillis = settings.scheduledDelayMillis;
    this.#queue = new SpanQueue(settings);
    this.#ledger = ledger;
    this.#lane = lane;
    this.#redact = redact;
    lane.join(this);
  }

  get hasFilter(): boolean {
    return this.#filter !== undefined;
  }

  get isDue(): boolean {
    return this.#taken < this.#wanted || this.#queue.hasFullBatch;
  }

  /** Takes a span that was routed here. On the caller's path: it never throws unless the span itself does. */
  offer(span: ReadableSpan, bytes: number): void {
    if (this.#filter !== undefined && !this.#accepts(span, this.#filter)) return;
    if (this.#isClosed) {
      this.#ledger.refuse("shutdown");
      return;
    }
    if (!this.#queue.hasRoomFor(bytes)) {
      this.#ledger.refuse("queue_full");
      return;
    }
    this.#queue.push(span, bytes);
    this.#ledger.queue();
    this.#pushed++;
    if (!this.#isBatching) this.exportNow();
    else if (this.#queue.hasFullBatch) this.#scheduleExport();
    else if (this.#timer === undefined) this.#startTimer();
  }

  /** Starts the export of everything queued so far, in this turn where the exporter is free. */
  exportNow(): void {
    if (this.#queue.count === 0) return;
    this.#wanted = this.#pushed;
    this.#lane.request(this);
  }

  /** Exports batch after batch in this turn, for as long as the exporter answers at once. */
  exportAtOnce(): void {
    let before: number;
    do {
      before = this.#queue.count;
      this.exportNow();
    } while (this.#queue.count > 0 && this.#queue.count < before);
  }

  takeBatch(): SpanBatch | undefined {
    if (!this.isDue) return undefined;
    const batch = this.#queue.take();
    if (batch === undefined) return undefined;
    this.#taken += batch.spans.length;
    this.#ledger.send(batch.spans.length);
    this.#redactAll(batch);
    if (batch.spans.length === 0) return this.takeBatch();
    this.#inFlight = batch;
    this.#inFlightSpans = batch.spans.length;
    return batch;
  }

  settle(batch: SpanBatch, outcome: ExportOutcome): void {
    // Given up by a shutdown, which has counted it.
    if (batch !== this.#inFlight) return;
    this.#inFlight = undefined;
    if (outcome.kind === "exported") this.#ledger.confirm(this.#inFlightSpans, outcome.rejected);
    else this.#lose(this.#inFlightSpans, outcome);
    this.#advance(this.#inFlightSpans);
    if (this.#queue.count === 0) this.#sayQueueFull();
  }

  flush(): Promise<void> {
    this.#sayQueueFull();
    if (this.#done === this.#pushed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ until: this.#pushed, resolve });
      this.exportNow();
    });
  }

  /**
   * Takes no more spans (they count `dropped.shutdown`), exports what is queued while there is time, counts the rest
   * and lets go of the exporter. Idempotent, never rejects, takes at most `withinMillis`.
   */
  close(withinMillis: number): Promise<void> {
    return (this.#closing ??= this.#close(withinMillis));
  }

  async #close(withinMillis: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await settleWithin(() => this.flush(), withinMillis * FLUSH_SHARE);
    this.#giveUp();
    await this.#lane.leave(this, withinMillis * (1 - FLUSH_SHARE));
  }

  #accepts(span: ReadableSpan, filter: (span: ReadableSpan) => unknown): boolean {
    try {
      const answer = filter(span);
      if (typeof answer !== "object" || answer === null) return Boolean(answer);
      // An async filter would let everything pass, and its rejection would end the process.
      Promise.resolve(answer).catch(() => undefined);
      throw new TypeError("a filter must return a boolean");
    } catch (error) {
      this.#ledger.refuse("filter_error");
      log.warn(
        "SPANDREL_FILTER_ERROR",
        `the filter of processor "${this.name}" failed, so the span is dropped for it: ${errorText(error)}`,
        this.name,
      );
      return false;
    }
  }

  /** A span in which secrets cannot be looked for is lost rather than passed on. */
  #redactAll({ spans }: SpanBatch): void {
    const redact = this.#redact;
    if (redact === undefined) return;
    let kept = 0;
    for (const span of spans) {
      try {
        spans[kept] = redact(span);
        kept++;
      } catch (error) {
        contain("SPANDREL_REDACTION_FAILED", "redacting a span", error);
      }
    }
    const lost = spans.length - kept;
    spans.length = kept;
    this.#ledger.lose(lost, "redaction_failed");
    this.#advance(lost);
  }

  #startTimer(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.exportNow();
    }, this.#delayMillis);
    this.#timer.unref();
  }

  /** Off the caller's path: an export serialises, compresses and opens sockets. */
  #scheduleExport(): void {
    if (this.#isExportScheduled) return;
    this.#isExportScheduled = true;
    setImmediate(() => {
      this.#isExportScheduled = false;
      this.#lane.request(this);
    });
  }

  #lose(spans: number, outcome: Exclude<ExportOutcome, { kind: "exported" }>): void {
    if (outcome.kind === "timeout") {
      this.#ledger.lose(spans, "export_timeout");
      const within = `within ${this.exportTimeoutMillis} ms`;
      log.warn(
        "SPANDREL_EXPORT_TIMEOUT",
        `the exporter of processor "${this.name}" did not answer ${within}; ${spans} spans are lost`,
        this.name,
      );
      return;
    }
    this.#ledger.lose(spans, "export_failed");
    log.warn(
      "SPANDREL_EXPORT_FAILED",
      `the exporter of processor "${this.name}" failed; ${spans} spans are lost: ${errorText(outcome.error)}`,
      this.name,
    );
  }

  #advance(spans: number): void {
    this.#done += spans;
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => waiter.until > this.#done);
    for (const waiter of waiters) if (waiter.until <= this.#done) waiter.resolve();
  }

  /** Counts what a shutdown has no more time for; an answer that comes later is ignored. */
  #giveUp(): void {
    if (this.#inFlight !== undefined) {
      this.#inFlight = undefined;
      this.#ledger.lose(this.#inFlightSpans, "shutdown");
    }
    for (let batch = this.#queue.take(); batch !== undefined; batch = this.#queue.take()) {
      this.#ledger.send(batch.spans.length);
      this.#ledger.lose(batch.spans.length, "shutdown");
    }
    this.#advance(this.#pushed - this.#done);
    this.#sayQueueFull();
  }

  /** Said when a burst is over, so that the line carries the count. */
  #sayQueueFull(): void {
    const spans = this.#ledger.dropped("queue_full");
    if (spans === 0) return;
    log.warn(
      "SPANDREL_QUEUE_FULL",
      `processor "${this.name}" has dropped ${spans} spans because its queue was full. ` +
        "Raise queue.maxSpans or queue.maxBytes, or use a faster exporter; status() goes on counting.",
      this.name,
    );
  }
}
