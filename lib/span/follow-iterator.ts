import { context } from "@opentelemetry/api";
import { types } from "node:util";
import { contain } from "../internal/index.js";
import { findMethod } from "./result-kind.js";
import { shadowMethod } from "./shadow-method.js";
import type { Reopen, StreamRecord } from "./stream-record.js";

type Method = (...args: unknown[]) => unknown;
type Step = "next" | "return" | "throw";

/** What is told of the steps: a stream's record, or that of one branch of it. */
export type StepRecord = Pick<StreamRecord, "isStarted" | "pull" | "chunk" | "complete" | "leave" | "fail" | "watch">;

/** Called with the outcome of one step of the protocol. */
type OnStep = (record: StepRecord, result: IteratorResult<unknown>) => void;

const ON_STEP: Readonly<Record<Step, OnStep>> = {
  next: (record, result) => (result.done === true ? record.complete(result.value) : record.chunk(result.value)),
  // A generator may yield on in its `finally`, or catch what was thrown in and go on.
  return: (record, result) => (result.done === true ? record.leave() : record.chunk(result.value)),
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
  const reader: Reader = { isRunning: false };
  const { take } = createStep("next", next, reader, record, reopen);
  if (!shadowMethod(iterator, "next", nameStep.next(take))) return false;
  for (const step of ["return", "throw"] as const) {
    const original = findMethod(iterator, step);
    if (original === undefined) continue;
    shadowMethod(iterator, step, nameStep[step](createStep(step, original, reader, record, reopen).leave));
  }
  record.watch(iterator);
  return true;
}

/** One iterator, to its record. */
interface Reader {
  /** While a step runs: a body that pulls itself is refused, which is not its end. */
  isRunning: boolean;
}

type Take = (self: object, count: number, value: unknown) => unknown;

/** Methods, not functions, so that they carry the native names and the native length of 1, and are no constructors. */
const nameStep: Readonly<Record<Step, (take: Take) => (value: unknown) => unknown>> = {
  next: (take) =>
    ({
      next(this: object, value: unknown) {
        return take(this, arguments.length, value);
      },
    }).next,
  return: (take) =>
    ({
      return(this: object, value: unknown) {
        return take(this, arguments.length, value);
      },
    }).return,
  throw: (take) =>
    ({
      throw(this: object, error: unknown) {
        return take(this, arguments.length, error);
      },
    }).throw,
};

/** The closures of one step, made once for a stream: a pull allocates nothing of ours. */
function createStep(
  step: Step,
  original: Method,
  reader: Reader,
  record: StepRecord,
  reopen: Reopen,
): { readonly take: Take; readonly leave: Take } {
  const onStep = ON_STEP[step];
  const isNext = step === "next";
  const plain: Take = (self, count, value) => (count === 0 ? original.call(self) : original.call(self, value));
  const observe = (result: unknown): unknown => {
    try {
      // Nearly all steps are a pull that gives one more chunk.
      if (isNext && isChunk(result)) record.chunk(result.value);
      else if (isIteratorResult(result)) onStep(record, result);
      else if (isNext) observeCursor(record, result);
    } catch (error) {
      contain("SPANDREL_CHUNK_FAILED", "recording a chunk", error);
    }
    return result;
  };
  const fail = (error: unknown): never => {
    record.fail(error);
    throw error;
  };
  const take: Take = (self, count, value) => {
    const scope = record.pull(self, reopen, reader);
    if (scope === undefined) return plain(self, count, value);
    const { isRunning } = reader;
    let result: unknown;
    reader.isRunning = true;
    try {
      result = context.with(scope, plain, undefined, self, count, value);
    } catch (error) {
      reader.isRunning = isRunning;
      if (isRunning) throw error;
      return fail(error);
    }
    reader.isRunning = isRunning;
    const pending = asPromise(result);
    return pending === undefined ? observe(result) : pending.then(observe, fail);
  };
  // On a generator that has not started, return() and throw() never run the body: there is nothing to record.
  const leave: Take = (self, count, value) => {
    if (record.isStarted) return take(self, count, value);
    if (step === "throw") record.fail(value);
    else record.leave();
    return plain(self, count, value);
  };
  return { take, leave };
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
