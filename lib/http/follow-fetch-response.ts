import type { Context } from "@opentelemetry/api";
import type { ReadableStream } from "node:stream/web";
import { contain } from "../internal/index.js";
import { type ReadRecord, followReadableStream } from "../span/index.js";
import type { Answer, ServerSpan } from "./server-span.js";

/** The part of a `Response` that is read: of the platform's class, a subclass, or a framework's own. */
export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStream<unknown> | null;
  readonly bodyUsed: boolean;
}

/** True for a `Response`, whoever made it. */
export function isFetchResponse(value: unknown): value is FetchResponse {
  if (typeof value !== "object" || value === null) return false;
  const { status, headers, bodyUsed } = value as Partial<Record<keyof FetchResponse, unknown>>;
  // Errors of HTTP clients have a status and headers, too.
  if (typeof status !== "number" || typeof bodyUsed !== "boolean") return false;
  return typeof (headers as { get?: unknown } | null | undefined)?.get === "function";
}

/**
 * This ends the span when the body of a response is over: read to its end, cancelled, failed, or collected unread; at
 * once where there is none, or nobody is going to read it (`HEAD`). The response is handed on as the very object it is,
 * and its source works in `scope` whenever it is read.
 */
export function followFetchResponse(
  response: FetchResponse,
  method: string,
  span: ServerSpan,
  scope: Context,
  route: string | undefined,
): void {
  const answer = {
    status: response.status,
    route,
    isEventStream: response.headers.get("content-type")?.startsWith("text/event-stream") === true,
  };
  try {
    const { body } = response;
    // `HEAD` is answered with headers alone, whatever the handler has made.
    const isUnread = body !== null && !response.bodyUsed && !body.locked && method !== "HEAD";
    if (isUnread && followReadableStream(body, new BodyRecord(span, scope, answer), undefined)) return;
  } catch (error) {
    contain("SPANDREL_FOLLOW_FAILED", "following the body of a response", error);
  }
  span.end("completed", answer);
}

/** The reading of one body. It must not hold the body: waiting for it must keep nothing alive. */
class BodyRecord implements ReadRecord {
  readonly #span: ServerSpan;
  readonly #scope: Context;
  readonly #answer: Answer;
  isStarted = false;

  constructor(span: ServerSpan, scope: Context, answer: Answer) {
    this.#span = span;
    this.#scope = scope;
    this.#answer = answer;
  }

  get scope(): Context | undefined {
    return this.#span.isEnded ? undefined : this.#scope;
  }

  watch(body: object): void {
    this.#span.watch(body, this.#answer);
  }

  pull(): Context | undefined {
    this.isStarted = true;
    return this.scope;
  }

  chunk(): void {}

  complete(): void {
    this.#span.end("completed", this.#answer);
  }

  leave(): void {
    this.#span.end("closed", this.#answer);
  }

  fail(error: unknown): void {
    this.#span.fail(error, this.#answer);
  }
}
