import type { ReadableSpan } from "../otlp/index.js";

/** Ids are kept of so many spans: a job that carries a buffer and is delivered twice comes back soon. */
const MAX_IDS = 10_000;

/**
 * This remembers which spans have been processed by hand: the objects for as long as they live, and the ids of the last
 * 10,000, as spans that come from another process are new objects each time.
 */
export class ProcessedSpans {
  readonly #objects = new WeakSet<ReadableSpan>();
  readonly #ids = new Set<string>();

  /** Those that have not been here before; they have from now on. */
  takeNew(spans: readonly ReadableSpan[]): ReadableSpan[] {
    return spans.filter((span) => this.#isNew(span));
  }

  #isNew(span: ReadableSpan): boolean {
    if (this.#objects.has(span)) return false;
    this.#objects.add(span);
    const { traceId, spanId } = span.spanContext();
    const id = `${traceId}${spanId}`;
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > MAX_IDS) for (const oldest of this.#ids) return this.#ids.delete(oldest);
    return true;
  }
}
