import { type AnyFunction, imitate } from "../span/index.js";
import { shadowMethod } from "../internal/index.js";

/** Runs one call of the method that was there before. */
export type Interceptor = (method: AnyFunction, self: unknown, args: unknown[]) => unknown;

/**
 * This lays a wrapper over a method of an object (a client, or the prototype of its class) that looks like the method
 * it covers. Returns the undoing, which takes the wrapper off where nobody has laid another over it since, and in any
 * case makes it pass every call through.
 */
export function attachMethod(target: object, key: string, intercept: Interceptor): () => void {
  const method: unknown = Reflect.get(target, key);
  if (typeof method !== "function") return () => {};
  const before = Object.getOwnPropertyDescriptor(target, key);
  const original = method as AnyFunction;
  let isOn = true;
  const wrapper = imitate(original, (self, args) =>
    isOn ? intercept(original, self, args) : Reflect.apply(original, self, args),
  );
  if (!shadowMethod(target, key, wrapper)) return () => {};
  return () => {
    isOn = false;
    if (Reflect.get(target, key) !== wrapper) return;
    if (before === undefined) Reflect.deleteProperty(target, key);
    else Reflect.defineProperty(target, key, before);
  };
}
