import { context } from "@opentelemetry/api";
import { types } from "node:util";
import { contain, shadowMethod } from "../internal/index.js";
import { isAbortError } from "./abort-error.js";
import { isLeaving } from "./leaving.js";
import { findMethod } from "./result-kind.js";
import type { Reopen, StreamRecord } from "./stream-record.js";

type Method = (...args: unknown[]) => unknown;
type Step = "next" | "return" | "throw";

/** What is told of the steps: a stream's record, or that of one branch of it. */
export type StepRecord = Pick<StreamRecord, "isStarted" | "pull" | "chunk" | "complete" | "leave" | "fail" | "watch">;

/** Called with the outcome of one step of the protocol. */
type OnStep = (record: StepRecord, result: IteratorResult<unknown>, reader: Reader) => void;

const ON_STEP: Readonly<Record<Step, OnStep>> = {
  next: (record, result, reader) => {
    if (result.done !== true) record.chunk(result.value);
    // A source that was stopped answers the pull that was under way as if all had been read.
    else if (reader.isLeft) record.leave();
    else record.complete(result.value);
  },
  // A generator may yield on in its `finally`, or catch what was thrown in and go on.
  return: (record, result, reader) => {
    if (result.done === true) return record.leave();
    reader.isLeft = false;
    record.chunk(result.value);
  },
  throw: (record, result) => (result.done === true ? record.complete(result.value) : record.chunk(result.value)),
};

/**
 * This follows an iterator (sync or async, a generator or any object with `next`) by shadowing its protocol methods on
 * the object itself, which so keeps its identity, class and other methods. Each step runs in the span's context, with
 * the consumer's own `this` and arguments, and gives what the original gives, queued calls included.
 */
export function followIterator(iterator: object, record: StepRecord, reopen: Reopen): boolean {
  const next = findMethod(iterator, "next");
  if (next === undefined) return false;
  const isAsyncGenerator = types.isGeneratorObject(iterator) && Symbol.asyncIterator in iterator;
  const reader: Reader = { isAsyncGenerator, isRunning: false, isLeft: false };
  if (!shadowMethod(iterator, "next", followStep("next", next, reader, record, reopen))) return false;
  for (const step of ["return", "throw"] as const) {
    const original = findMethod(iterator, step);
    if (original !== undefined) shadowMethod(iterator, step, followStep(step, original, reader, record, reopen));
  }
  record.watch(iterator);
  return true;
}

/** One iterator, to its record. */
interface Reader {
  /** The steps of one give a native promise always, and never throw. */
  readonly isAsyncGenerator: boolean;
  /** While a step runs: a body that pulls itself is refused, which is not its end. */
  isRunning: boolean;
  /** Once the consumer has left for good, and stops the source in the middle of a pull. */
  isLeft: boolean;
}

/**
 * Makes the shadow of one step: a method, not a function, so that it carries the native name and length and is no
 * constructor. It is written out in one piece, with its closures made once for a stream: what a pull costs beyond the
 * generator's own work is a few checks and the promise that tells the outcome (a call more is 20 ns a chunk).
 */
function followStep(step: Step, original: Method, reader: Reader, record: StepRecord, reopen: Reopen): Method {
  const onStep = ON_STEP[step];
  const { isAsyncGenerator } = reader;
  const isNext = step === "next";
  const plain = (self: object, count: number, value: unknown): unknown =>
    count === 0 ? original.call(self) : original.call(self, value);
  const observe = (result: unknown): unknown => {
    try {
      // Nearly all steps are a pull that gives one more chunk.
      if (isNext && isChunk(result)) record.chunk(result.value);
      else if (isIteratorResult(result)) onStep(record, result, reader);
      else if (isNext) observeCursor(record, result);
    } catch (error) {
      contain("SPANDREL_CHUNK_FAILED", "recording a chunk", error);
    }
    return result;
  };
  const fail = (error: unknown): never => {
    // What was aborted because the consumer has left has not failed.
    if (reader.isLeft && isAbortError(error)) record.leave();
    else record.fail(error);
    throw error;
  };
  const holder = {
    [step](this: object, value: unknown): unknown {
      if (!isNext && !record.isStarted) {
        // On a generator that has not started, return() and throw() never run the body: there is nothing to record.
        if (step === "throw") record.fail(value);
        else record.leave();
        return plain(this, arguments.length, value);
      }
      const scope = record.pull(this, reopen, reader);
      if (step === "return" && isLeaving(context.active())) reader.isLeft = true;
      if (scope === undefined) return plain(this, arguments.length, value);
      if (isAsyncGenerator) {
        const pending = context.with(scope, plain, undefined, this, arguments.length, value) as Promise<unknown>;
        return pending.then(observe, fail);
      }
      const { isRunning } = reader;
      let result: unknown;
      reader.isRunning = true;
      try {
        result = context.with(scope, plain, undefined, this, arguments.length, value);
      } catch (error) {
        reader.isRunning = isRunning;
        if (isRunning) throw error;
        return fail(error);
      }
      reader.isRunning = isRunning;
      const pending = asPromise(result);
      return pending === undefined ? observe(result) : pending.then(observe, fail);
    },
  };
  return holder[step] as Method;
}

function isChunk(result: unknown): result is IteratorYieldResult<unknown> {
  return typeof result === "object" && result !== null && (result as { done?: unknown }).done === false;
}

function isIteratorResult(result: unknown): result is IteratorResult<unknown> {
  return typeof result === "object" && result !== null && ("done" in result || "value" in result);
}

/** A cursor's `next` gives the item itself, and null or undefined after the last. */
function observeCursor(record: StepRecord, item: unknown): void {
  if (item === null || item === undefined) record.complete();
  else record.chunk(item);
}

/** An async iterator's step; a thenable of its own making is taken as the promise it stands for. */
function asPromise(result: unknown): Promise<unknown> | undefined {
  if (result instanceof Promise || types.isPromise(result)) return result;
  if (typeof result !== "object" || result === null || !("then" in result)) return undefined;
  return findMethod(result, "then") === undefined ? undefined : Promise.resolve(result);
}
