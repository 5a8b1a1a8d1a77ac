import { contain } from "../internal/index.js";

/** What names a decorated method: `owner` is the class as far as it is known at definition. */
export interface MethodIdentity {
  readonly method: string;
  readonly owner: string | undefined;
  readonly isStatic: boolean;
  /** A plain function has no class: it is named by itself. */
  readonly isFunction: boolean;
}

/**
 * This makes the function that names a call `Class.method` with the class of `this` at run time, as a subclass's calls
 * should be told from its parent's. The last class is remembered, since it rarely changes at one call site.
 */
export function createMethodNamer(identity: MethodIdentity): (self: unknown) => string {
  const { method, owner, isStatic, isFunction } = identity;
  if (isFunction) return () => method;
  const fallback = owner ? `${owner}.${method}` : method;
  let lastClass: unknown;
  let lastName = fallback;
  return (self) => {
    try {
      const current: unknown = isStatic ? self : (self as { constructor?: unknown } | null | undefined)?.constructor;
      if (current === lastClass) return lastName;
      const name: unknown = typeof current === "function" ? current.name : undefined;
      lastName = typeof name === "string" && name !== "" ? `${name}.${method}` : fallback;
      lastClass = current;
      return lastName;
    } catch {
      // `this` is a Proxy, or its class has a getter, that throws: the call has a name all the same.
      return fallback;
    }
  };
}

/** How a property key reads in a name: a symbol like `Function.prototype.name` writes it. */
export function methodLabel(key: string | symbol): string {
  return typeof key === "symbol" ? `[${key.description ?? ""}]` : key;
}

/** Runs a callback given by the user; when it throws, the fault is counted and the fallback stands in. */
export function guard<R>(what: string, callback: () => R, fallback: R): R {
  try {
    return callback();
  } catch (error) {
    contain("SPANDREL_CALLBACK_FAILED", what, error);
    return fallback;
  }
}
