import { context } from "@opentelemetry/api";
import { types } from "node:util";
import { contain } from "../internal/index.js";
import { findMethod } from "./result-kind.js";
import { shadowMethod } from "./shadow-method.js";
import type { Reopen, StreamRecord } from "./stream-record.js";

type Method = (...args: unknown[]) => unknown;
type Step = "next" | "return" | "throw";

/** Called with the outcome of one step of the protocol. */
type OnStep = (record: StreamRecord, result: IteratorResult<unknown>) => void;

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
export function followIterator(iterator: object, record: StreamRecord, reopen: Reopen): boolean {
  const next = findMethod(iterator, "next");
  if (next === undefined) return false;
  const follow = (step: Step, original: Method): boolean =>
    shadowMethod(iterator, step, stepMethods[step]({ step, original, record, reopen }));
  if (!follow("next", next)) return false;
  for (const step of ["return", "throw"] as const) {
    const original = findMethod(iterator, step);
    if (original !== undefined) follow(step, original);
  }
  record.watch(iterator);
  return true;
}

interface FollowedStep {
  readonly step: Step;
  readonly original: Method;
  readonly record: StreamRecord;
  readonly reopen: Reopen;
}

/* eslint-disable prefer-rest-params -- `arguments` keeps the native length of 1 and tells next() from next(undefined) */
/** Methods, not functions, so that they carry the native names and cannot be constructed. */
const stepMethods: Readonly<Record<Step, (followed: FollowedStep) => Method>> = {
  next: (followed) =>
    ({
      next(this: object, _value: unknown) {
        return takeStep(followed, this, arguments);
      },
    }).next,
  return: (followed) =>
    ({
      return(this: object, _value: unknown) {
        return leaveStep(followed, this, arguments);
      },
    }).return,
  throw: (followed) =>
    ({
      throw(this: object, _error: unknown) {
        return leaveStep(followed, this, arguments);
      },
    }).throw,
};
/* eslint-enable prefer-rest-params */

/** `return()` and `throw()` on a generator that has not started never run its body: there is nothing to record. */
function leaveStep(followed: FollowedStep, self: object, args: IArguments): unknown {
  const { step, original, record } = followed;
  if (record.isStarted) return takeStep(followed, self, args);
  if (step === "throw") record.fail(args[0]);
  else record.leave();
  return Reflect.apply(original, self, args);
}

function takeStep(followed: FollowedStep, self: object, args: IArguments): unknown {
  const { step, original, record } = followed;
  const scope = record.pull(self, followed.reopen);
  if (scope === undefined) return Reflect.apply(original, self, args);
  let result: unknown;
  try {
    result = context.with(scope, apply, undefined, original, self, args);
  } catch (error) {
    record.fail(error);
    throw error;
  }
  const pending = asPromise(result);
  if (pending !== undefined) {
    return pending.then(
      (settled) => {
        observe(step, record, settled);
        return settled;
      },
      (error: unknown) => {
        record.fail(error);
        throw error;
      },
    );
  }
  observe(step, record, result);
  return result;
}

/** An async iterator's step; a thenable of its own making is taken as the promise it stands for. */
function asPromise(result: unknown): Promise<unknown> | undefined {
  if (types.isPromise(result)) return result;
  if (typeof result !== "object" || result === null || !("then" in result)) return undefined;
  return findMethod(result, "then") === undefined ? undefined : Promise.resolve(result);
}

function observe(step: Step, record: StreamRecord, result: unknown): void {
  try {
    if (typeof result === "object" && result !== null) ON_STEP[step](record, result as IteratorResult<unknown>);
  } catch (error) {
    contain("SPANDREL_CHUNK_FAILED", "recording a chunk", error);
  }
}

function apply(method: Method, self: unknown, args: IArguments): unknown {
  return Reflect.apply(method, self, args);
}
