import type { Fields } from "../instruments/index.js";
import { contain } from "../internal/index.js";
import { CompletionBuilder } from "./completion-builder.js";
import type { Extraction } from "./extraction.js";
import { StreamCutError } from "./instructor-error.js";

/** This is the streamed answer of one attempt: what its chunks add to the message, then the message. */
export class StreamedMessage {
  readonly #extraction: Extraction;
  readonly #stream: AsyncIterable<unknown>;
  readonly #builder = new CompletionBuilder();

  private constructor(extraction: Extraction, stream: AsyncIterable<unknown>) {
    this.#extraction = extraction;
    this.#stream = stream;
    extraction.receiving(() => this.completion);
  }

  /** Sends the next attempt's request. */
  static async open(
    extraction: Extraction,
    streamOptions: unknown,
    onAttempt: ((attempt: number) => unknown) | undefined,
  ): Promise<StreamedMessage> {
    const stream_options = { include_usage: true, ...(streamOptions as object | undefined) };
    const stream = await extraction.send({ stream: true, stream_options });
    try {
      onAttempt?.(extraction.number);
    } catch (error) {
      contain("SPANDREL_HOOK_FAILED", "onAttempt", error);
    }
    return new StreamedMessage(extraction, stream as AsyncIterable<unknown>);
  }

  /** Each delta as it comes. Throws when the stream fails, or ends before the model has finished. */
  async *deltas(): AsyncGenerator<Fields, void, undefined> {
    const { limits, number, span } = this.#extraction;
    let isFirst = number === 1;
    try {
      for await (const chunk of this.#stream) {
        if (limits.isOver) break;
        if (isFirst) span.answering();
        isFirst = false;
        yield this.#builder.add(chunk);
      }
    } catch (error) {
      throw this.#broken(error);
    }
    // An aborted stream ends as if it were complete.
    if (limits.isOver) throw this.#extraction.broken(limits.signal?.reason);
    if (!this.#builder.isFinished) {
      throw this.#extraction.cut((record) => new StreamCutError(record));
    }
  }

  /** The message, once all deltas are read. Throws as `Extraction.answered` does. */
  finish(): Fields {
    return this.#extraction.answered(this.completion);
  }

  /** What there is of the completion. */
  get completion(): Fields | undefined {
    return this.#builder.completion;
  }

  #broken(error: unknown): unknown {
    if (this.#extraction.limits.isOver || isApiError(error)) return this.#extraction.broken(error);
    return this.#extraction.cut((record) => new StreamCutError(record, { cause: error }));
  }
}

/** The client's own errors, in all of its versions, have these fields; a torn connection's have not. */
function isApiError(error: unknown): boolean {
  return error instanceof Error && "status" in error && "headers" in error;
}
