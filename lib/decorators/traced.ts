/* eslint-disable @typescript-eslint/no-explicit-any -- in generic constraints only, see method-tracer.ts */
import { InvalidOptionError } from "../errors.js";
import {
  type AnyFunction,
  type AnyOptions,
  type EntityKind,
  type SpanOptions,
  type StreamOptions,
  createSpanPlan,
  wrapFunction,
} from "../span/index.js";

const KINDS: readonly unknown[] = ["workflow", "task", "agent", "tool"] satisfies EntityKind[];

/** These options trace a plain function. */
export type TracedOptions<Args extends readonly unknown[], Result> = SpanOptions<Args, Result> &
  Pick<StreamOptions, "chunkEvents" | "maxChunks"> & {
    /** What the function is in the trace. Default `"task"`. */
    readonly kind?: EntityKind | undefined;
    /** Makes the recorded output of a stream's chunks. */
    readonly reduce?: ((chunks: readonly any[]) => unknown) | undefined;
  };

/**
 * This is the decorators for a plain function: it returns a function of the same type that behaves the same and makes
 * a span per call. A string is the span's name; by default that is the function's own.
 *
 * @example
 * ```ts
 * const classify = traced({ kind: "tool" }, (text: string) => (text.includes("refund") ? "billing" : "other"));
 * ```
 */
export function traced<Fn extends (this: any, ...args: any[]) => any>(
  options: string | TracedOptions<Parameters<Fn>, Awaited<ReturnType<Fn>>>,
  fn: Fn,
): Fn {
  const { kind = "task", ...rest } = typeof options === "string" ? { name: options } : readObject(options);
  if (!KINDS.includes(kind)) throw new InvalidOptionError("traced kind", KINDS.join(", "), kind);
  if (typeof fn !== "function") throw new InvalidOptionError("the second argument of traced", "a function", fn);
  const identity = { method: fn.name || "anonymous", owner: undefined, isStatic: false, isFunction: true };
  const plan = createSpanPlan("traced", kind, identity, fn, rest as AnyOptions);
  return wrapFunction(plan, fn as AnyFunction) as Fn;
}

function readObject<T>(options: T): T & object {
  if (typeof options === "object" && options !== null) return options;
  throw new InvalidOptionError("the first argument of traced", "a name or an options object", options);
}
