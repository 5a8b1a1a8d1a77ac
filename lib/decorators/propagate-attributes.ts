/* eslint-disable @typescript-eslint/no-explicit-any -- in generic constraints only, see method-tracer.ts */
import { type PropagatedAttributes, bindContext, runWithAttributes } from "../context/index.js";
import { DecoratorMisuseError } from "../errors.js";
import { contain } from "../internal/index.js";
import { type AnyFunction, imitate, returnsGenerator, shadowMethod } from "../span/index.js";
import { decorateMethod } from "./decorate.js";
import type { MethodLike, MethodTracer } from "./method-tracer.js";

/**
 * This decorator runs a method inside `propagateAttributes`: every span started by a call, the call's own included,
 * carries the attributes. A function makes them from the arguments; if it throws, the call runs without.
 *
 * @example
 * ```ts
 * class Desk {
 *   @PropagateAttributes((message: Message) => ({ customerIdentifier: message.customer }))
 *   @Workflow()
 *   async handle(message: Message) { … }
 * }
 * ```
 */
export function PropagateAttributes<Args extends readonly unknown[] = any[]>(
  attributes: PropagatedAttributes | ((...args: Args) => PropagatedAttributes),
): MethodTracer<MethodLike<Args, any>, "@PropagateAttributes"> {
  if (typeof attributes !== "function" && (typeof attributes !== "object" || attributes === null)) {
    throw new DecoratorMisuseError("@PropagateAttributes takes the attributes, or a function that makes them");
  }
  const decorator = (...applied: readonly unknown[]): unknown =>
    decorateMethod("@PropagateAttributes", applied, (fn) => wrap(fn, attributes as Source));
  return decorator as never;
}

type Source = PropagatedAttributes | ((...args: readonly unknown[]) => PropagatedAttributes);

function wrap(fn: AnyFunction, source: Source): AnyFunction {
  const isGenerator = returnsGenerator(fn);
  return imitate(fn, (self, args) => {
    const attributes = typeof source === "function" ? makeAttributes(source, args) : source;
    return runWithAttributes(attributes, () => {
      const result = Reflect.apply(fn, self, args);
      return isGenerator ? bindSteps(result as Generator) : result;
    });
  });
}

function makeAttributes(source: (...args: readonly unknown[]) => PropagatedAttributes, args: unknown[]): PropagatedAttributes {
  try {
    return source(...args);
  } catch (error) {
    contain("SPANDREL_CALLBACK_FAILED", "the function given to @PropagateAttributes", error);
    return {};
  }
}

/** A generator's body runs at each pull, in the puller's context: it is brought back into this one. */
function bindSteps(generator: Generator): Generator {
  for (const step of ["next", "return", "throw"] as const) {
    shadowMethod(generator, step, bindContext(generator[step] as (...args: unknown[]) => unknown));
  }
  return generator;
}
