import { types } from "node:util";

/**
 * How a result is handed back and when its span ends: `value` at once, `promise` and `thenable` when they settle,
 * the others when they have been consumed.
 */
export type ResultKind =
  | "value"
  | "promise"
  | "thenable"
  | "iterator"
  | "asyncIterable"
  | "iterable"
  | "readableStream"
  | "response"
  | "nodeStream"
  | "observable";

/**
 * This tells what a method returned without running any of its code: no getter is called, and a Proxy, whose every
 * look is a call of its trap, is a value.
 */
export function resultKind(value: object): ResultKind {
  if (types.isPromise(value)) return isPlainPromise(value) ? "promise" : "thenable";
  if (types.isProxy(value)) return "value";
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) return "value";
  if (types.isGeneratorObject(value)) return "iterator";
  if (hasMethod(value, "then")) return "thenable";
  if (prototype === null || isCollection(value)) return "value";
  return streamKind(value);
}

function streamKind(value: object): ResultKind {
  if (typeof Response === "function" && value instanceof Response) return "response";
  if (hasMethod(value, "getReader") && hasMethod(value, "tee")) return "readableStream";
  const isAsync = hasMethod(value, Symbol.asyncIterator);
  if (isAsync && hasMethod(value, "pipe") && hasMethod(value, "emit")) return "nodeStream";
  if (!isAsync && !hasMethod(value, Symbol.iterator)) return isObservable(value) ? "observable" : "value";
  if (hasMethod(value, "next")) return "iterator";
  return isAsync ? "asyncIterable" : "iterable";
}

/** The symbol is a name where nothing has defined it. A store can be asked for its state, and is no stream. */
function isObservable(value: object): boolean {
  if (!hasMethod(value, "subscribe")) return false;
  const symbol: unknown = Reflect.get(Symbol, "observable");
  const isMarked = hasMethod(value, "@@observable") || (typeof symbol === "symbol" && hasMethod(value, symbol));
  return isMarked && !hasMethod(value, "getState") && !hasMethod(value, "getSnapshot");
}

/**
 * A native promise of any realm whose class is Promise itself and whose `then` nobody has replaced. It may be followed
 * by a derived promise; a subclass may not, since its methods (`withResponse`, `cancel`, …) would be lost.
 */
function isPlainPromise(value: Promise<unknown>): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  const isOfPromise = prototype === Promise.prototype || isRootPrototype(prototype);
  return isOfPromise && !Object.hasOwn(value, "then") && !Object.hasOwn(value, "constructor");
}

/** Promise.prototype of another realm: directly above it is that realm's Object.prototype, and then nothing. */
function isRootPrototype(prototype: unknown): boolean {
  if (prototype === null || typeof prototype !== "object") return false;
  const parent: unknown = Object.getPrototypeOf(prototype);
  return parent !== null && typeof parent === "object" && Object.getPrototypeOf(parent) === null;
}

/** Collections whose iteration reads a value that is there already. */
function isCollection(value: object): boolean {
  return (
    ArrayBuffer.isView(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isArgumentsObject(value) ||
    types.isBoxedPrimitive(value) ||
    isInstance(value, "URLSearchParams") ||
    isInstance(value, "Headers") ||
    isInstance(value, "FormData")
  );
}

function isInstance(value: object, name: "URLSearchParams" | "Headers" | "FormData"): boolean {
  const constructor: unknown = globalThis[name];
  return typeof constructor === "function" && value instanceof constructor;
}

/** The method of this name as a data property, own or inherited; an accessor is not asked. */
export function findMethod(value: object, key: string | symbol): ((...args: unknown[]) => unknown) | undefined {
  for (let holder: object | null = value; holder !== null; holder = Object.getPrototypeOf(holder) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key);
    if (descriptor === undefined) continue;
    const method: unknown = descriptor.value;
    return typeof method === "function" ? (method as (...args: unknown[]) => unknown) : undefined;
  }
  return undefined;
}

function hasMethod(value: object, key: string | symbol): boolean {
  return key in value && findMethod(value, key) !== undefined;
}
