import { contain } from "../internal/index.js";
import { attachMethod } from "./attach-method.js";

/** Traces each client that `client.withOptions` makes. One that cannot be traced is handed out as it is. */
export function traceDerived(client: object, trace: (derived: never) => unknown): void {
  attachMethod(client, "withOptions", (method, self, args) => {
    const derived = Reflect.apply(method, self, args);
    try {
      trace(derived as never);
    } catch (error) {
      contain("SPANDREL_CLIENT_UNTRACED", "tracing a client made by withOptions", error);
    }
    return derived;
  });
}
