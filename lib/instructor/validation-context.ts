import { AsyncLocalStorage } from "node:async_hooks";

import { sharedSlot } from "../internal/index.js";

const storage = sharedSlot("validation-context", () => new AsyncLocalStorage<unknown>());

/**
 * This is the `context` of the extraction whose schema is being run, for refinements and transforms that need to know
 * more than the value: the text it was taken from, a tenant, a database. Undefined outside, and where none was given.
 *
 * @example
 * ```ts
 * const quote = z.string().refine((text) => (validationContext() as { source: string }).source.includes(text));
 * ```
 */
export function validationContext(): unknown {
  return storage.getStore();
}

/** Runs a schema with the extraction's context, and never with that of an extraction around it. */
export function withValidationContext<R>(context: unknown, run: () => R): R {
  if (context === undefined && storage.getStore() === undefined) return run();
  return storage.run(context, run);
}
