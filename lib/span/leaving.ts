import { type Context, createContextKey } from "@opentelemetry/api";

const LEAVING_KEY = createContextKey("spandrel.leaving.v1");

/**
 * A context for the `return()` of a consumer that stops, besides, whatever the iterator waits for: how a pull that is under
 * way then ends is the consumer's doing, and neither the stream's end nor its failure.
 */
export function enterLeaving(active: Context): Context {
  return active.setValue(LEAVING_KEY, true);
}

/** True where such a consumer calls. */
export function isLeaving(active: Context): boolean {
  return active.getValue(LEAVING_KEY) === true;
}
