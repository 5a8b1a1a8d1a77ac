import { context } from "@opentelemetry/api";
import { contain, shadowMethod } from "../internal/index.js";
import { findMethod, followIterable, followIterator, resultKind } from "../span/index.js";
import type { ModelCall } from "./model-call.js";
import { ModelStream } from "./model-stream.js";

type Then = (onFulfilled: Handler, onRejected: Handler) => unknown;
type Handler = ((value: unknown) => unknown) | null | undefined;

/**
 * This follows what is no promise of a client's: what a mock, a subclass or another instrumentation returns in its
 * place. A plain promise is replaced by one derived from it, any other promise or thenable is handed back itself.
 */
export function followSettlement(call: ModelCall, result: unknown): unknown {
  const kind = typeof result === "object" && result !== null ? resultKind(result) : "value";
  if (kind === "promise") return followPromise(call, result as Promise<unknown>);
  if (kind === "thenable") return followThenable(call, result as PromiseLike<unknown>);
  return settle(call, result);
}

/** The answer is there: a stream, whose end is the call's, or the whole response. */
export function settle<T>(call: ModelCall, value: T): T {
  try {
    if (typeof value === "object" && value !== null && Symbol.asyncIterator in value) {
      call.watch(value);
      if (followStream(call, value)) return value;
    }
    call.completed(value);
  } catch (error) {
    contain("SPANDREL_CALL_FAILED", "following the result of a model call", error);
    call.end();
  }
  return value;
}

function followStream(call: ModelCall, stream: object): boolean {
  const record = new ModelStream(call, stream);
  // A generator is its own iterator.
  if (findMethod(stream, "next") !== undefined) return followIterator(stream, record, undefined);
  return followIterable(stream, Symbol.asyncIterator, record, undefined);
}

function followPromise(call: ModelCall, promise: Promise<unknown>): Promise<unknown> {
  const derived = promise.then(
    (value) => settle(call, value),
    (error: unknown) => {
      call.failed(error);
      throw error;
    },
  );
  // Its promise holds the derived one for as long as it may settle.
  call.watch(derived);
  return derived;
}

/** Its `then` is shadowed: the caller's own call of it tells the outcome, and starts the work where that is lazy. */
function followThenable(call: ModelCall, thenable: PromiseLike<unknown>): PromiseLike<unknown> {
  const original = findMethod(thenable, "then");
  let isSettled = false;
  const once = (tell: () => void): void => {
    if (!isSettled) tell();
    isSettled = true;
  };
  const shadow = function then(this: unknown, onFulfilled: Handler, onRejected: Handler): unknown {
    const caller = context.active();
    const fulfilled = (value: unknown): unknown => {
      once(() => settle(call, value));
      return typeof onFulfilled === "function" ? context.with(caller, onFulfilled, undefined, value) : value;
    };
    const rejected = (error: unknown): unknown => {
      once(() => call.failed(error));
      if (typeof onRejected === "function") return context.with(caller, onRejected, undefined, error);
      throw error;
    };
    // From now on it is the handler that waits.
    if (!isSettled) call.watch(fulfilled);
    return context.with(call.context ?? caller, original as Then, this, fulfilled, rejected);
  };
  call.watch(thenable);
  if (original === undefined || !shadowMethod(thenable, "then", shadow)) call.end();
  return thenable;
}
