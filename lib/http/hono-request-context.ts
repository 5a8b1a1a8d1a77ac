import { type Context, context } from "@opentelemetry/api";
import { contain } from "../internal/index.js";
import { type FetchRequest, readFetchRequest } from "./fetch-request.js";
import { followFetchResponse, isFetchResponse } from "./follow-fetch-response.js";
import { type RequestContextOptions, readRequestOptions } from "./request-options.js";
import { enterRequest } from "./request-scope.js";
import type { ServerSpan } from "./server-span.js";

/** The part of Hono's context that is read, or of use to `attributes`, which may ask for all of it: `(c: Context) => …`. */
export interface HonoContextLike {
  readonly req: {
    readonly raw: FetchRequest;
    readonly path: string;
    header(name: string): string | undefined;
    query(name: string): string | undefined;
    param(name: string): string | undefined;
  };
  readonly res: unknown;
  /** What a handler threw, once Hono has made a response of it. */
  readonly error?: unknown;
}

/** The part of a matched route, and of the request, that tells which was the last to run. */
interface Routed {
  readonly routeIndex?: unknown;
  readonly matchedRoutes?: readonly { readonly path?: unknown; readonly method?: unknown }[];
}

/**
 * This makes `requestContext` for Hono: a middleware, which also knows the route, and the error behind a response of 500
 * and above. `attributes` is given Hono's context. The span ends when the body of the response has been read, or given
 * up. Throws `InvalidOptionError`.
 *
 * @example
 * ```ts
 * app.use(honoRequestContext({ attributes: (c) => ({ customerIdentifier: c.req.header("x-customer") }) }));
 * ```
 */
export function honoRequestContext<C extends HonoContextLike>(
  options?: RequestContextOptions<C>,
): (c: C, next: () => Promise<void>) => Promise<void> {
  const settings = readRequestOptions("honoRequestContext", options);
  return async function honoRequestContext(c, next) {
    const scope = enterRequest(settings, c, () => readFetchRequest(c.req.raw));
    if (scope?.span === undefined) return scope === undefined ? next() : context.with(scope.context, next);
    const { span } = scope;
    try {
      await context.with(scope.context, next);
    } catch (error) {
      // What is no Error passes by Hono's own handling.
      span.fail(error, { status: undefined, route: readRoute(c), isEventStream: false });
      throw error;
    }
    followAnswer(c, span, scope.context);
  };
}

function followAnswer(c: HonoContextLike, span: ServerSpan, scope: Context): void {
  try {
    const { res, error, req } = c;
    const route = readRoute(c);
    if (error !== undefined) span.caught(error);
    if (isFetchResponse(res)) return followFetchResponse(res, req.raw.method, span, scope, route);
  } catch (failure) {
    contain("SPANDREL_FOLLOW_FAILED", "following the response of a request", failure);
  }
  span.end("completed", { status: undefined, route: undefined, isEventStream: false });
}

/** A middleware for everything has run last where no route was found. */
function readRoute({ req }: HonoContextLike): string | undefined {
  try {
    const { routeIndex, matchedRoutes } = req as Routed;
    const { path, method } = (typeof routeIndex === "number" ? matchedRoutes?.[routeIndex] : undefined) ?? {};
    if (typeof path !== "string" || (method === "ALL" && path.endsWith("*"))) return undefined;
    return path;
  } catch (error) {
    contain("SPANDREL_ROUTE_UNREADABLE", "reading the route of a request", error);
    return undefined;
  }
}
