import { performance } from "node:perf_hooks";
import { contain, LONGEST_TIMER_MILLIS } from "../internal/index.js";
import type { SpanExporter } from "../otlp/index.js";
import { BackOff } from "./back-off.js";
import type { SpanBatch } from "./backlog.js";
import { runQuietly } from "./export-call.js";
import type { ExportOutcome, Setback } from "./export-call.js";
import { type Sending, sendBatch } from "./send-batch.js";
import { settleWithin } from "./settle-within.js";

/** The exporter's own flush gets as long as an export does by default. */
const EXPORTER_FLUSH_MILLIS = 10_000;

/** At so many failures in a row a batch that is kept is looked into: one of its spans may be the reason. */
const SUSPICIOUS_FAILURES = 8;

/** This is whose batches go through a lane: a processor's line. */
export interface BatchSource {
  readonly exportTimeoutMillis: number;
  /** True when a batch is to be kept that the exporter fails to take, whether or not it says that it may be repeated. */
  readonly isDurable: boolean;
  /** True when a batch should be exported now. */
  readonly isDue: boolean;
  /** The next batch, which is in flight from now on; undefined when none is due. */
  takeBatch(): SpanBatch | undefined;
  /** False for a batch that the source has given up meanwhile: whatever becomes of it is too late. */
  isInFlight(batch: SpanBatch): boolean;
  settle(batch: SpanBatch, outcome: ExportOutcome): void;
  /** The batch waits again. */
  putOff(batch: SpanBatch, setback: Setback): void;
  /** Nothing of any source is sent before this moment of the monotonic clock. */
  pause(until: number): void;
  /**
   * Resolves when everything that was queued at the call is settled, or put off beyond this moment of the monotonic clock.
   */
  flush(patience: number): Promise<void>;
}

/**
 * This is the way to one exporter instance, shared by all processors that were given it: one export at a time, in
 * turn, pauses where the destination does not answer or asks for one, and one shutdown, when the last of them leaves.
 */
