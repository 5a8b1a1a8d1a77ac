import { context } from "@opentelemetry/api";
import { types } from "node:util";
import { shadowMethod } from "../internal/index.js";
import { followSettlement, settle } from "./follow-value.js";
import type { ModelCall } from "./model-call.js";

type Transform = (value: unknown, props: unknown) => unknown;
type Unwrap = (transform: Transform) => unknown;
type Props = { readonly response?: unknown } | undefined;

const SETTLED = Promise.resolve();
const nothing = (): void => {};

/** What the clients' promise of a request keeps under plain names: the response to come, and how to parse it. */
interface ApiPromise {
  responsePromise: Promise<Props>;
  parseResponse: (this: unknown, client: unknown, props: unknown) => unknown;
  asResponse?: () => unknown;
  _thenUnwrap?: Unwrap;
}

/**
 * This ends a call's span by what becomes of the result of the client's method, and returns what the caller gets: the
 * very object the method returned, whose methods and class stay as they are. Only a plain promise, which a mock or
 * another instrumentation may have put in its place, is replaced by one derived from it.
 */
export function followResult(call: ModelCall, result: unknown): unknown {
  if (!isApiPromise(result)) return followSettlement(call, result);
  return new FollowedRequest(call, result.responsePromise).follow(result, (value) => settle(call, value));
}

function isApiPromise(result: unknown): result is ApiPromise {
  return (
    typeof result === "object" &&
    result !== null &&
    types.isPromise(Reflect.get(result, "responsePromise")) &&
    typeof Reflect.get(result, "parseResponse") === "function"
  );
}

/**
 * One request with its promise, and the promises that `_thenUnwrap` derives from that. They parse the body when they are
 * first asked for it, and then only: so they are followed in their two fields, not by `then`, which would parse. Both
 * fields keep rejecting where they did, and nowhere else.
 */
class FollowedRequest {
  readonly #call: ModelCall;
  readonly #responsePromise: Promise<Props>;
  #isParsed = false;

  constructor(call: ModelCall, responsePromise: Promise<Props>) {
    this.#call = call;
    this.#responsePromise = responsePromise.then(
      (props) => {
        call.answered(props?.response);
        this.#watchUnread();
        return props;
      },
      (error: unknown) => {
        call.failed(error);
        throw error;
      },
    );
  }

  /**
   * Only an answer that nobody waits for is watched, which most are not: a registration takes longer than all else here.
   * Whoever waits begins to parse in the microtask after the next. Each promise of the request keeps this object.
   */
  #watchUnread(): void {
    const check = (): void => {
      if (!this.#isParsed) this.#call.watch(this);
    };
    // Node's `queueMicrotask` makes an async resource each time.
    void SETTLED.then(nothing).then(check);
  }

  /** `take` sees what the body was parsed into. */
  follow(promise: ApiPromise, take: (value: unknown) => unknown): ApiPromise {
    const { parseResponse, asResponse, _thenUnwrap: unwrap } = promise;
    const hasOwnUnwrap = Object.hasOwn(promise, "_thenUnwrap");
    promise.responsePromise = this.#responsePromise;
    promise.parseResponse = this.#parsing(parseResponse, take);
    if (typeof asResponse === "function") shadowMethod(promise, "asResponse", this.#takingRaw(asResponse));
    if (typeof unwrap === "function") {
      // The class's own method parses by the field; openai 7 gives each promise a method that goes past both fields.
      shadowMethod(promise, "_thenUnwrap", this.#unwrapping(unwrap, hasOwnUnwrap ? take : (value) => value));
    }
    return promise;
  }

  #parsing(parseResponse: ApiPromise["parseResponse"], take: (value: unknown) => unknown): ApiPromise["parseResponse"] {
    const begin = (): void => {
      this.#isParsed = true;
      this.#call.unwatch();
    };
    const call = this.#call;
    return async function (client, props) {
      begin();
      try {
        // A body that takes too long is asked for anew from here.
        const parsing = context.with(call.context ?? context.active(), parseResponse, this, client, props);
        return take(await parsing);
      } catch (error) {
        call.failed(error);
        throw error;
      }
    };
  }

  #takingRaw(asResponse: () => unknown): () => unknown {
    const taken = (raw: unknown): unknown => {
      if (!this.#isParsed) this.#call.takenRaw();
      return raw;
    };
    return function asResponse_(this: unknown) {
      const response: unknown = Reflect.apply(asResponse, this, []);
      return types.isPromise(response) ? response.then(taken) : response;
    };
  }

  #unwrapping(unwrap: Unwrap, take: (value: unknown) => unknown): Unwrap {
    const follow = (unwrapped: unknown): unknown =>
      isApiPromise(unwrapped) ? this.follow(unwrapped, (value) => value) : unwrapped;
    return function _thenUnwrap(this: unknown, transform: Transform) {
      const caller = context.active();
      const seen: Transform = (value, props) => context.with(caller, transform, undefined, take(value), props);
      return follow(Reflect.apply(unwrap, this, [typeof transform === "function" ? seen : transform]));
    };
  }
}
