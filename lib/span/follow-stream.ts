import type { ReadableStream } from "node:stream/web";
import { types } from "node:util";
import { shadowMethod } from "../internal/index.js";
import { type StepRecord, followIterator } from "./follow-iterator.js";
import { followNodeStream } from "./follow-node-stream.js";
import { followObservable } from "./follow-observable.js";
import { followReadableStream } from "./follow-readable-stream.js";
import { followResponse } from "./follow-response.js";
import type { AnyFunction } from "./imitate.js";
import { type ResultKind, findMethod } from "./result-kind.js";
import type { Reopen, StreamRecord } from "./stream-record.js";

/** The kinds of result that are consumed after they have been returned. */
export type StreamKind = Exclude<ResultKind, "value" | "promise" | "thenable">;

/** This follows a stream by what its consumer does with it. False when the object does not let itself be followed. */
export function followStream(stream: object, kind: StreamKind, record: StreamRecord, reopen: Reopen): boolean {
  switch (kind) {
    case "iterator":
      return followIteratorOrCursor(stream, record, reopen);
    case "asyncIterable":
      return followIterable(stream, Symbol.asyncIterator, record, reopen);
    case "iterable":
      return followIterable(stream, Symbol.iterator, record, reopen);
    case "readableStream":
      return followReadableStream(stream as ReadableStream<unknown>, record, reopen);
    case "response":
      return followResponse(stream as Response, record, reopen);
    case "nodeStream":
      return followNodeStream(stream, record, reopen);
    case "observable":
      return followObservable(stream, record, reopen);
  }
}

/**
 * A cursor (of a database driver, say) is read by its `next` or by an iterator it makes; a generator is its own. Where
 * the made iterator itself calls `next`, it was pulled first, and `next` goes unseen.
 */
function followIteratorOrCursor(stream: object, record: StreamRecord, reopen: Reopen): boolean {
  if (!types.isGeneratorObject(stream)) {
    followIterable(stream, Symbol.asyncIterator, record, reopen);
    followIterable(stream, Symbol.iterator, record, reopen);
  }
  return followIterator(stream, record, reopen);
}

/**
 * An iterable makes its iterator when it is asked: the first that is pulled is followed. The stream classes of the LLM
 * clients make theirs through a field `iterator`, which `tee()` uses as well.
 */
export function followIterable(iterable: object, symbol: symbol, record: StepRecord, reopen: Reopen): boolean {
  const followed = new WeakSet([iterable]);
  const follow = (key: symbol | string): boolean => {
    const original = findMethod(iterable, key);
    if (original === undefined) return false;
    return shadowMethod(iterable, key, followMade(original, followed, record, reopen));
  };
  const isField = Object.hasOwn(iterable, "iterator") && follow("iterator");
  const isFollowed = follow(symbol) || isField;
  if (isFollowed) record.watch(iterable);
  return isFollowed;
}

/**
 * The method that makes iterators, with each of them followed until one was pulled. It must not hold the iterable: who
 * keeps the method (an abort listener of a client's, say) would keep a stream that nobody reads.
 */
function followMade(original: AnyFunction, followed: WeakSet<object>, record: StepRecord, reopen: Reopen): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    const iterator: unknown = Reflect.apply(original, this, args);
    if (!record.isStarted && typeof iterator === "object" && iterator !== null && !followed.has(iterator)) {
      followed.add(iterator);
      followIterator(iterator, record, reopen);
    }
    return iterator;
  };
}
