import { LONGEST_TIMER_MILLIS } from "../internal/index.js";

/**
 * This ends one extraction when its caller's signal is aborted or its time is up, whichever comes first. `dispose`
 * leaves nothing behind: no timer, and no listener on a signal that may live as long as the process.
 */
export class CallLimits {
  /** For the client; undefined where there is no limit. */
  readonly signal: AbortSignal | undefined;
  readonly #caller: AbortSignal | undefined;
  readonly #abort: (() => void) | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #deadline: number = Infinity;
  #isTimeUp = false;

  constructor(caller: AbortSignal | undefined, timeoutMillis: number | undefined) {
    this.#caller = caller;
    if (caller === undefined && timeoutMillis === undefined) return;
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#abort = () => controller.abort(caller?.reason);
    if (caller?.aborted === true) this.#abort();
    else caller?.addEventListener("abort", this.#abort, { once: true });
    if (timeoutMillis === undefined) return;
    this.#deadline = performance.now() + timeoutMillis;
    const timeUp = (): void => {
      if (controller.signal.aborted) return;
      this.#isTimeUp = true;
      controller.abort(new DOMException("The time for the extraction is up", "TimeoutError"));
    };
    this.#timer = setTimeout(timeUp, Math.min(timeoutMillis, LONGEST_TIMER_MILLIS));
    // As that of `AbortSignal.timeout`: a stream that was forgotten half-way keeps no process from its end.
    this.#timer.unref();
  }

  /** True once the time was up before the caller aborted. A schema that blocks keeps the timer waiting as well. */
  get isTimeUp(): boolean {
    return this.#isTimeUp || (!this.isOver && performance.now() >= this.#deadline);
  }

  /** True once the caller has aborted, or the time is up. */
  get isOver(): boolean {
    return this.signal?.aborted === true;
  }

  /** The caller's own reason, as `fetch` would reject with it. */
  get reason(): unknown {
    return this.#caller?.reason as unknown;
  }

  /**
   * The work, or a rejection as soon as the limits are reached; the work itself is not stopped. Work that hears of the
   * signal has a turn in which to end by itself.
   */
  async race<R>(work: Promise<R>, isHearing = false): Promise<R> {
    const { signal } = this;
    if (signal === undefined) return work;
    let onAbort = (): void => undefined;
    const over = new Promise<never>((_resolve, reject) => {
      onAbort = () => {
        if (isHearing) setImmediate(reject, signal.reason);
        else reject(signal.reason as Error);
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    });
    try {
      return await Promise.race([over, work]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    if (this.#abort !== undefined) this.#caller?.removeEventListener("abort", this.#abort);
  }
}
