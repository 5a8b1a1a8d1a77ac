import { type Attributes, type Context, type Span, SpanStatusCode } from "@opentelemetry/api";
import { recordFailure, serializeValue } from "../capture/index.js";
import { runtime } from "../context/index.js";
import { clock, contain } from "../internal/index.js";
import * as semconv from "../semconv.js";
import type { CallDialect, ChunkReader, ResponseFacts } from "./call-dialect.js";

/**
 * Ends the span of a call whose promise, or whose stream, was collected before anyone read it. A call never refers to
 * either, so waiting for it keeps nothing alive.
 */
const forgotten = new FinalizationRegistry<ModelCall>((call) => call.abandon());

/** What is read of an HTTP response. */
interface ResponseLike {
  readonly status?: unknown;
  readonly headers?: { get?(name: string): string | null };
}

/**
 * This is the life of one model call's span: told of the response, of retries, of the end, and ended exactly once.
 * None of its methods throws.
 */
export class ModelCall {
  readonly span: Span;
  readonly dialect: CallDialect;
  readonly isContentCaptured: boolean;
  /** The context the call's own work runs in; set right after construction, as it holds the call. */
  context: Context | undefined;
  readonly #startedAt = clock.now();
  #isEnded = false;
  #isWatched = false;
  #retryCount = 0;
  #retriesRemaining: unknown;

  constructor(span: Span, dialect: CallDialect, isContentCaptured: boolean) {
    this.span = span;
    this.dialect = dialect;
    this.isContentCaptured = isContentCaptured;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Ends the span if `holder` is collected before anything else ends it; it replaces an earlier holder. */
  watch(holder: object): void {
    this.unwatch();
    if (this.#isEnded) return;
    this.#isWatched = true;
    forgotten.register(holder, this, this);
  }

  /** Stops watching while work is under way that will end the span or watch something else. */
  unwatch(): void {
    if (this.#isWatched) forgotten.unregister(this);
    this.#isWatched = false;
  }

  /** The last response has arrived; nothing of its body is known. */
  answered(response: unknown): void {
    this.#contained(() => this.#readResponse(response));
  }

  /** The client sends the request again by itself. Told twice of one retry (by two hooks), it counts one. */
  retried(retriesRemaining: unknown, status: number | undefined): void {
    if (this.#isEnded || retriesRemaining === this.#retriesRemaining) return;
    this.#retriesRemaining = retriesRemaining;
    const event: Attributes = { [semconv.HTTP_REQUEST_RESEND_COUNT]: ++this.#retryCount };
    if (status === undefined) event[semconv.ERROR_TYPE] = "connection_error";
    else event[semconv.HTTP_RESPONSE_STATUS_CODE] = status;
    this.#contained(() => this.span.addEvent(semconv.CLIENT_RETRY_EVENT, event));
  }

  /** The caller takes the raw response: the body is theirs, and nothing of it will be known. */
  takenRaw(): void {
    this.end(() => this.span.setAttribute(semconv.RESPONSE_READ, "headers"));
  }

  /** The whole response has been read. */
  completed(response: unknown): void {
    this.end(() => this.describe(this.dialect.describeResponse(response)));
  }

  /** The stream is over, in whichever way. */
  streamed(chunkCount: number, firstChunkAt: number, outcome: string, reader: ChunkReader | undefined): void {
    this.end(() => {
      const facts = chunkCount > 0 ? reader?.facts() : undefined;
      this.span.setAttribute(semconv.STREAM_CHUNK_COUNT, chunkCount);
      this.span.setAttribute(semconv.STREAM_OUTCOME, facts?.failure === undefined ? outcome : "failed");
      if (chunkCount > 0) {
        const seconds = (firstChunkAt - this.#startedAt) / 1000;
        this.span.setAttribute(semconv.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, seconds);
      }
      if (facts !== undefined) this.describe(facts);
    });
  }

  /** Something was thrown at the caller. The span goes on until `end`. */
  failure(error: unknown): void {
    this.#contained(() => {
      this.#readResponse(error);
      recordFailure(this.span, error, runtime.limits);
    });
  }

  /** The call failed with what is thrown at the caller. */
  failed(error: unknown): void {
    if (this.#isEnded) return;
    this.failure(error);
    this.end();
  }

  /** Status ERROR for what nobody throws: a cut stream, a failure in the body of a success. */
  mark(type: string, message: string): void {
    this.span.setAttribute(semconv.ERROR_TYPE, type);
    this.span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  /** What the caller held was collected. */
  abandon(): void {
    this.end(() => this.span.setAttribute(semconv.STREAM_OUTCOME, "abandoned"));
  }

  describe(facts: ResponseFacts): void {
    this.span.setAttributes(facts.attributes);
    if (this.isContentCaptured && facts.output !== undefined) {
      this.span.setAttribute(semconv.GEN_AI_OUTPUT_MESSAGES, serializeValue(facts.output, runtime.limits));
    }
    if (facts.failure !== undefined) this.mark(facts.failure.type, facts.failure.message);
  }

  end(describe?: () => void): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.unwatch();
    if (describe !== undefined) this.#contained(describe);
    this.#contained(() => this.span.end());
  }

  /** The clients' errors carry status and headers as their responses do. */
  #readResponse(response: unknown): void {
    if (typeof response !== "object" || response === null) return;
    const { status, headers }: ResponseLike = response;
    if (typeof status === "number") this.span.setAttribute(semconv.HTTP_RESPONSE_STATUS_CODE, status);
    if (typeof headers?.get !== "function") return;
    const requestId = headers.get("x-request-id") ?? headers.get("request-id");
    if (typeof requestId === "string") this.span.setAttribute(semconv.REQUEST_ID, requestId);
  }

  #contained(work: () => void): void {
    try {
      work();
    } catch (error) {
      contain("SPANDREL_CALL_FAILED", "recording a model call", error);
    }
  }
}
