import { addAbortHook, removeAbortHook } from "./abort-hooks.js";
import type { EventFeed, SseResult } from "./event-feed.js";
import { KeepAlive } from "./keep-alive.js";
import type { NodeEventResponse, SseSettings } from "./sse-options.js";
import { KEEP_ALIVE } from "./sse-text.js";

/** True where nothing can be sent any more. */
export function isGone(response: NodeEventResponse): boolean {
  return response.writableEnded || response.destroyed === true;
}

/**
 * This sends a feed by a response of Node's, as fast as the client reads: nothing is pulled while the response waits for
 * its `drain`. Resolves with what has become of it, when the response is over and the iterable has ended.
 */
export async function pipeEvents(
  feed: EventFeed,
  response: NodeEventResponse,
  settings: SseSettings,
): Promise<SseResult> {
  const { signal } = settings;
  const line = new ResponseLine(response);
  const leave = (): void => {
    feed.leave();
    line.wake();
  };
  const keepAlive = new KeepAlive(settings.keepAliveMillis, () => line.ping());
  line.open(leave);
  if (signal !== undefined) addAbortHook(signal, leave);
  try {
    if (isGone(response) || signal?.aborted === true) leave();
    if (!isGone(response)) sendHead(response, settings.headers);
    if (response.req?.method === "HEAD") leave();
    keepAlive.touch();
    for (let text = await line.wait(feed.next()); text !== undefined; text = await line.wait(feed.next())) {
      keepAlive.touch();
      if (!response.write(text)) await line.drained();
    }
    if (!isGone(response)) {
      response.end();
      await line.finished();
    }
  } finally {
    // What is thrown here is thrown by the response; the iterable must not wait for ever.
    leave();
    keepAlive.stop();
    if (signal !== undefined) removeAbortHook(signal, leave);
    line.close();
  }
  return feed.result();
}

function sendHead(response: NodeEventResponse, headers: Headers): void {
  if (response.headersSent) return;
  response.statusCode = 200;
  for (const name of new Set(headers.keys())) {
    response.setHeader(name, name === "set-cookie" ? headers.getSetCookie() : (headers.get(name) ?? ""));
  }
  response.flushHeaders?.();
}

/** The events of one response, for as long as something is sent by it. */
class ResponseLine {
  readonly #response: NodeEventResponse;
  #wake: (() => void) | undefined;
  #leave: () => void = () => undefined;
  #isClosed = false;
  #isFinished = false;
  #isWaiting = false;

  constructor(response: NodeEventResponse) {
    this.#response = response;
  }

  open(leave: () => void): void {
    this.#leave = leave;
    this.#response.on("drain", this.wake);
    this.#response.on("finish", this.#finish);
    this.#response.on("close", this.#close);
    this.#response.on("error", this.#close);
  }

  close(): void {
    this.#response.removeListener("drain", this.wake);
    this.#response.removeListener("finish", this.#finish);
    this.#response.removeListener("close", this.#close);
    this.#response.removeListener("error", this.#close);
  }

  /** Waits for an item: only then is a comment of any use. */
  async wait<T>(item: Promise<T>): Promise<T> {
    this.#isWaiting = true;
    const result = await item;
    this.#isWaiting = false;
    return result;
  }

  ping(): boolean {
    if (this.#isWaiting && !this.#isClosed) this.#response.write(KEEP_ALIVE);
    return !this.#isClosed;
  }

  /** Waits for room, or for a reason not to wait. */
  async drained(): Promise<void> {
    if (!this.#isClosed) await this.#woken();
  }

  async finished(): Promise<void> {
    while (!this.#isClosed && !this.#isFinished) await this.#woken();
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  readonly wake = (): void => {
    this.#wake?.();
  };

  readonly #finish = (): void => {
    this.#isFinished = true;
    this.wake();
  };

  readonly #close = (): void => {
    this.#isClosed = true;
    this.#leave();
    this.wake();
  };
}
