import { context } from "@opentelemetry/api";
import { callOf } from "../context/index.js";
import { contain } from "../internal/index.js";
import { attachMethod } from "./attach-method.js";
import { ModelCall } from "./model-call.js";

/** The status of the response that the client is about to answer with a retry, by call. */
const refused = new WeakMap<ModelCall, number>();

/**
 * This records the retries that a client makes by itself as events of the call they belong to. `target` is a client or
 * the prototype of its class: both keep the decision and the retry in methods of their own. Returns the undoing.
 */
export function watchRetries(target: object): () => void {
  const undoings = [
    attachMethod(target, "shouldRetry", (method, client, args) => {
      observe((call) => {
        const status: unknown = Reflect.get(args[0] as object, "status");
        if (typeof status === "number") refused.set(call, status);
      });
      return Reflect.apply(method, client, args);
    }),
    attachMethod(target, "retryRequest", (method, client, args) => {
      observe((call) => {
        call.retried(args[1], refused.get(call));
        refused.delete(call);
      });
      return Reflect.apply(method, client, args);
    }),
  ];
  return () => {
    for (const undo of undoings) undo();
  };
}

function observe(tell: (call: ModelCall) => void): void {
  try {
    const call = callOf(context.active());
    if (call instanceof ModelCall) tell(call);
  } catch (error) {
    contain("SPANDREL_RETRY_UNSEEN", "recording a retry of a model call", error);
  }
}
