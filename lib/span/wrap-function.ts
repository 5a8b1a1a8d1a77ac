import { type AnyFunction, imitate, returnsGenerator } from "./imitate.js";
import { runCall, runGenerator } from "./run-call.js";
import type { SpanPlan } from "./span-plan.js";

/** This makes the traced counterpart of a function: same type, same behaviour, and a span for each call. */
export function wrapFunction<F extends AnyFunction>(plan: SpanPlan, fn: F): F {
  return imitate(
    fn,
    returnsGenerator(fn)
      ? (self, args) => runGenerator(plan, fn, self, args)
      : (self, args) => runCall(plan, fn, self, args),
  );
}
