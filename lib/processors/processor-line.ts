import { performance } from "node:perf_hooks";
import { errorText, log } from "../internal/index.js";
import type { ReadableSpan } from "../otlp/index.js";
import type { Backlog, OnLoss, SpanBatch } from "./backlog.js";
import { DeliveryLog } from "./delivery-log.js";
import type { ExportOutcome, Setback } from "./export-call.js";
import type { BatchSource, ExporterLane } from "./exporter-lane.js";
import { FlushWaiters } from "./flush-waiters.js";
import type { DropReason, Ledger } from "./ledger.js";
import type { ProcessorOptions, QueueSettings } from "./processor-options.js";
import type { Destination } from "./route-table.js";
import { settleWithin } from "./settle-within.js";

/**
 * This is one processor: filter, backlog, export loop and ledger of one destination. Its spans leave in the order in
 * which they ended (but for those that a disk has refused, which go first), so counts are enough to know what is still
 * on its way.
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
  readonly #backlog: Backlog;
  readonly #log: DeliveryLog;
  /** Spans ever queued, of those handed to the exporter, of those settled, and those to export without more delay. */
  #pushed = 0;
  #taken = 0;
  #done = 0;
  #wanted = 0;
  #inFlight: SpanBatch | undefined;
  readonly #waiters = new FlushWaiters();
  #timer: NodeJS.Timeout | undefined;
  #isExportScheduled = false;
  #isClosing = false;
  #isClosed = false;
  #draining: Promise<void> | undefined;
  #leaving: Promise<void> | undefined;

  constructor(
    options: ProcessorOptions,
    settings: QueueSettings,
    lane: ExporterLane,
    ledger: Ledger,
    makeBacklog: (onLoss: OnLoss) => Backlog,
  ) {
    this.name = ledger.name;
    this.isNamed = options.name !== undefined;
    this.isDefault = options.isDefault ?? options.name === "default";
    this.exportTimeoutMillis = settings.exportTimeoutMillis;
    this.#filter = options.filter;
    this.#isBatching = options.isBatchingEnabled ?? true;
    this.#delayMillis = settings.scheduledDelayMillis;
    this.#ledger = ledger;
    this.#lane = lane;
    this.#log = new DeliveryLog(this.name, ledger);
    this.#backlog = makeBacklog((spans, reason) => this.#loseWaiting(spans, reason));
    lane.join(this);
    this.#recover(this.#backlog.count);
  }

  get hasFilter(): boolean {
    return this.#filter !== undefined;
  }

  get isDurable(): boolean {
    return this.#backlog.isDurable;
  }

  /** True when the exporter wants to know in the end what became of all spans. */
  get takesNotes(): boolean {
    return this.#lane.takesNotes;
  }

  get isDue(): boolean {
    return this.#taken < this.#wanted || this.#backlog.hasFullBatch;
  }

  /** Spans lost or refused so far. */
  get lost(): number {
    return this.#ledger.lost;
  }

  /** Takes a span that was routed here. On the caller's path: it never throws unless the span itself does. */
  offer(span: ReadableSpan, bytes: number): void {
    if (!this.queue(span, bytes)) return;
    if (!this.#isBatching) {
      this.exportNow();
      return;
    }
    if (this.#backlog.hasFullBatch) this.#scheduleExport();
    // The span may be one that comes after the full batch.
    this.#startTimer();
  }

  /** What is queued from now on does not share a batch with what was queued before, unless they come from a disk. */
  startBatch(): void {
    this.#backlog.startBatch();
  }

  /** Queues a span that was routed here and starts nothing; false when it is not queued, the ledger says why. */
  queue(span: ReadableSpan, bytes: number): boolean {
    if (this.#filter !== undefined && !this.#accepts(span, this.#filter)) return false;
    if (this.#isClosing && (this.#isClosed || !this.isDurable)) {
      this.#ledger.refuse("shutdown");
      return false;
    }
    const refusal = this.#backlog.add(span, bytes);
    if (refusal !== undefined) {
      this.#ledger.refuse(refusal);
      return false;
    }
    this.#ledger.queue();
    this.#pushed++;
    return true;
  }

  /** Starts the export of everything queued so far, in this turn where the exporter is free. */
  exportNow(): void {
    if (this.#backlog.count === 0) return;
    this.#wanted = this.#pushed;
    this.#lane.request(this);
  }

  /** Exports batch after batch in this turn, for as long as the exporter answers at once. */
  exportAtOnce(): void {
    this.#lane.hurry();
    let before: number;
    do {
      before = this.#backlog.count;
      this.exportNow();
    } while (this.#backlog.count > 0 && this.#backlog.count < before);
  }

  takeBatch(): SpanBatch | undefined {
    if (!this.isDue) return undefined;
    const batch = this.#backlog.take();
    if (batch === undefined) {
      if (this.#backlog.count > 0) this.#tryLater();
      return undefined;
    }
    this.#taken += batch.spans.length;
    this.#ledger.send(batch.spans.length);
    this.#inFlight = batch;
    return batch;
  }

  isInFlight(batch: SpanBatch): boolean {
    return batch === this.#inFlight;
  }

  settle(batch: SpanBatch, outcome: ExportOutcome): void {
    this.#inFlight = undefined;
    this.#count(batch.spans.length, outcome);
    this.#backlog.settle(batch);
    this.#advance(batch.spans.length);
    if (this.#backlog.count === 0) this.#log.sayQueueFull();
  }

  putOff(batch: SpanBatch, setback: Setback): void {
    this.#takeBack(batch);
    this.#log.sayPutOff(setback, this.exportTimeoutMillis, this.isDurable);
  }

  pause(until: number): void {
    this.#waiters.putOff(until);
  }

  /**
   * Resolves when all that was queued at the call is settled, or when a pause keeps it from being sent until after this
   * moment of the monotonic clock.
   */
  flush(patience: number): Promise<void> {
    return Promise.all([this.#untilSettled(patience), this.#backlog.sync()]).then(() => undefined);
  }

  /**
   * Takes no more spans (they count `dropped.shutdown`), exports what is queued while there is time, and counts the
   * rest. A durable backlog takes and keeps spans until the end of it. Idempotent, never rejects, takes at most
   * `withinMillis`.
   */
  drain(withinMillis: number): Promise<void> {
    return (this.#draining ??= this.#drain(withinMillis));
  }

  /** Lets go of the exporter. Idempotent, never rejects, takes at most `withinMillis`. */
  leave(withinMillis: number): Promise<void> {
    return (this.#leaving ??= this.#lane.leave(this, withinMillis));
  }

  async #drain(withinMillis: number): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    const patience = performance.now() + withinMillis;
    await settleWithin(() => this.#untilSettled(patience), withinMillis);
    this.#isClosed = true;
    this.#giveUp();
  }

  #recover(spans: number): void {
    if (spans === 0) return;
    this.#ledger.recover(spans);
    this.#pushed += spans;
    this.#startTimer();
  }

  #untilSettled(patience: number): Promise<void> {
    this.#log.sayQueueFull();
    if (this.#done === this.#pushed || this.#lane.heldUntil > patience) return Promise.resolve();
    const settled = this.#waiters.add(this.#pushed, patience);
    this.#lane.hurry();
    this.exportNow();
    return settled;
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

  /** What waits cannot be read now: nothing is gained by waiting for it, and nothing is lost. */
  #tryLater(): void {
    this.#waiters.putOff(Infinity);
    this.#startTimer();
  }

  #startTimer(): void {
    if (this.#timer !== undefined || this.#isClosing) return;
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

  #count(spans: number, outcome: ExportOutcome): void {
    if (outcome.kind === "exported") {
      const poisoned = outcome.poison?.spans ?? 0;
      this.#ledger.confirm(spans - poisoned, outcome.rejected);
      this.#ledger.lose(poisoned, "export_failed");
      if (outcome.poison !== undefined) this.#log.sayPoison(outcome.poison);
    } else if (outcome.kind === "timeout") {
      this.#ledger.lose(spans, "export_timeout");
      this.#log.sayTimeout(spans, this.exportTimeoutMillis);
    } else {
      const rejected = Math.min(outcome.rejected, spans);
      this.#ledger.confirm(rejected, rejected);
      this.#ledger.lose(spans - rejected, "export_failed");
      this.#log.sayFailed(spans, rejected, outcome.error);
    }
  }

  #loseWaiting(spans: number, reason: DropReason): void {
    this.#ledger.loseQueued(spans, reason);
    this.#taken += spans;
    this.#advance(spans);
  }

  #takeBack(batch: SpanBatch): void {
    this.#inFlight = undefined;
    // Whatever made it due, it is due again.
    this.#wanted = Math.max(this.#wanted, this.#taken);
    this.#taken -= batch.spans.length;
    this.#ledger.takeBack(batch.spans.length);
    this.#backlog.putBack(batch);
  }

  #advance(spans: number): void {
    this.#done += spans;
    this.#waiters.advance(this.#done);
  }

  /** Counts what a shutdown has no more time for, or leaves it where it is kept; a later answer is ignored. */
  #giveUp(): void {
    if (this.#inFlight !== undefined) this.#takeBack(this.#inFlight);
    this.#loseWaiting(this.#backlog.close(), "shutdown");
    this.#waiters.advance(Infinity);
    this.#log.sayQueueFull();
  }
}
