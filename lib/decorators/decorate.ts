import { DecoratorMisuseError } from "../errors.js";
import { type AnyFunction, type MethodIdentity, methodLabel } from "../span/index.js";

/** Makes the wrapper of one method. */
export type Wrap = (fn: AnyFunction, identity: MethodIdentity) => AnyFunction;

/** A Stage-3 decorator context, as far as it is looked at. */
interface StageThreeContext {
  readonly kind: string;
  readonly name: string | symbol | undefined;
  readonly static?: boolean;
}

/** True when these are the arguments a decorator is applied with, in either dialect, and not options. */
export function isApplication(args: readonly unknown[]): boolean {
  return args.length >= 2 || typeof args[0] === "function";
}

/**
 * This applies a decorator to a method, whichever dialect it was called in: the second argument is a context object in
 * Stage-3, a property key in `experimentalDecorators`. Throws `DecoratorMisuseError` on anything but a method.
 */
export function decorateMethod(label: string, args: readonly unknown[], wrap: Wrap): unknown {
  const [target, second, third] = args;
  if (isStageThree(second)) return decorateStageThree(label, target, second, wrap);
  if (typeof third === "number") throw new DecoratorMisuseError(`${label} decorates methods, not parameters`);
  // TypeScript hands over the key of `7() {}` as a number.
  const key = typeof second === "number" ? String(second) : second;
  if (typeof key !== "string" && typeof key !== "symbol") {
    throw new DecoratorMisuseError(`${label} on a class needs the method to trace: ${label}({ method: "name" })`);
  }
  return decorateLegacy(label, target as object, key, third as PropertyDescriptor | undefined, wrap);
}

/** This applies a decorator to one named method of a class, in either dialect. */
export function decorateClass(label: string, args: readonly unknown[], method: string, wrap: Wrap): void {
  const [target, second] = args;
  const isClass = isStageThree(second) ? second.kind === "class" : second === undefined && typeof target === "function";
  if (!isClass) throw new DecoratorMisuseError(`${label} with { method } decorates a class, not ${placeOf(second)}`);
  const { name, prototype } = target as { name: string; prototype: object };
  const found = findDescriptor(prototype, method);
  if (typeof found?.value !== "function") {
    throw new DecoratorMisuseError(`${label}({ method: "${method}" }): class ${name} has no method "${method}"`);
  }
  const value = wrap(found.value as AnyFunction, { method, owner: name, isStatic: false, isFunction: false });
  Object.defineProperty(prototype, method, { ...found, value });
}

function decorateStageThree(label: string, target: unknown, context: StageThreeContext, wrap: Wrap): AnyFunction {
  if (context.kind !== "method" || typeof target !== "function") {
    throw new DecoratorMisuseError(`${label} decorates methods, not ${placeOf(context)}`);
  }
  return wrap(target as AnyFunction, {
    method: methodLabel(context.name ?? target.name),
    owner: undefined,
    isStatic: context.static === true,
    isFunction: false,
  });
}

function decorateLegacy(
  label: string,
  target: object,
  key: string | symbol,
  descriptor: PropertyDescriptor | undefined,
  wrap: Wrap,
): PropertyDescriptor {
  const method: unknown = descriptor?.value;
  if (descriptor === undefined || typeof method !== "function") {
    const place = descriptor === undefined ? "field" : "accessor";
    throw new DecoratorMisuseError(`${label} decorates methods, not the ${place} ${methodLabel(key)}`);
  }
  const isStatic = typeof target === "function";
  const owner: unknown = isStatic ? target.name : target.constructor.name;
  descriptor.value = wrap(method as AnyFunction, {
    method: methodLabel(key),
    owner: typeof owner === "string" ? owner : undefined,
    isStatic,
    isFunction: false,
  });
  return descriptor;
}

function isStageThree(value: unknown): value is StageThreeContext {
  return typeof value === "object" && value !== null && "kind" in value;
}

function placeOf(context: unknown): string {
  if (!isStageThree(context)) return "a member";
  const name = context.name === undefined ? "" : ` ${methodLabel(context.name)}`;
  return `the ${context.kind}${name}`;
}

function findDescriptor(prototype: object, key: string): PropertyDescriptor | undefined {
  for (
    let holder: object | null = prototype;
    holder !== null;
    holder = Object.getPrototypeOf(holder) as object | null
  ) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}
