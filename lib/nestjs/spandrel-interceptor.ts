import type { IncomingMessage, ServerResponse } from "node:http";
import { type PropagatedAttributes, holdAttributes } from "../context/index.js";
import { InvalidOptionError } from "../errors.js";
import { type NodeMiddleware, type RequestContextOptions, requestContext } from "../http/index.js";
import { contain, log } from "../internal/index.js";

/** The part of Nest's `ExecutionContext` that is used. */
export interface ExecutionContextLike {
  getType(): string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a transport hands over is its own affair
  getArgs(): any[];
}

/** Nest's `CallHandler`. */
export interface CallHandlerLike<Result> {
  handle(): Result;
}

/** These options are those of `requestContext`, for handlers of any transport. */
export interface SpandrelInterceptorOptions extends Omit<RequestContextOptions, "attributes"> {
  /**
   * Whose request this is. `request` is what the transport's handlers are given first: the HTTP request, the data of a
   * message, the client of a socket. A throw is contained, said once, and costs the attributes. Default: none.
   */
  readonly attributes?: ReadRequestAttributes | undefined;
}

/** This tells whose request it is that a handler is called for. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a transport hands over is its own affair
export type ReadRequestAttributes = (request: any, execution: ExecutionContextLike) => PropagatedAttributes | undefined;

/** What an adapter hands over: Node's own, or something around it. */
interface MaybeAround<Raw> {
  readonly raw?: Raw;
}

/**
 * This interceptor runs handlers in a context of their request. Over HTTP it is `requestContext`, and later than that of
 * `SpandrelModule`: guards have run by then. Where the module has set it up already, only attributes are added. Messages
 * and sockets, which no middleware sees, get the attributes and no span of their own. Throws `InvalidOptionError`.
 *
 * @example
 * ```ts
 * app.useGlobalInterceptors(new SpandrelInterceptor({ attributes: (message) => ({ customerIdentifier: message.customer }) }));
 * ```
 */
export class SpandrelInterceptor {
  readonly #attributes: SpandrelInterceptorOptions["attributes"];
  readonly #middleware: NodeMiddleware;

  constructor(options: SpandrelInterceptorOptions = {}) {
    const { attributes, ...rest } = options;
    if (attributes !== undefined && typeof attributes !== "function") {
      throw new InvalidOptionError("SpandrelInterceptor attributes", "a function of the request", attributes);
    }
    this.#attributes = attributes;
    this.#middleware = requestContext(rest);
  }

  /** Called by Nest, for each handler. */
  intercept<Result>(execution: ExecutionContextLike, next: CallHandlerLike<Result>): Result {
    // Nest binds what the handler runs in when `handle` is called.
    return holdAttributes(this.#attributesOf(execution))(() => {
      const [request, response] = execution.getArgs() as [unknown, unknown];
      if (execution.getType() !== "http") return next.handle();
      let result: { readonly of: Result } | undefined;
      this.#middleware(rawOf<IncomingMessage>(request), rawOf<ServerResponse>(response), () => {
        result = { of: next.handle() };
      });
      return result === undefined ? next.handle() : result.of;
    });
  }

  #attributesOf(execution: ExecutionContextLike): PropagatedAttributes {
    try {
      const own: unknown = this.#attributes?.(execution.getArgs()[0], execution) ?? {};
      if (typeof own === "object" && own !== null && !("then" in own)) return own;
      sayUnusable(own);
    } catch (error) {
      contain("SPANDREL_REQUEST_ATTRIBUTES_FAILED", "the `attributes` function of a request", error);
    }
    return {};
  }
}

function sayUnusable(own: unknown): void {
  log.warn(
    "SPANDREL_REQUEST_ATTRIBUTES_UNUSABLE",
    "the `attributes` function of SpandrelInterceptor must return an object, at once: what it gave is left out. Where " +
      "it takes time to know them, call propagateAttributes in the handler",
  );
  // Nobody else will look at what it rejects with.
  Promise.resolve(own).catch(() => undefined);
}

function rawOf<Raw>(given: unknown): Raw {
  return (given as MaybeAround<Raw> | undefined)?.raw ?? (given as Raw);
}