export class ExporterLane {
  readonly #exporter: SpanExporter;
  readonly #sources = new Set<BatchSource>();
  readonly #waiting = new Set<BatchSource>();
  readonly #backOff = new BackOff();
  #isBusy = false;
  #isNextScheduled = false;
  #pause: NodeJS.Timeout | undefined;
  #askedUntil = 0;
  /** In a row. */
  #failures = 0;

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter;
  }

  /** True when no processor uses the exporter any more. */
  get isEmpty(): boolean {
    return this.#sources.size === 0;
  }

  get takesNotes(): boolean {
    return typeof this.#exporter.note === "function";
  }

  /** Until when the destination has asked to be left alone, on the monotonic clock; over when it has not. */
  get heldUntil(): number {
    return this.#pause === undefined ? 0 : this.#askedUntil;
  }

  join(source: BatchSource): void {
    this.#sources.add(source);
  }

  /** Starts the export of the source's next batch in this turn, or as soon as the lane is free. */
  request(source: BatchSource): void {
    if (this.#isBusy || this.#pause !== undefined) {
      this.#waiting.add(source);
      return;
    }
    // Before the batch is taken: it is redacted then, and a callback of the user's may end a span.
    this.#isBusy = true;
    const batch = source.takeBatch();
    if (batch === undefined) {
      this.#isBusy = false;
      this.#scheduleNext();
      return;
    }
    const sending: Sending = {
      exporter: this.#exporter,
      timeoutMillis: source.exportTimeoutMillis,
      isRepeated: (setback) => this.#repeatAfter(source, setback) !== undefined,
      isKept: source.isDurable,
      isSuspicious: this.#failures % SUSPICIOUS_FAILURES === SUSPICIOUS_FAILURES - 1,
      isGivenUp: () => !source.isInFlight(batch),
    };
    sendBatch(sending, batch.spans, (outcome) => {
      this.#isBusy = false;
      if (source.isInFlight(batch)) this.#settle(source, batch, outcome);
      if (source.isDue) this.#waiting.add(source);
      this.#scheduleNext();
    });
  }

  /** Somebody waits: what is left of a pause is what the destination has asked for, and the back-off starts anew. */
  hurry(): void {
    this.#backOff.reset();
    if (this.#pause === undefined) return;
    clearTimeout(this.#pause);
    const askedMillis = this.#askedUntil - performance.now();
    if (askedMillis > 0) this.#wait(askedMillis);
    else this.#resume();
  }

  /** Waits for everything queued in all its processors, then tells the exporter to flush. Never rejects. */
  async flush(withinMillis: number, patience: number): Promise<void> {
    await Promise.all([...this.#sources].map((source) => source.flush(patience)));
    if (typeof this.#exporter.forceFlush !== "function") return;
    await this.#tellExporter("forceFlush", Math.min(EXPORTER_FLUSH_MILLIS, withinMillis));
  }

  /** Hands these facts to an exporter that takes them down. */
  note(facts: Readonly<Record<string, unknown>>): void {
    try {
      runQuietly(() => this.#exporter.note?.(facts));
    } catch (error) {
      contain("SPANDREL_EXPORTER_NOTE", "an exporter's note", error);
    }
  }

  /** Takes a processor out; the exporter is shut down with the last one. Never rejects, never takes longer. */
  async leave(source: BatchSource, withinMillis: number): Promise<void> {
    this.#waiting.delete(source);
    if (!this.#sources.delete(source) || !this.isEmpty) return;
    clearTimeout(this.#pause);
    this.#pause = undefined;
    await this.#tellExporter("shutdown", withinMillis);
  }

  #settle(source: BatchSource, batch: SpanBatch, outcome: ExportOutcome): void {
    const askedMillis = outcome.kind === "exported" ? undefined : this.#repeatAfter(source, outcome);
    this.#failures = outcome.kind === "failed" ? this.#failures + 1 : 0;
    if (outcome.kind === "exported" || askedMillis === undefined) {
      // Whoever refuses is there.
      if (outcome.kind === "exported" || (outcome.kind === "failed" && outcome.rejected > 0)) this.#backOff.reset();
      source.settle(batch, outcome);
      return;
    }
    const now = performance.now();
    const millis = Math.max(askedMillis, this.#backOff.next());
    this.#askedUntil = now + askedMillis;
    this.#wait(millis);
    source.putOff(batch, outcome);
    for (const one of this.#sources) one.pause(now + millis);
  }

  /** Undefined when another attempt is of no use, or might deliver twice what a destination does not tell apart. */
  #repeatAfter(source: BatchSource, outcome: Setback): number | undefined {
    if (outcome.kind === "timeout") return source.isDurable || this.#exporter.acceptsRepeats === true ? 0 : undefined;
    if (outcome.rejected > 0) return undefined;
    return outcome.retryAfterMillis ?? (source.isDurable ? 0 : undefined);
  }

  #wait(millis: number): void {
    const part = Math.min(millis, LONGEST_TIMER_MILLIS);
    this.#pause = setTimeout(() => {
      if (millis > part) this.#wait(millis - part);
      else this.#resume();
    }, part);
    this.#pause.unref();
  }

  #resume(): void {
    this.#pause = undefined;
    this.#scheduleNext();
  }

  /** One batch per turn of the event loop, so that a long queue does not stall the user's own work. */
  #scheduleNext(): void {
    if (this.#isNextScheduled || this.#pause !== undefined || this.#waiting.size === 0) return;
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
    const error = settled.kind === "late" ? new Error(`no answer within ${Math.round(millis)} ms`) : settled.error;
    contain(
      call === "shutdown" ? "SPANDREL_EXPORTER_SHUTDOWN" : "SPANDREL_EXPORTER_FLUSH",
      `an exporter's ${call}`,
      error,
    );
  }
}
