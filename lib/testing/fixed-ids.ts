import type { IdSource } from "../internal/index.js";

/** Ids that count: 1, 2, 3, …, as hex digits of the usual length, spans and traces each by themselves. */
export class FixedIds implements IdSource {
  #spans = 0;
  #traces = 0;

  spanId(): string {
    return (++this.#spans).toString(16).padStart(16, "0");
  }

  traceId(): string {
    return (++this.#traces).toString(16).padStart(32, "0");
  }

  /** The next are the first again. */
  restart(): void {
    this.#spans = 0;
    this.#traces = 0;
  }
}
