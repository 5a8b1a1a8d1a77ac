/**
 * Spandrel in services: a context and a span for each request, for Express, Connect, Nest, Fastify, Hono, Next and plain
 * `node:http`, and iterables sent as server-sent events.
 *
 * @packageDocumentation
 */
export { InvalidOptionError, SpandrelError } from "../errors.js";
export type { PropagatedAttributes } from "../context/index.js";
export type { SseResult } from "./event-feed.js";
export { fastifyRequestContext } from "./fastify-request-context.js";
export type {
  FastifyErrorHook,
  FastifyHook,
  FastifyLike,
  FastifyReplyLike,
  FastifyRequestContextOptions,
  FastifyRequestLike,
} from "./fastify-request-context.js";
export type { FetchRequest } from "./fetch-request.js";
export { honoRequestContext } from "./hono-request-context.js";
export type { HonoContextLike } from "./hono-request-context.js";
export { requestContext } from "./request-context.js";
export type { NodeMiddleware } from "./request-context.js";
export type { RequestContextOptions } from "./request-options.js";
export { sse } from "./sse.js";
export type { NodeEventResponse, ServerSentEvent, SseOptions } from "./sse-options.js";
export type { SseIterable, SseSource } from "./sse-source.js";
export { withRequest } from "./with-request.js";
export type { WithRequestOptions } from "./with-request.js";
