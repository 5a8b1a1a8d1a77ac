import type { Context } from "@opentelemetry/api";
import { runtime } from "../context/index.js";
import { clock, contain } from "../internal/index.js";
import type { StepRecord } from "../span/index.js";
import type { ChunkReader } from "./call-dialect.js";
import type { ModelCall } from "./model-call.js";

/** The part of the clients' stream class that is read. */
interface StreamLike {
  readonly controller?: { readonly signal?: AbortSignal };
}

/**
 * This follows the stream of one model call: it is told of each chunk, and ends the call's span when the stream is
 * over, with the truth about how: read to its finish, left by its consumer, aborted, cut, failed.
 */
export class ModelStream implements StepRecord {
  readonly #call: ModelCall;
  readonly #reader: ChunkReader | undefined;
  readonly #signal: AbortSignal | undefined;
  #puller: object | undefined;
  #chunkCount = 0;
  #firstChunkAt = 0;

  constructor(call: ModelCall, stream: object) {
    this.#call = call;
    this.#reader = call.dialect.readChunks?.(call.isContentCaptured, runtime.limits.maxBytes);
    this.#signal = (stream as StreamLike).controller?.signal;
  }

  get isStarted(): boolean {
    return this.#puller !== undefined;
  }

  watch(iterator: object): void {
    this.#call.watch(iterator);
  }

  pull(_iterator: object, _reopen: unknown, reader: object = this): Context | undefined {
    if (this.#call.isEnded) return undefined;
    this.#puller ??= reader;
    return this.#puller === reader ? this.#call.context : undefined;
  }

  chunk(chunk: unknown): void {
    if (this.#call.isEnded) return;
    if (this.#chunkCount++ === 0) this.#firstChunkAt = clock.now();
    try {
      this.#reader?.add(chunk);
    } catch (error) {
      contain("SPANDREL_CHUNK_FAILED", "reading a chunk of a model's answer", error);
    }
  }

  /** The clients end an aborted stream as if it were complete; only the signal tells. */
  complete(): void {
    if (this.#reader?.isFinished !== false) return this.#end("completed");
    if (this.#call.isEnded) return;
    if (this.#signal?.aborted === true) {
      // Nothing is thrown, and a helper's reader that breaks comes down to this as well.
      this.#end("aborted");
    } else {
      this.#call.mark("incomplete_stream", "the stream ended before the model had finished");
      this.#end("failed");
    }
  }

  leave(): void {
    this.#end("returned");
  }

  fail(error: unknown): void {
    if (this.#call.isEnded) return;
    this.#call.failure(error);
    this.#end("failed");
  }

  #end(outcome: string): void {
    this.#call.streamed(this.#chunkCount, this.#firstChunkAt, outcome, this.#reader);
  }
}
