/* eslint-disable @typescript-eslint/no-explicit-any -- in generic constraints only, see method-tracer.ts */
import { type PropagatedAttributes, type RunWithHeld, holdAttributes } from "../context/index.js";
import { DecoratorMisuseError } from "../errors.js";
import { contain } from "../internal/index.js";
import { shadowMethod } from "../internal/index.js";
import { type AnyFunction, imitate, returnsGenerator } from "../span/index.js";
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
): MethodTracer<MethodLike<Args, any>, "@PropagateAttributes">;
export function PropagateAttributes(...given: readonly unknown[]): unknown {
  const [attributes] = given;
  const isSource = typeof attributes === "function" || (typeof attributes === "object" && attributes !== null);
  // More than one argument is a decorator's own application: the parentheses were forgotten.
  if (!isSource || given.length > 1) {
    throw new DecoratorMisuseError("@PropagateAttributes takes the attributes, or a function that makes them");
  }
  return (...applied: readonly unknown[]): unknown =>
    decorateMethod("@PropagateAttributes", applied, (fn) => wrap(fn, attributes as Source));
}

type Source = PropagatedAttributes | ((...args: readonly unknown[]) => PropagatedAttributes);

function wrap(fn: AnyFunction, source: Source): AnyFunction {
  const isGenerator = returnsGenerator(fn);
  return imitate(fn, (self, args) => {
    const run = holdAttributes(typeof source === "function" ? makeAttributes(source, args) : source);
    const result = run(() => Reflect.apply(fn, self, args));
    return isGenerator ? runSteps(result as Generator, run) : result;
  });
}

function makeAttributes(
  source: (...args: readonly unknown[]) => PropagatedAttributes,
  args: unknown[],
): PropagatedAttributes {
  try {
    return source(...args) ?? {};
  } catch (error) {
    contain("SPANDREL_CALLBACK_FAILED", "the function given to @PropagateAttributes", error);
    return {};
  }
}

/**
 * A generator's body runs at each pull: the attributes are laid over the context of that pull, be it the consumer's or
 * that of a span whose decorator stands above this one.
 */
function runSteps(generator: Generator, run: RunWithHeld): Generator {
  for (const step of ["next", "return", "throw"] as const) {
    const original = generator[step] as AnyFunction;
    const bound = imitate(original, (self, args) => run(() => Reflect.apply(original, self, args)));
    shadowMethod(generator, step, bound);
  }
  return generator;
}
