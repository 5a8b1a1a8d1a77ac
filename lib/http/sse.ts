import { EventFeed, type SseResult } from "./event-feed.js";
import { eventResponse } from "./event-response.js";
import { isGone, pipeEvents } from "./pipe-events.js";
import { type NodeEventResponse, type SseOptions, readSseOptions } from "./sse-options.js";
import type { SseSource } from "./sse-source.js";

/**
 * This sends the items of an iterable as server-sent events: by a `Response`, which it returns, or by the response of
 * Node's that `response` is, with a promise of what has become of it, which never rejects for what the iterable throws.
 * An item is pulled when the client has room for it, never before. A string is sent as it is, anything else as JSON.
 *
 * When the client leaves, or `signal` is aborted, the iterable's `return()` is called at once: a traced one ends as
 * `returned`, without an error. A generator that is in the middle of an `await` hears of it when that is over; given as a
 * function, it is made with a signal that is aborted at the same time. Throws `InvalidOptionError`, and what the function
 * throws before it has made the iterable.
 *
 * @example
 * ```ts
 * export const POST = withRequest(async (request) => sse((signal) => desk.answer(request, signal)));
 * app.get("/answers", (request, response) => sse((signal) => desk.answer(request.query.q, signal), { response }));
 * ```
 */
export function sse<Item>(
  source: SseSource<Item>,
  options: SseOptions<Item> & { readonly response: NodeEventResponse },
): Promise<SseResult>;
/** This sends the items of an iterable by a `Response`, which it returns: see the other form. */
export function sse<Item>(
  source: SseSource<Item>,
  options?: SseOptions<Item> & { readonly response?: undefined },
): Response;
export function sse<Item>(
  source: SseSource<Item>,
  options?: SseOptions<Item> & { readonly response?: NodeEventResponse | undefined },
): Promise<SseResult> | Response {
  const settings = readSseOptions(options);
  const { response, signal } = settings;
  const isWanted = signal?.aborted !== true && (response === undefined || !isGone(response));
  // Where nobody will read it, it need not be made.
  const feed = new EventFeed(!isWanted && typeof source === "function" ? [] : source, settings);
  return response === undefined ? eventResponse(feed, settings) : pipeEvents(feed, response, settings);
}
