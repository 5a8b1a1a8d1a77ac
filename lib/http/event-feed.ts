import { TextDecoder } from "node:util";
import { contain, errorText, log } from "../internal/index.js";
import { isAbortError } from "../span/index.js";
import type { ServerSentEvent, SseSettings } from "./sse-options.js";
import { PulledSource } from "./sse-source.js";
import { writeEvent, writeRetry } from "./sse-text.js";

/** What has become of a stream. */
export interface SseResult {
  /**
   * `completed`: all items were sent. `returned`: the client, or the signal, ended it. `failed`: the iterable threw, or an
   * item could not be made an event.
   */
  readonly outcome: "completed" | "returned" | "failed";
  /** How many items were sent. */
  readonly events: number;
  /** What was thrown: the reason of a failure, or what the iterable threw while it was being ended. */
  readonly error?: unknown;
}

const DEFAULT_ERROR: ServerSentEvent = { event: "error", data: { message: "stream failed" } };

/** This makes the text of a stream, one piece a pull: nothing is pulled that is not asked for. */
export class EventFeed {
  readonly #source: PulledSource;
  readonly #settings: SseSettings;
  #outcome: SseResult["outcome"] | undefined;
  #events = 0;
  #failure: { readonly error: unknown } | undefined;
  #isBegun = false;
  /** The end of the iterable, where it did not come to it by itself. */
  #ended: Promise<unknown> | undefined;
  #answer: ((text: string | undefined) => void) | undefined;
  #decoder: TextDecoder | undefined;

  constructor(source: unknown, settings: SseSettings) {
    this.#source = new PulledSource(source);
    this.#settings = settings;
  }

  /** The next piece of text; undefined when there is no more, or the client has left. Never rejects. */
  next(): Promise<string | undefined> {
    const { retryMillis } = this.#settings;
    if (!this.#isBegun && this.#outcome === undefined && retryMillis !== undefined) {
      this.#isBegun = true;
      return Promise.resolve(`${writeRetry(retryMillis)}\n`);
    }
    this.#isBegun = true;
    return new Promise((resolve) => {
      if (this.#outcome !== undefined) return resolve(undefined);
      this.#answer = resolve;
      void this.#pull().then(resolve);
    });
  }

  /** The client has left: whoever waits for text gets none, and the iterable is ended. */
  leave(): void {
    if (this.#outcome !== undefined) return;
    this.#over("returned");
    this.#answer?.(undefined);
  }

  /** What has become of the stream, when the iterable has ended. */
  async result(): Promise<SseResult> {
    try {
      await this.#ended;
    } catch (error) {
      this.#failedAfter(error);
    }
    const { outcome, events } = { outcome: this.#outcome ?? "completed", events: this.#events };
    return this.#failure === undefined ? { outcome, events } : { outcome, events, error: this.#failure.error };
  }

  async #pull(): Promise<string | undefined> {
    for (;;) {
      try {
        const { done, value } = await this.#source.next();
        if (this.#outcome !== undefined) return undefined;
        if (done === true) return this.#complete();
        const text = this.#write(value);
        if (text === undefined) continue;
        this.#events++;
        return text;
      } catch (error) {
        if (this.#outcome === undefined) return this.#fail(error);
        this.#failedAfter(error);
        return undefined;
      }
    }
  }

  #write(item: unknown): string | undefined {
    const { event } = this.#settings;
    if (event !== undefined) return this.#writeMade("event", event(item as never));
    const text = this.#readText(item);
    // The first bytes of a character, so far.
    if (text === "" && item instanceof Uint8Array && item.length > 0) return undefined;
    return writeEvent({ data: text }, String);
  }

  /** What a function of the user's has made; a promise, or a text, would be an event without data. */
  #writeMade(maker: string, made: unknown): string | undefined {
    if (made === undefined) return undefined;
    if (typeof made === "object" && made !== null && !("then" in made)) {
      return writeEvent(made, (data) => this.#readText(data));
    }
    throw new TypeError(`sse: \`${maker}\` must return an object with data, event, id or retry, and at once`);
  }

  #readText(data: unknown): string {
    if (typeof data === "string") return data;
    if (data instanceof Uint8Array) return (this.#decoder ??= new TextDecoder()).decode(data, { stream: true });
    return JSON.stringify(data) ?? "null";
  }

  #complete(): string | undefined {
    this.#outcome = "completed";
    const rest = this.#decoder?.decode() ?? "";
    return rest === "" ? undefined : writeEvent({ data: rest }, String);
  }

  #fail(error: unknown): string | undefined {
    this.#failure = { error };
    this.#over("failed");
    const { onError } = this.#settings;
    if (onError === undefined) {
      log.warn(
        "SPANDREL_SSE_FAILED",
        `an event stream ended early (the client is told so, and no more): ${errorText(error)}. ` +
          "Give `onError` to tell it more; this is said once",
      );
      return writeEvent(DEFAULT_ERROR, JSON.stringify);
    }
    try {
      return this.#writeMade("onError", onError(error));
    } catch (failure) {
      contain("SPANDREL_SSE_ON_ERROR_FAILED", "the `onError` function of an event stream", failure);
      return writeEvent(DEFAULT_ERROR, JSON.stringify);
    }
  }

  /** What is aborted because the client has left may say so. */
  #failedAfter(error: unknown): void {
    if (!isAbortError(error)) this.#failure ??= { error };
  }

  #over(outcome: "returned" | "failed"): void {
    this.#outcome = outcome;
    this.#ended = this.#source.leave();
    // It is looked at by `result`, perhaps later.
    this.#ended.catch(() => undefined);
  }
}
