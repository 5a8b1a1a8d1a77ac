import { context } from "@opentelemetry/api";
import type { ReadableStream, ReadableWritablePair, StreamPipeOptions, WritableStream } from "node:stream/web";
import { followIterator } from "./follow-iterator.js";
import { findMethod } from "./result-kind.js";
import { shadowMethod } from "./shadow-method.js";
import type { Reopen, StreamRecord } from "./stream-record.js";

interface ReadResult {
  readonly done: boolean;
  readonly value?: unknown;
}

/** What is done with a chunk before it is recorded, such as decoding bytes. */
export type ReadChunk = (chunk: unknown) => unknown;

/**
 * This follows a ReadableStream by its public methods: it is not locked, drained or replaced, back-pressure is the
 * consumer's, and nothing is read that the consumer does not read. Chunks seen by both branches of a `tee()` count once.
 */
export function followReadableStream(
  stream: ReadableStream<unknown>,
  record: StreamRecord,
  reopen: Reopen,
  readChunk: ReadChunk = (chunk) => chunk,
): boolean {
  const isFollowed = followBranch(stream, new Progress(record, reopen, readChunk), 0);
  if (isFollowed) record.watch(stream);
  return isFollowed;
}

/** How far a stream has been read: the branches of a `tee()` deliver every chunk twice, and are left one by one. */
class Progress {
  #chunks = 0;
  #branches = 1;

  constructor(
    readonly record: StreamRecord,
    readonly reopen: Reopen,
    readonly readChunk: ReadChunk,
  ) {}

  chunk(index: number, value: unknown): void {
    if (index < this.#chunks) return;
    this.#chunks = index + 1;
    this.record.chunk(this.readChunk(value));
  }

  split(): void {
    this.#branches++;
  }

  leave(): void {
    if (--this.#branches === 0) this.record.leave();
  }
}

function followBranch(stream: ReadableStream<unknown>, progress: Progress, start: number): boolean {
  let index = start;
  const leaving = (original: Original): unknown =>
    (original() as Promise<void>).then(() => {
      progress.leave();
    });
  const read = (original: Original): unknown => {
    const scope = progress.record.pull(stream, progress.reopen);
    const pending = (scope === undefined ? original() : context.with(scope, original)) as Promise<ReadResult>;
    return pending.then(
      (result) => {
        if (result.done) progress.record.complete();
        else progress.chunk(index++, result.value);
        return result;
      },
      (error: unknown) => {
        progress.record.fail(error);
        throw error;
      },
    );
  };
  const iterate = (original: Original): unknown => {
    const iterator = original() as object;
    followIterator(iterator, progress.record, progress.reopen);
    return iterator;
  };
  return shadowMethods(stream, {
    getReader: (original) => {
      const reader = original() as object;
      shadowMethods(reader, { read, cancel: leaving });
      return reader;
    },
    values: iterate,
    [Symbol.asyncIterator]: iterate,
    tee: (original) => {
      const branches = original() as ReadableStream<unknown>[];
      progress.split();
      for (const branch of branches) followBranch(branch, progress, index);
      return branches;
    },
    pipeTo: (_original, [sink, options]) => visible(stream).pipeTo(sink as WritableStream<unknown>, options as StreamPipeOptions),
    pipeThrough: (_original, [pair, options]) =>
      visible(stream).pipeThrough(pair as ReadableWritablePair<unknown, unknown>, options as StreamPipeOptions),
    cancel: leaving,
  });
}

/** A pipe moves chunks inside the platform; a stream without a buffer of its own, over our reader, lets them be seen. */
function visible(stream: ReadableStream<unknown>): ReadableStream<unknown> {
  const reader = stream.getReader();
  return new globalThis.ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

type Original = () => unknown;
type Shadow = (original: Original, args: readonly unknown[]) => unknown;

/** Shadows those of the methods that the object has. False when none could be. */
function shadowMethods(target: object, shadows: Readonly<Record<string | symbol, Shadow>>): boolean {
  let isShadowed = false;
  for (const key of Reflect.ownKeys(shadows)) {
    const method = findMethod(target, key);
    const shadow = shadows[key];
    if (method === undefined || shadow === undefined) continue;
    isShadowed =
      shadowMethod(target, key, function (this: unknown, ...args: unknown[]) {
        return shadow(() => Reflect.apply(method, this, args), args);
      }) || isShadowed;
  }
  return isShadowed;
}
