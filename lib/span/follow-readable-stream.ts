import { type Context, context } from "@opentelemetry/api";
import type { ReadableStream, ReadableWritablePair, StreamPipeOptions, WritableStream } from "node:stream/web";
import { shadowMethod } from "../internal/index.js";
import { type StepRecord, followIterator } from "./follow-iterator.js";
import { findMethod } from "./result-kind.js";
import type { Reopen, StreamRecord } from "./stream-record.js";

/** What is told of the reading of a whole stream. */
export type ReadRecord = StepRecord & Pick<StreamRecord, "scope">;

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
  record: ReadRecord,
  reopen: Reopen,
  readChunk: ReadChunk = (chunk) => chunk,
): boolean {
  const isFollowed = followBranch(stream, new Progress(stream, record, reopen, readChunk), 0);
  if (isFollowed) record.watch(stream);
  return isFollowed;
}

/** How far a stream has been read: the branches of a `tee()` deliver every chunk twice, and are left one by one. */
class Progress {
  #chunks = 0;
  #branches = 1;

  constructor(
    readonly stream: ReadableStream<unknown>,
    readonly record: ReadRecord,
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

/** The reading of one branch, or of a stream that was never split: its steps, told to the progress of the whole. */
class Branch implements StepRecord {
  readonly #progress: Progress;
  #index: number;
  #isLeft = false;
  #isCancelled = false;

  constructor(progress: Progress, start: number) {
    this.#progress = progress;
    this.#index = start;
  }

  get isStarted(): boolean {
    return this.#progress.record.isStarted;
  }

  get index(): number {
    return this.#index;
  }

  /** Where the source's work belongs when it is made to work without being read. */
  get scope(): Context | undefined {
    return this.#progress.record.scope;
  }

  /** The whole is what may be forgotten: its branches keep it alive. */
  watch(): void {}

  pull(): Context | undefined {
    return this.#progress.record.pull(this.#progress.stream, this.#progress.reopen);
  }

  chunk(value: unknown): void {
    this.#progress.chunk(this.#index++, value);
  }

  /** The consumer has left; what its source does about that is still to come. */
  cancel(): void {
    this.#isCancelled = true;
  }

  /** A read that is under way when the stream is cancelled ends as if all had been read. */
  complete(): void {
    if (this.#isCancelled) this.leave();
    else this.#progress.record.complete();
  }

  fail(error: unknown): void {
    this.#progress.record.fail(error);
  }

  leave(): void {
    if (!this.#isLeft) this.#progress.leave();
    this.#isLeft = true;
  }
}

function followBranch(stream: ReadableStream<unknown>, progress: Progress, start: number): boolean {
  const branch = new Branch(progress, start);
  const iterate = (original: Original, [options]: readonly unknown[]): unknown => {
    const iterator = original() as object;
    const isKept = (options as { preventCancel?: boolean } | undefined)?.preventCancel === true;
    followIterator(iterator, isKept ? keepReading(branch) : branch, undefined);
    return iterator;
  };
  return shadowMethods(stream, {
    getReader: (original) => followReader(original() as object, stream, branch),
    values: iterate,
    [Symbol.asyncIterator]: iterate,
    tee: (original) => {
      // The branches fill their buffers at once.
      const parts = inScope(branch.scope, original) as ReadableStream<unknown>[];
      progress.split();
      for (const part of parts) followBranch(part, progress, branch.index);
      return parts;
    },
    pipeTo: (original, [sink, options]) => {
      if (stream.locked) return original();
      const { piped, release } = readVisibly(stream);
      return piped.pipeTo(sink as WritableStream<unknown>, options as StreamPipeOptions).finally(release);
    },
    pipeThrough: (original, [pair, options]) => {
      if (stream.locked) return original();
      const { piped, release } = readVisibly(stream);
      try {
        return piped.pipeThrough(pair as ReadableWritablePair<unknown, unknown>, options as StreamPipeOptions);
      } catch (error) {
        release();
        throw error;
      }
    },
    cancel: (original) => (stream.locked ? original() : cancel(original, branch)),
  });
}

function followReader(reader: object, stream: ReadableStream<unknown>, branch: Branch): object {
  let isReleased = false;
  shadowMethods(reader, {
    read: (original) => {
      const pending = inScope(branch.pull(), original) as Promise<ReadResult>;
      return pending.then(
        (result) => {
          if (result.done) branch.complete();
          else branch.chunk(result.value);
          return result;
        },
        (error: unknown) => {
          // Releasing the lock rejects what is still being read; the stream goes on.
          if (!isReleased) branch.fail(error);
          throw error;
        },
      );
    },
    cancel: (original) => (isReleased ? original() : cancel(original, branch)),
    releaseLock: (original) => {
      const released = original();
      isReleased = true;
      return released;
    },
  });
  return reader;
}

/** A source that fails to cancel is left all the same. */
function cancel(original: Original, branch: Branch): Promise<unknown> {
  branch.cancel();
  const pending = inScope(branch.scope, original) as Promise<unknown>;
  return pending.finally(() => {
    branch.leave();
  });
}

function inScope(scope: Context | undefined, original: Original): unknown {
  return scope === undefined ? original() : context.with(scope, original);
}

/** Leaving a loop over `values({ preventCancel: true })` leaves the stream to its next reader. */
function keepReading(branch: Branch): StepRecord {
  return {
    get isStarted() {
      return branch.isStarted;
    },
    watch: () => undefined,
    pull: () => branch.pull(),
    chunk: (value) => branch.chunk(value),
    complete: () => branch.complete(),
    fail: (error) => branch.fail(error),
    leave: () => undefined,
  };
}

/** A pipe moves chunks inside the platform; a stream without a buffer of its own, over our reader, lets them be seen. */
function readVisibly(stream: ReadableStream<unknown>): { piped: ReadableStream<unknown>; release: () => void } {
  const reader = stream.getReader();
  const release = (): void => {
    reader.releaseLock();
  };
  const piped = new globalThis.ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
        release();
      },
      cancel: (reason) => reader.cancel(reason).finally(release),
    },
    { highWaterMark: 0 },
  );
  return { piped, release };
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
