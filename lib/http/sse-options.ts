import { LONGEST_TIMER_MILLIS } from "../internal/index.js";
import { InvalidOptionError } from "../errors.js";
import { type Check, checkOptions, isFunction, isObject } from "./check-options.js";

/** One event of a stream, as the browser's `EventSource` knows it. */
export interface ServerSentEvent {
  /** A string is sent as it is, one `data:` line for each of its own; bytes as UTF-8 text; anything else as JSON. */
  readonly data?: unknown;
  /** Its type; browsers call it `message` where there is none. */
  readonly event?: string | undefined;
  /** What a client that connects again sends as `Last-Event-ID`. */
  readonly id?: string | undefined;
  /** Milliseconds that a client waits before it connects again. */
  readonly retry?: number | undefined;
}

/** The options of `sse`. */
export interface SseOptions<Item> {
  /** Makes an event of an item; one for which it gives undefined is not sent. Default: the item is the data. */
  readonly event?: ((item: Item) => ServerSentEvent | undefined) | undefined;
  /** Told to the client before anything else: milliseconds that it waits before it connects again. Default: none. */
  readonly retryMillis?: number | undefined;
  /** After so many milliseconds without an event a comment is sent, for proxies. Default 15000; 0 sends none. */
  readonly keepAliveMillis?: number | undefined;
  /** More headers; they replace those that `sse` sets. Default: none. */
  readonly headers?: HeadersInit | undefined;
  /** Ends the stream, as a client does that leaves. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Makes the last event of a stream that has failed; undefined sends none. Default: `event: error` with
   * `{"message":"stream failed"}`, as the error's own text is not for clients; it is said once on stderr.
   */
  readonly onError?: ((error: unknown) => ServerSentEvent | undefined) | undefined;
}

/** What `Headers` can be made of. */
export type HeadersInit = ConstructorParameters<typeof Headers>[0];

/** The part of a response of `node:http` or `node:http2` that is used: Express's and `reply.raw` of Fastify are such. */
export interface NodeEventResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly destroyed?: boolean;
  readonly req?: { readonly method?: string | undefined };
  setHeader(name: string, value: string | string[]): unknown;
  flushHeaders?(): void;
  write(text: string): boolean;
  end(): unknown;
  on(event: string, listener: () => void): unknown;
  removeListener(event: string, listener: () => void): unknown;
}

/** The options, checked, with their defaults. */
export interface SseSettings {
  readonly event: ((item: never) => ServerSentEvent | undefined) | undefined;
  readonly retryMillis: number | undefined;
  readonly keepAliveMillis: number;
  readonly headers: Headers;
  readonly signal: AbortSignal | undefined;
  readonly onError: ((error: unknown) => ServerSentEvent | undefined) | undefined;
  readonly response: NodeEventResponse | undefined;
}

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // nginx keeps back what it is sent, unless it is told not to.
  "x-accel-buffering": "no",
};

const CHECKS: Readonly<Record<keyof SseOptions<unknown> | "response", Check>> = {
  event: [isFunction, "a function of an item"],
  retryMillis: [isMillis, "a whole number of milliseconds"],
  keepAliveMillis: [
    (value) => isMillis(value) && value <= LONGEST_TIMER_MILLIS,
    `a whole number of milliseconds up to ${String(LONGEST_TIMER_MILLIS)}, or 0 for no comments`,
  ],
  headers: [(value) => typeof value === "object" && value !== null, "headers, as new Headers() takes them"],
  signal: [(value) => value instanceof AbortSignal, "an AbortSignal"],
  onError: [isFunction, "a function of an error"],
  response: [isNodeResponse, "a response of node:http or node:http2"],
};

/** Reads the options of one stream. Throws an `InvalidOptionError` for one that cannot be used. */
export function readSseOptions<Item>(
  given: (SseOptions<Item> & { readonly response?: NodeEventResponse | undefined }) | undefined,
): SseSettings {
  checkOptions("sse", given, CHECKS);
  const { event, retryMillis, keepAliveMillis = 15_000, signal, onError, response } = given ?? {};
  return { event, retryMillis, keepAliveMillis, headers: readHeaders(given?.headers), signal, onError, response };
}

function readHeaders(given: HeadersInit | undefined): Headers {
  const headers = new Headers(HEADERS);
  let own: Headers;
  try {
    own = new Headers(given);
  } catch {
    throw new InvalidOptionError("sse headers", "headers, as new Headers() takes them", given);
  }
  for (const name of new Set(own.keys())) headers.delete(name);
  for (const [name, value] of own) headers.append(name, value);
  return headers;
}

function isMillis(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isNodeResponse(value: unknown): boolean {
  return isObject(value) && ["setHeader", "write", "end", "on"].every((name) => isFunction(value[name]));
}
