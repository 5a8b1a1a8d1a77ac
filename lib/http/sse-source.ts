import { context } from "@opentelemetry/api";
import { InvalidOptionError } from "../errors.js";
import { enterLeaving, findMethod } from "../span/index.js";

/** What can be sent: an async iterable, an iterable, or a `ReadableStream`. */
export type SseIterable<Item> = AsyncIterable<Item> | (Iterable<Item> & object) | ReadableStream<Item>;

/**
 * What `sse` sends, or a function that makes it. The function's signal is aborted when the client has left: hand it to
 * whatever the stream waits for.
 */
export type SseSource<Item> =
  SseIterable<Item> | ((signal: AbortSignal) => SseIterable<Item> | PromiseLike<SseIterable<Item>>);

/** How an iterable of any kind is read, and ended. */
interface Reader {
  next(): unknown;
  /** Asks it to end, behind a pull that is under way. */
  end(): unknown;
  /** Makes it end, where it can be stopped from outside. */
  stop(): void;
}

/**
 * This pulls an iterable, in the context of the `sse` call whoever asks, and ends it for good when its consumer leaves.
 */
export class PulledSource {
  readonly #context = context.active();
  readonly #gone = new AbortController();
  /** The iterable, or a promise of it. */
  readonly #made: unknown;
  #reader: Reader | undefined;

  /** What `source` throws as a function, the caller of `sse` gets. */
  constructor(source: unknown) {
    this.#made =
      typeof source === "function" ? (source as (signal: AbortSignal) => unknown)(this.#gone.signal) : source;
    const isPending = isObject(this.#made) && typeof this.#made["then"] === "function";
    if (!isPending && kindOf(this.#made) === undefined) throw notIterable(this.#made);
  }

  /** One step of the iterable; a consumer that has left gets no more. */
  next(): Promise<IteratorResult<unknown, unknown>> {
    return context.with(this.#context, () => this.#step());
  }

  async #step(): Promise<IteratorResult<unknown, unknown>> {
    if (this.#reader === undefined) {
      const iterable = await this.#made;
      if (this.#gone.signal.aborted) return { done: true, value: undefined };
      this.#reader = openReader(iterable);
    }
    return (await this.#reader.next()) as IteratorResult<unknown, unknown>;
  }

  /**
   * Ends the iterable: first by its own `return()`, so that whoever follows it knows that the consumer has left, then by
   * whatever stops what it waits for. Settles when it has ended, with what it threw then.
   */
  leave(): Promise<unknown> {
    const ended = context.with(enterLeaving(this.#context), () => this.#end());
    this.#gone.abort();
    this.#reader?.stop();
    return ended;
  }

  async #end(): Promise<unknown> {
    if (this.#reader !== undefined) return this.#reader.end();
    const isPending = kindOf(this.#made) === undefined;
    const reader = openReader(isPending ? await this.#made : this.#made);
    const ended = reader.end();
    reader.stop();
    return ended;
  }
}

type Kind = "stream" | "async" | "sync";

function kindOf(value: unknown): Kind | undefined {
  if (!isObject(value)) return undefined;
  if (typeof value["getReader"] === "function") return "stream";
  if (typeof value[Symbol.asyncIterator] === "function") return "async";
  return typeof value[Symbol.iterator] === "function" ? "sync" : undefined;
}

function openReader(iterable: unknown): Reader {
  const stop = (): void => stopSource(iterable);
  switch (kindOf(iterable)) {
    case "stream": {
      // Its iterator would wait for a pull that is under way.
      const reader = (iterable as ReadableStream<unknown>).getReader();
      return { next: () => reader.read(), end: () => reader.cancel(), stop };
    }
    case "async": {
      const iterator = (iterable as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      return { next: () => iterator.next(), end: () => iterator.return?.(), stop };
    }
    case "sync": {
      const iterator = (iterable as Iterable<unknown>)[Symbol.iterator]();
      return { next: () => awaitValue(iterator.next()), end: () => iterator.return?.(), stop };
    }
    case undefined:
      throw notIterable(iterable);
  }
}

/** As `for await` does with the promises in a list. */
async function awaitValue(result: IteratorResult<unknown>): Promise<IteratorResult<unknown, unknown>> {
  return result.done === true ? result : { done: false, value: await result.value };
}

/** A stream of Node.js can be destroyed, one of an LLM client's aborted, in the middle of a pull. */
function stopSource(iterable: unknown): void {
  if (!isObject(iterable)) return;
  if (findMethod(iterable, "destroy") !== undefined && findMethod(iterable, "pipe") !== undefined) {
    (iterable as unknown as { destroy(): unknown }).destroy();
  }
  const { controller } = iterable;
  if (controller instanceof AbortController) controller.abort();
}

function isObject(value: unknown): value is Readonly<Record<string | symbol, unknown>> {
  return typeof value === "object" && value !== null;
}

function notIterable(value: unknown): InvalidOptionError {
  return new InvalidOptionError(
    "what sse sends",
    "an async iterable, an iterable, a ReadableStream, or a function that makes one",
    typeof value === "string" ? "…" : value,
  );
}
