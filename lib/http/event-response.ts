import { errorText, log } from "../internal/index.js";
import { addAbortHook, removeAbortHook } from "./abort-hooks.js";
import type { EventFeed } from "./event-feed.js";
import { KeepAlive } from "./keep-alive.js";
import type { SseSettings } from "./sse-options.js";
import { KEEP_ALIVE } from "./sse-text.js";

/** This sends a feed by a `Response`: each read of its body is one pull, and cancelling it ends the iterable. */
export function eventResponse(feed: EventFeed, settings: SseSettings): Response {
  return new Response(new ReadableStream(new FeedSource(feed, settings), { highWaterMark: 0 }), {
    status: 200,
    headers: settings.headers,
  });
}

/** What stands behind the body. Until the first read it has neither timer nor listener that could be left over. */
class FeedSource {
  readonly #feed: EventFeed;
  readonly #signal: AbortSignal | undefined;
  readonly #keepAlive: KeepAlive;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isPulling = false;
  #isOver = false;

  constructor(feed: EventFeed, { signal, keepAliveMillis }: SseSettings) {
    this.#feed = feed;
    this.#signal = signal;
    this.#keepAlive = new KeepAlive(keepAliveMillis, () => this.#ping());
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.#controller === undefined) this.#begin(controller);
    this.#isPulling = true;
    this.#keepAlive.touch();
    const text = await this.#feed.next();
    this.#isPulling = false;
    if (text === undefined) this.#close();
    else controller.enqueue(this.#encoder.encode(text));
  }

  cancel(): void {
    this.#isOver = true;
    this.#feed.leave();
    this.#end();
  }

  #begin(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    if (this.#signal !== undefined) addAbortHook(this.#signal, this.#abort);
    if (this.#signal?.aborted === true) this.#feed.leave();
  }

  /** Only a reader that waits has any use for a comment, and only one. */
  #ping(): boolean {
    if (this.#isPulling && this.#controller?.desiredSize === 0) {
      this.#controller.enqueue(this.#encoder.encode(KEEP_ALIVE));
    }
    return this.#isPulling;
  }

  /** The pull that is under way, or the next, closes the body. */
  readonly #abort = (): void => this.#feed.leave();

  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.close();
    this.#end();
  }

  #end(): void {
    this.#keepAlive.stop();
    if (this.#signal !== undefined) removeAbortHook(this.#signal, this.#abort);
    void this.#feed.result().then(({ outcome, error }) => {
      if (outcome !== "returned" || error === undefined) return;
      log.warn("SPANDREL_SSE_END_FAILED", `an event stream that its client had left ended with ${errorText(error)}`);
    });
  }
}
