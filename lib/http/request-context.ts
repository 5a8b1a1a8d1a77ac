import { context } from "@opentelemetry/api";
import type { IncomingMessage, ServerResponse } from "node:http";
import { contain } from "../internal/index.js";
import { bindRequest } from "./bind-request.js";
import { readExpressRoute } from "./express-route.js";
import { followNodeResponse } from "./follow-node-response.js";
import { readNodeRequest } from "./node-request.js";
import { type RequestContextOptions, type RequestSettings, readRequestOptions } from "./request-options.js";
import { enterRequest } from "./request-scope.js";

/** A middleware of Express, Connect or Nest, or a plain function around a handler of `node:http`. */
export type NodeMiddleware<Req extends IncomingMessage = IncomingMessage> = (
  request: Req,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * This makes a middleware that gives each request a context and a span of its own: whatever runs for the request,
 * handlers, what they start, and listeners on request and response, is below that span and carries its attributes. Used a
 * second time on the same request (behind a login, say) it adds attributes, and no span. The span ends when the response
 * has been handed over, or its connection is closed; see `RequestContextOptions` for the rest. Throws
 * `InvalidOptionError`; the middleware itself never throws, and calls `next` once, whatever happens.
 *
 * @example
 * ```ts
 * app.use(requestContext({ attributes: (request) => ({ customerIdentifier: request.get("x-customer") }) }));
 * ```
 */
export function requestContext<Req extends IncomingMessage = IncomingMessage>(
  options?: RequestContextOptions<Req>,
): NodeMiddleware<Req> {
  const settings = readRequestOptions("requestContext", options);
  return function requestContext(request, response, next) {
    runRequest(settings, request, { request, response, readRoute: () => readExpressRoute(request) }, () => next());
  };
}

/** Both sides of one exchange, as Node has them. */
export interface NodeExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Called when the response is over. */
  readonly readRoute: () => string | undefined;
}

/** Runs the rest of a request's handling in a context of its own. `given` is the request as `attributes` takes it. */
export function runRequest<Req>(
  settings: RequestSettings<Req>,
  given: Req,
  { request, response, readRoute }: NodeExchange,
  next: (span?: CaughtErrors) => void,
): void {
  const scope = enterRequest(settings, given, () => readNodeRequest(request));
  if (scope === undefined) return next();
  let inside = scope.context;
  try {
    inside = bindRequest(request, [request, response], inside);
    if (scope.span !== undefined) followNodeResponse(response, scope.span, readRoute);
  } catch (error) {
    contain("SPANDREL_REQUEST_FAILED", "following a response", error);
    scope.span?.end("abandoned", { status: undefined, route: undefined, isEventStream: false });
  }
  context.with(inside, next, undefined, scope.span);
}

/** Told of errors that a framework makes responses of. */
export interface CaughtErrors {
  caught(error: unknown): void;
}
