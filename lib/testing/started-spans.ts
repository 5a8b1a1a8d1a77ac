import { type Span, type SpanContext, TraceFlags } from "@opentelemetry/api";
import type { SpanWatch } from "../internal/index.js";
import type { ReadableSpan } from "../otlp/index.js";

/** A span while it runs: both tracers' can be read as well. */
export type LiveSpan = Span & ReadableSpan;

/**
 * This knows in which order spans have started, and which of them are open. Their clocks cannot tell: the SDK's spans
 * start to the millisecond, a clock may stand still, and a start may be given. Spans are told apart by their
 * `SpanContext` object, which a copy of a span shares with it, and not by ids, which a test may see twice.
 */
export class StartedSpans implements SpanWatch {
  readonly #open = new Set<LiveSpan>();
  readonly #order = new WeakMap<SpanContext, number>();
  readonly #forgotten = new WeakSet<SpanContext>();
  readonly #onStart: (span: LiveSpan) => void;
  #count = 0;

  /** `onStart` sees each sampled span when it starts. It must not throw. */
  constructor(onStart: (span: LiveSpan) => void) {
    this.#onStart = onStart;
  }

  /** Those that have neither ended nor been dropped, in the order of their starts. */
  get open(): LiveSpan[] {
    return [...this.#open];
  }

  started(started: object): void {
    const span = started as LiveSpan;
    const spanContext = span.spanContext();
    if ((spanContext.traceFlags & TraceFlags.SAMPLED) === 0) return;
    this.#onStart(span);
    this.#open.add(span);
    this.#order.set(spanContext, this.#count++);
  }

  ended(span: object): void {
    this.#open.delete(span as LiveSpan);
  }

  dropped(span: object): void {
    this.#open.delete(span as LiveSpan);
  }

  /** From now on nobody is told of the spans that are open now, nor of their ends. */
  forget(): void {
    for (const span of this.#open) this.#forgotten.add(span.spanContext());
    this.#open.clear();
  }

  isForgotten(span: ReadableSpan): boolean {
    return this.#forgotten.has(span.spanContext());
  }

  /** In the order of their starts; those that nobody saw start, as they come from elsewhere, last and by their times. */
  sort(spans: readonly ReadableSpan[]): ReadableSpan[] {
    const orderOf = (span: ReadableSpan): number => this.#order.get(span.spanContext()) ?? Infinity;
    return [...spans].sort((a, b) => {
      const [orderA, orderB] = [orderOf(a), orderOf(b)];
      if (orderA !== orderB) return orderA - orderB;
      return a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1];
    });
  }
}
