import { types } from "node:util";
import * as noConflict from "reflect-metadata/no-conflict";

/** Any function, as a wrapper sees it. */
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Runs one call of the function that is imitated. */
export type Run = (self: unknown, args: unknown[]) => unknown;

const originals = new WeakMap<object, unknown>();

/** The function at the bottom of any number of imitations: the one that was written. */
export function originalOf<F extends (...args: never[]) => unknown>(fn: F): F {
  return (originals.get(fn) as F | undefined) ?? fn;
}

/** True for generator functions, and for functions that stand in for one. */
export function returnsGenerator(fn: AnyFunction): boolean {
  return types.isGeneratorFunction(originalOf(fn));
}

/**
 * This makes a function that runs `run` and looks like `fn`: its name, length, own properties, prototype chain and
 * reflect-metadata. Frameworks that keep routes, roles or parameter types on the function find them, whether their
 * decorators ran before (copied here) or run later (written to the new one).
 */
export function imitate<F extends AnyFunction>(fn: F, run: Run): F {
  const isConstructible = Object.hasOwn(fn, "prototype") && !returnsGenerator(fn);
  const wrapper = isConstructible ? imitateConstructible(fn, run) : imitateMethod(run);
  copyIdentity(fn, wrapper);
  originals.set(wrapper, originalOf(fn));
  return wrapper as F;
}

/** A method, like the original: it has no `prototype` and cannot be called with `new`. */
function imitateMethod(run: Run): AnyFunction {
  return {
    traced(this: unknown, ...args: unknown[]) {
      return run(this, args);
    },
  }.traced;
}

/** A function that may be called with `new`: that makes an object, and is no call to trace. */
function imitateConstructible(fn: AnyFunction, run: Run): AnyFunction {
  const traced = function (this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return run(this, args);
    const target: unknown = new.target;
    return Reflect.construct(fn, args, (target === traced ? fn : target) as AnyFunction);
  };
  return traced;
}

function copyIdentity(from: AnyFunction, to: AnyFunction): void {
  Object.setPrototypeOf(to, Object.getPrototypeOf(from) as object);
  for (const key of Reflect.ownKeys(from)) {
    const descriptor = Object.getOwnPropertyDescriptor(from, key);
    if (descriptor !== undefined) Reflect.defineProperty(to, key, descriptor);
  }
  copyMetadata(from, to);
}

/** The part of reflect-metadata that is used. */
type MetadataStore = Pick<typeof noConflict, "getOwnMetadataKeys" | "getOwnMetadata" | "defineMetadata">;

/**
 * The application's own copy knows all metadata there is, even one of 0.1; where none patches `Reflect`, ours shares
 * its store with every copy of 0.2, and patches nothing either.
 */
function copyMetadata(from: object, to: object): void {
  const isPatched = typeof Reflect.get(Reflect, "getOwnMetadataKeys") === "function";
  // The check above is all that can be known of a copy which some other package has put there.
  const store = isPatched ? (Reflect as unknown as MetadataStore) : noConflict;
  for (const key of store.getOwnMetadataKeys(from) as unknown[]) {
    store.defineMetadata(key, store.getOwnMetadata(key, from), to);
  }
}
