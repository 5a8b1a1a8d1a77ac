import type { PropagatedAttributes } from "../context/index.js";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { type CaughtErrors, runRequest } from "./request-context.js";
import { type RequestContextOptions, type RequestSettings, readRequestOptions } from "./request-options.js";

/** The part of a Fastify request that is read, or of use to `attributes`, which may ask for all of it. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly routeOptions?: { readonly url?: string | undefined };
}

/** The options of `requestContext`, for Fastify's requests. */
export interface FastifyRequestContextOptions extends Omit<RequestContextOptions, "attributes"> {
  /** As in `RequestContextOptions`. It may ask for all of the request: `(request: FastifyRequest) => …`. */
  attributes?(request: FastifyRequestLike): PropagatedAttributes | undefined;
}

/** The part of a Fastify reply that is read. */
export interface FastifyReplyLike {
  readonly raw: ServerResponse;
}

/** The part of a Fastify instance that is used. */
export interface FastifyLike {
  addHook(name: "onRequest", hook: FastifyHook): unknown;
  addHook(name: "onError", hook: FastifyErrorHook): unknown;
}

/** What `addHook("onRequest", …)` of Fastify takes. */
export type FastifyHook = (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void;
/** What `addHook("onError", …)` of Fastify takes. */
export type FastifyErrorHook = (
  request: FastifyRequestLike,
  reply: FastifyReplyLike,
  error: Error,
  done: () => void,
) => void;

/** What Fastify itself reads of the options of a plugin. */
const PLUGIN_OPTIONS = ["prefix", "logLevel", "logSerializers"];

/**
 * This is `requestContext` as a plugin of Fastify (4 and 5): `app.register(fastifyRequestContext, options)`. It is for
 * all routes of the instance that it is registered with, and for hooks that are added after it. An error that Fastify
 * answers with 500 or above is on the span. With an option that cannot be used, Fastify does not start.
 *
 * @example
 * ```ts
 * await app.register(fastifyRequestContext, { attributes: (request) => ({ customerIdentifier: request.headers["x-customer"] }) });
 * ```
 */
export function fastifyRequestContext(
  app: FastifyLike,
  options: FastifyRequestContextOptions,
  done: (error?: Error) => void,
): void {
  let settings: RequestSettings<FastifyRequestLike>;
  try {
    settings = readRequestOptions("fastifyRequestContext", withoutPluginOptions(options));
  } catch (error) {
    // What a plugin throws, nobody would catch.
    return done(error as Error);
  }
  const spans = new WeakMap<object, CaughtErrors>();
  app.addHook("onRequest", (request, reply, proceed) => {
    const exchange = {
      request: request.raw,
      response: reply.raw,
      readRoute: () => request.routeOptions?.url,
    };
    runRequest(settings, request, exchange, (span) => {
      if (span !== undefined) spans.set(request, span);
      proceed();
    });
  });
  app.addHook("onError", (request, _reply, error, proceed) => {
    spans.get(request)?.caught(error);
    proceed();
  });
  done();
}

// Not encapsulated: the routes beside the plugin are meant.
Object.defineProperties(fastifyRequestContext, {
  [Symbol.for("skip-override")]: { value: true },
  [Symbol.for("fastify.display-name")]: { value: "spandrel-request-context" },
});

function withoutPluginOptions(options: FastifyRequestContextOptions): RequestContextOptions<FastifyRequestLike> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !PLUGIN_OPTIONS.includes(name)));
}
