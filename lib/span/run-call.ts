import { type Context, type Tracer, context } from "@opentelemetry/api";
import { currentTracer } from "../context/index.js";
import { contain } from "../internal/index.js";
import { endSpan, failSpan } from "./close-span.js";
import { followIterator } from "./follow-iterator.js";
import { followPromise, followResult, kindOf } from "./follow-result.js";
import { type OpenSpan, type PreparedCall, openSpan, prepareCall } from "./open-span.js";
import type { SpanPlan } from "./span-plan.js";
import type { AnyFunction } from "./imitate.js";
import { type Reopen, StreamRecord } from "./stream-record.js";

/** Runs one call of a decorated method whose body runs at the call. What it throws, the caller gets. */
export function runCall(plan: SpanPlan, fn: AnyFunction, self: unknown, args: unknown[]): unknown {
  const tracer = currentTracer();
  if (tracer === undefined) return Reflect.apply(fn, self, args);
  const parent = context.active();
  const open = tryOpen(plan, tracer, parent, self, args);
  if (open === undefined) return Reflect.apply(fn, self, args);
  let result: unknown;
  try {
    result = context.with(open, apply, undefined, fn, self, args);
  } catch (error) {
    failSpan(open, error);
    throw error;
  }
  if (typeof result !== "function" && (typeof result !== "object" || result === null)) {
    endSpan(plan, open, result);
    return result;
  }
  const kind = kindOf(result);
  if (kind === "promise") return followPromise(plan, open, result as Promise<unknown>);
  followResult(
    plan,
    open,
    result,
    kind,
    kind === "value" ? undefined : reopener(plan, tracer, parent, self, args, open),
  );
  return result;
}

/** Made only for streams: a closure in `runCall` itself would cost every call. */
function reopener(
  plan: SpanPlan,
  tracer: Tracer,
  caller: Context,
  self: unknown,
  args: readonly unknown[],
  { input }: OpenSpan,
): Reopen {
  return (parent = caller) => openSpan(plan, tracer, parent, self, args, { input, isKept: true });
}

/**
 * Runs one call of a decorated generator method. Its body runs at the pulls, and so the span is opened at the first of
 * them; only the arguments are captured now, as they may have changed by then.
 */
export function runGenerator(plan: SpanPlan, fn: AnyFunction, self: unknown, args: unknown[]): unknown {
  const tracer = currentTracer();
  if (tracer === undefined) return Reflect.apply(fn, self, args);
  const parent = context.active();
  const prepared = tryPrepare(plan, parent, args);
  let generator: unknown;
  try {
    generator = Reflect.apply(fn, self, args);
  } catch (error) {
    // A default value or a destructured parameter threw: the call failed before there was anything to pull.
    const open = tryOpen(plan, tracer, parent, self, args, prepared);
    if (open !== undefined) failSpan(open, error);
    throw error;
  }
  const reopen = (): OpenSpan => openSpan(plan, tracer, parent, self, args, prepared);
  try {
    followIterator(generator as object, new StreamRecord(plan, undefined), reopen);
  } catch (error) {
    contain("SPANDREL_FOLLOW_FAILED", "following a generator", error);
  }
  return generator;
}

function tryOpen(
  plan: SpanPlan,
  tracer: Tracer,
  parent: Context,
  self: unknown,
  args: readonly unknown[],
  prepared?: PreparedCall,
): OpenSpan | undefined {
  try {
    return openSpan(plan, tracer, parent, self, args, prepared);
  } catch (error) {
    contain("SPANDREL_OPEN_FAILED", "opening a span", error);
    return undefined;
  }
}

function tryPrepare(plan: SpanPlan, parent: Context, args: readonly unknown[]): PreparedCall {
  try {
    return prepareCall(plan, parent, args);
  } catch (error) {
    contain("SPANDREL_CAPTURE_FAILED", "capturing arguments", error);
    return { input: undefined, isKept: true };
  }
}

function apply(fn: AnyFunction, self: unknown, args: unknown[]): unknown {
  return Reflect.apply(fn, self, args);
}
