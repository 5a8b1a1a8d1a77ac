import { attachMethod } from "./attach-method.js";
import type { CallDialect } from "./call-dialect.js";
import { watchRetries } from "./client-retries.js";
import { fieldsOf } from "./read-fields.js";
import { traceCall } from "./trace-call.js";

/** Lays the tracing of a dialect over `create` of a resource such as `client.embeddings`. Returns the undoing. */
export function attachDialect(resource: object, dialect: CallDialect): () => void {
  return attachMethod(resource, "create", (method, self, args) => traceCall(dialect, method, self, args));
}

/**
 * Lays the tracing over `create` of every resource class that the modules export under one of the names. The client's
 * own class is met at its first call only, which saves loading it. Returns the undoing.
 */
export function attachClasses(modules: readonly object[], dialects: Readonly<Record<string, CallDialect>>): () => void {
  const undoings: (() => void)[] = [];
  const clientClasses = new WeakSet();
  const watchClientOf = (resource: unknown): void => {
    const owner = ownerOf(fieldsOf(resource)["_client"], "retryRequest");
    if (owner === undefined || clientClasses.has(owner)) return;
    clientClasses.add(owner);
    undoings.push(watchRetries(owner));
  };
  for (const [name, dialect] of Object.entries(dialects)) {
    for (const module of modules) {
      const prototype = prototypeOf(fieldsOf(module)[name]);
      if (prototype === undefined) continue;
      undoings.push(
        attachMethod(prototype, "create", (method, self, args) => {
          watchClientOf(self);
          return traceCall(dialect, method, self, args);
        }),
      );
    }
  }
  return () => {
    for (const undo of undoings.splice(0)) undo();
  };
}

/** The class's prototype that has the method, not the client itself, which may have been traced by hand. */
function ownerOf(client: unknown, key: string): object | undefined {
  let prototype: unknown = typeof client === "object" && client !== null ? Object.getPrototypeOf(client) : null;
  while (typeof prototype === "object" && prototype !== null && !Object.hasOwn(prototype, key)) {
    prototype = Object.getPrototypeOf(prototype);
  }
  return (prototype as object | null) ?? undefined;
}

function prototypeOf(constructor: unknown): object | undefined {
  return typeof constructor === "function" ? (constructor.prototype as object | undefined) : undefined;
}
