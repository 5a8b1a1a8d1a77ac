import { context } from "@opentelemetry/api";
import { contain, shadowMethod } from "../internal/index.js";
import { failSpan } from "./close-span.js";
import type { OpenSpan } from "./open-span.js";
import { findMethod } from "./result-kind.js";
import type { SpanPlan } from "./span-plan.js";

type Settle = (plan: SpanPlan, open: OpenSpan, value: unknown) => void;
type Handler = ((value: unknown) => unknown) | null | undefined;

/** Ends the span of a thenable that was collected before anyone asked for its value, or before it gave one. */
const abandoned = new FinalizationRegistry<OpenSpan>((open) => {
  try {
    open.span.end();
  } catch (error) {
    contain("SPANDREL_END_FAILED", "ending a span", error);
  }
});

/**
 * This follows a thenable that is not a plain promise (a promise subclass, a lazy query) without starting it: its
 * `then` is shadowed, and the caller's own call of it is what tells us the outcome. What a lazy thenable starts then
 * belongs to the span; the caller's handlers run in the caller's context. False when the object cannot be shadowed.
 */
export function followThenable(
  plan: SpanPlan,
  open: OpenSpan,
  thenable: PromiseLike<unknown>,
  settle: Settle,
): boolean {
  const original = findMethod(thenable, "then");
  if (original === undefined) return false;
  let isAsked = false;
  let isSettled = false;
  const token = {};
  const once = (end: () => void): void => {
    if (isSettled) return;
    isSettled = true;
    abandoned.unregister(token);
    end();
  };
  const isShadowed = shadowMethod(
    thenable,
    "then",
    function then(this: unknown, onFulfilled: Handler, onRejected: Handler) {
      if (isSettled) return Reflect.apply(original, this, [onFulfilled, onRejected]);
      const caller = context.active();
      const fulfilled = (value: unknown): unknown => {
        once(() => settle(plan, open, value));
        return typeof onFulfilled === "function" ? context.with(caller, onFulfilled, undefined, value) : value;
      };
      const rejected = (error: unknown): unknown => {
        once(() => failSpan(open, error));
        if (typeof onRejected === "function") return context.with(caller, onRejected, undefined, error);
        throw error;
      };
      if (!isAsked) {
        // From now on it is the handler that waits: a lazy thenable may be gone while its work is under way.
        isAsked = true;
        abandoned.unregister(token);
        abandoned.register(fulfilled, open, token);
      }
      try {
        return context.with(open, () => Reflect.apply(original, this, [fulfilled, rejected]));
      } catch (error) {
        once(() => failSpan(open, error));
        throw error;
      }
    },
  );
  if (isShadowed) abandoned.register(thenable, open, token);
  return isShadowed;
}
