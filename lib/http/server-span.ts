import { type Span, SpanStatusCode } from "@opentelemetry/api";
import { recordFailure } from "../capture/index.js";
import { runtime } from "../context/index.js";
import { contain } from "../internal/index.js";
import * as semconv from "../semconv.js";

/**
 * How a response ended: all of it was handed over; the connection, or the body, was closed before that; the handler or
 * the body threw; nobody ever read the body.
 */
export type HttpOutcome = "completed" | "closed" | "failed" | "abandoned";

/** What is known of a response when it is over, or of as much of it as was sent. */
export interface Answer {
  /** Undefined where nothing was sent. */
  readonly status: number | undefined;
  /** The pattern that matched. */
  readonly route: string | undefined;
  /** An event stream lasts until its client leaves: for it that is no error. */
  readonly isEventStream: boolean;
}

/** Ends the spans of requests whose answer was collected before anyone had waited for it, or read it to the end. */
const forgotten = new FinalizationRegistry<Watched>(({ span, answer }) => span.end("abandoned", answer));

/** What is said of a request when its answer is collected; it must not hold that. */
interface Watched {
  readonly span: ServerSpan;
  readonly answer: Answer;
}

/** This is the life of one request's span: it ends exactly once. None of its methods throws. */
export class ServerSpan {
  readonly #span: Span;
  readonly #methodName: string;
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(span: Span, methodName: string) {
    this.#span = span;
    this.#methodName = methodName;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Ends the span if `holder` is collected before anything else ends it; it replaces an earlier holder. */
  watch(holder: object, answer: Answer): void {
    forgotten.unregister(this);
    if (!this.#isEnded) forgotten.register(holder, { span: this, answer }, this);
  }

  /** What the framework has turned into a response: told of by the span if that is one of 500 and above. */
  caught(error: unknown): void {
    this.#failure ??= { error };
  }

  /** The handler, or the body, threw. */
  fail(error: unknown, answer: Answer): void {
    this.#failure = { error };
    this.end("failed", answer);
  }

  end(outcome: HttpOutcome, answer: Answer): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    forgotten.unregister(this);
    try {
      if (this.#span.isRecording()) this.#describe(outcome, answer);
      this.#span.end();
    } catch (error) {
      contain("SPANDREL_END_FAILED", "ending a span", error);
    }
  }

  #describe(outcome: HttpOutcome, { status, route, isEventStream }: Answer): void {
    const span = this.#span;
    if (status !== undefined) span.setAttribute(semconv.HTTP_RESPONSE_STATUS_CODE, status);
    if (route !== undefined) {
      span.setAttribute(semconv.HTTP_ROUTE, route);
      span.updateName(`${this.#methodName} ${route}`);
    }
    span.setAttribute(semconv.HTTP_OUTCOME, outcome);
    const isServerError = status !== undefined && status >= 500;
    if (this.#failure !== undefined && (isServerError || outcome === "failed")) {
      recordFailure(span, this.#failure.error, runtime.limits);
    } else if (isServerError) {
      span.setAttribute(semconv.ERROR_TYPE, String(status));
      span.setStatus({ code: SpanStatusCode.ERROR });
    } else if (outcome === "closed" && !isEventStream) {
      span.setAttribute(semconv.ERROR_TYPE, "connection_closed");
      span.setStatus({
        code: SpanStatusCode.ERROR,
        message: "the connection was closed before the response was done",
      });
    }
  }
}
