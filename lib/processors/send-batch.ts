import type { ReadableSpan, SpanExporter } from "../otlp/index.js";
import { type ExportOutcome, type FailedExport, type Setback, callExporter } from "./export-call.js";

/** How a batch is sent. */
export interface Sending {
  readonly exporter: SpanExporter;
  readonly timeoutMillis: number;
  /** True when a batch that comes out like this will be sent again, whole. */
  readonly isRepeated: (setback: Setback) => boolean;
}

/** Calls in which the exporter throws at everything, after which it is the exporter and not a span. */
const MAX_FRUITLESS_CALLS = 20;

/**
 * This hands a batch to an exporter as `callExporter` does. Where `export` throws, the batch is halved and halved again,
 * so that a span which the exporter cannot write costs itself only. An exporter that throws at everything has failed to
 * take the batch.
 */
export function sendBatch(
  sending: Sending,
  spans: readonly ReadableSpan[],
  settle: (outcome: ExportOutcome) => void,
): void {
  callExporter(sending.exporter, spans, sending.timeoutMillis, (outcome) => {
    if (outcome.kind !== "failed" || outcome.isThrown !== true || spans.length === 1) settle(outcome);
    else new PoisonHunt(sending, outcome, settle).start(spans);
  });
}

/** Sends parts of a batch one after the other, and halves of those that the exporter throws at. */
class PoisonHunt {
  readonly #sending: Sending;
  readonly #settle: (outcome: ExportOutcome) => void;
  /** The next part to send is the last. */
  readonly #parts: (readonly ReadableSpan[])[] = [];
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
      const part = this.#parts.pop();
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
      this.#taken += part.length;
      this.#rejected += outcome.rejected;
      return;
    }
    const isThrown = outcome.kind === "failed" && outcome.isThrown === true;
    if (!isThrown && (this.#taken === 0 || this.#sending.isRepeated(outcome))) {
      this.#end(outcome);
      return;
    }
    if (outcome.kind === "failed") this.#failure = outcome;
    if (isThrown && part.length > 1) this.#halve(part);
    else this.#poison += part.length;
    if (this.#taken === 0 && this.#calls >= MAX_FRUITLESS_CALLS) this.#end(this.#failure);
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
    this.#parts.push(spans.slice(middle), spans.slice(0, middle));
  }

  #end(outcome: ExportOutcome): void {
    this.#isSettled = true;
    this.#settle(outcome);
  }
}
