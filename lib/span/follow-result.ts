import { contain } from "../internal/index.js";
import { endSpan, failSpan } from "./close-span.js";
import type { OpenSpan } from "./open-span.js";
import { type ResultKind, resultKind } from "./result-kind.js";
import type { SpanPlan } from "./span-plan.js";
import { followStream } from "./follow-stream.js";
import { followThenable } from "./follow-thenable.js";
import { type Reopen, StreamRecord } from "./stream-record.js";

/** What a result is; one that cannot be looked at is a value. */
export function kindOf(result: object): ResultKind {
  try {
    return resultKind(result);
  } catch (error) {
    contain("SPANDREL_RESULT_UNREADABLE", "looking at a result", error);
    return "value";
  }
}

/**
 * This ends the span of a call when its result, which is anything but a plain promise, has settled or been consumed;
 * at once for a value. The object itself is followed: the caller gets the very same one.
 */
export function followResult(plan: SpanPlan, open: OpenSpan, result: object, kind: ResultKind, reopen: Reopen): void {
  try {
    if (kind === "thenable") {
      if (followThenable(plan, open, result as PromiseLike<unknown>, settleValue)) return;
    } else if (kind !== "value" && kind !== "promise") {
      if (followStream(result, kind, new StreamRecord(plan, open), reopen)) return;
    }
  } catch (error) {
    contain("SPANDREL_FOLLOW_FAILED", "following a result", error);
  }
  endSpan(plan, open, result);
}

/**
 * This ends the span of a call when its promise settles, and returns one that settles alike. The derived promise carries
 * a rejection on, so one that nobody handles is still reported, and once. It carries what was put on the promise, too
 * (`cancel`, `abort`, …). The promise itself could not be followed through its `then`: `await` does not call it.
 */
export function followPromise(plan: SpanPlan, open: OpenSpan, promise: Promise<unknown>): Promise<unknown> {
  const derived = promise.then(
    (value) => {
      settleValue(plan, open, value);
      return value;
    },
    (error: unknown) => {
      failSpan(open, error);
      throw error;
    },
  );
  for (const key in promise) {
    if (Object.hasOwn(promise, key)) {
      Reflect.defineProperty(derived, key, Object.getOwnPropertyDescriptor(promise, key) as PropertyDescriptor);
    }
  }
  return derived;
}

/** What a promise resolved to: a value, or a stream still to be consumed; its span is the one of the call's own work. */
function settleValue(plan: SpanPlan, open: OpenSpan, value: unknown): void {
  if (typeof value === "object" && value !== null) followResult(plan, open, value, kindOf(value), undefined);
  else endSpan(plan, open, value);
}
