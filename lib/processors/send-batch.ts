import type { ReadableSpan, SpanExporter } from "../otlp/index.js";
import { type ExportOutcome, type FailedExport, type Setback, callExporter } from "./export-call.js";

/** How a batch is sent. */
export interface Sending {
  readonly exporter: SpanExporter;
  readonly timeoutMillis: number;
  /** True when a batch that comes out like this will be sent again, whole. */
  readonly isRepeated: (setback: Setback) => boolean;
  /** True when the batch is kept although the exporter does not say that it may come again. */
  readonly isKept: boolean;
  /** True when the exporter has failed so often that it may be about a span of the batch. */
  readonly isSuspicious: boolean;
  /** True when nobody waits for the batch any more. */
  readonly isGivenUp: () => boolean;
}

/** Calls in which the exporter fails at everything, after which it is the exporter and not a span. */
const MAX_FRUITLESS_CALLS = 40;

/**
 * This hands a batch to an exporter as `callExporter` does. Where `export` throws, or fails again and again, the batch is
 * halved and halved again, so that a span which the exporter cannot write costs itself only. An exporter that fails at
 * everything has failed to take the batch.
 */
export function sendBatch(
  sending: Sending,
  spans: readonly ReadableSpan[],
  settle: (outcome: ExportOutcome) => void,
): void {
  callExporter(sending.exporter, spans, sending.timeoutMillis, (outcome) => {
    if (spans.length > 1 && isAboutSpans(outcome, sending)) new PoisonHunt(sending, outcome, settle).start(spans);
    else settle(outcome);
  });
}

/** True for a failure that may be one with a span, or with the number of them, and not of the destination. */
function isAboutSpans(outcome: ExportOutcome, { isKept, isSuspicious }: Sending): outcome is FailedExport {
  if (outcome.kind !== "failed") return false;
  if (outcome.isTooLarge === true || outcome.isThrown === true) return true;
  if (outcome.rejected > 0) return false;
  return isSuspicious && (outcome.isAboutBatch === true || (isKept && outcome.retryAfterMillis === undefined));
}

/** Sends parts of a batch one after the other, and halves of those that the exporter fails at. */
class PoisonHunt {
  readonly #sending: Sending;
  readonly #settle: (outcome: ExportOutcome) => void;
  /** What is left to send, the end of the batch first. */
  readonly #parts: (readonly ReadableSpan[])[] = [];
  #isFromEnd = false;
  /** Spans at which it failed before it took any: it may have been away, and is asked once more in the end. */
  #suspects: (readonly ReadableSpan[])[] = [];
  #failure: FailedExport;
  #calls = 0;
  #taken = 0;
  #rejected = 0;
  #poison = 0;
  #isRunning = false;
  #isSettled = false;

  constructor(sending: Sending, failure: FailedExport, settle: (outcome: ExportOutcome) => void) {
    this.#sending = sending;
    this.#failure = failure;
    this.#settle = settle;
  }

  start(spans: readonly ReadableSpan[]): void {
    this.#halve(spans);
    this.#run();
  }

  /** A loop and no recursion: an exporter that answers at once would fill the stack. */
  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    let isAnswered = true;
    while (isAnswered && !this.#isSettled) {
      if (this.#sending.isGivenUp()) {
        this.#end(this.#failure);
        break;
      }
      if (this.#parts.length === 0 && this.#taken > 0) this.#parts.push(...this.#suspects.splice(0));
      const part = this.#isFromEnd ? this.#parts.shift() : this.#parts.pop();
      if (part === undefined) {
        this.#finish();
        break;
      }
      isAnswered = false;
      this.#calls++;
      callExporter(this.#sending.exporter, part, this.#sending.timeoutMillis, (outcome) => {
        isAnswered = true;
        this.#take(part, outcome);
        this.#run();
      });
    }
    this.#isRunning = false;
  }

  #take(part: readonly ReadableSpan[], outcome: ExportOutcome): void {
    if (outcome.kind === "exported") {
      this.#count(part.length);
      this.#rejected += Math.min(outcome.rejected, part.length);
      return;
    }
    const isAboutPart = isAboutSpans(outcome, this.#sending);
    if (outcome.kind === "failed" && outcome.rejected > 0 && !(isAboutPart && part.length > 1)) {
      this.#takeRefusal(part.length, outcome);
      return;
    }
    if (!isAboutPart && (this.#taken === 0 || this.#sending.isRepeated(outcome))) {
      this.#end(outcome);
      return;
    }
    if (outcome.kind === "failed") this.#failure = outcome;
    if (isAboutPart && part.length > 1) this.#halve(part);
    else if (this.#taken > 0 || this.#failure.isThrown === true) this.#lose(part.length);
    else this.#suspect(part);
    if (this.#taken === 0 && this.#calls >= MAX_FRUITLESS_CALLS) this.#end(this.#failure);
  }

  /** Whoever refuses a part for good says nothing about the others. */
  #takeRefusal(spans: number, refusal: FailedExport): void {
    const refused = Math.min(refusal.rejected, spans);
    this.#count(refused);
    this.#rejected += refused;
    this.#failure = refusal;
    this.#lose(spans - refused);
  }

  #count(taken: number): void {
    this.#taken += taken;
    this.#isFromEnd = false;
  }

  #lose(spans: number): void {
    this.#poison += spans;
    this.#changeEnds();
  }

  #suspect(part: readonly ReadableSpan[]): void {
    this.#suspects.push(part);
    this.#changeEnds();
  }

  /** Such spans come in runs: as long as there was no other one, the next to look for may be at the other end. */
  #changeEnds(): void {
    if (this.#taken === 0) this.#isFromEnd = !this.#isFromEnd;
  }

  #finish(): void {
    if (this.#taken === 0) this.#end(this.#failure);
    else if (this.#poison === 0) this.#end({ kind: "exported", rejected: this.#rejected });
    else {
      const poison = { spans: this.#poison, error: this.#failure.error };
      this.#end({ kind: "exported", rejected: this.#rejected, poison });
    }
  }

  #halve(spans: readonly ReadableSpan[]): void {
    const middle = Math.ceil(spans.length / 2);
    const halves = [spans.slice(middle), spans.slice(0, middle)];
    if (this.#isFromEnd) this.#parts.unshift(...halves);
    else this.#parts.push(...halves);
  }

  #end(outcome: ExportOutcome): void {
    this.#isSettled = true;
    this.#settle(outcome);
  }
}
