import type { ReadableSpan } from "../otlp/index.js";

/** Ids are kept of so many spans: a job that carries a buffer and is delivered twice comes back soon. */
const MAX_IDS = 10_000;

/** This is one call of `processSpans`. */
export interface Round {
  /** True when no processor has lost any of the spans that were new with it. */
  outcome: Promise<boolean>;
}

/**
 * This remembers which spans have been processed by hand, and with what outcome: the objects for as long as they live, and
 * the ids of the last 10,000, as spans that come from another process are new objects each time.
 */
export class ProcessedSpans {
  readonly #byObject = new WeakMap<ReadableSpan, Round>();
  readonly #byId = new Map<string, Round>();

  /** The round that this span was in; undefined for one that is new, which from now on was in `round`. */
  takeDown(span: ReadableSpan, round: Round): Round | undefined {
    const { traceId, spanId } = span.spanContext();
    const id = `${traceId}${spanId}`;
    const before = this.#byObject.get(span) ?? this.#byId.get(id);
    this.#byObject.set(span, before ?? round);
    if (before === undefined) this.#keepId(id, round);
    return before;
  }

  /** Ids that come again are those of other spans from now on. */
  forgetIds(): void {
    this.#byId.clear();
  }

  #keepId(id: string, round: Round): void {
    this.#byId.set(id, round);
    if (this.#byId.size <= MAX_IDS) return;
    const [oldest] = this.#byId.keys();
    if (oldest !== undefined) this.#byId.delete(oldest);
  }
}
