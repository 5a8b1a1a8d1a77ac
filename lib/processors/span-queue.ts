import type { ReadableSpan } from "../otlp/index.js";
import type { QueueSettings } from "./processor-options.js";

/** These spans are exported together. The array belongs to the exporter that gets it. */
export interface SpanBatch {
  readonly spans: ReadableSpan[];
  bytes: number;
}

/**
 * This is a bounded first-in-first-out queue that forms its batches as spans arrive, so that taking one copies
 * nothing. The unit of export, and later of retry and of the spool, is the batch.
 */
export class SpanQueue {
  readonly #maxSpans: number;
  readonly #maxBytes: number;
  readonly #maxBatchSpans: number;
  readonly #maxBatchBytes: number;
  readonly #full: SpanBatch[] = [];
  #open: SpanBatch = { spans: [], bytes: 0 };
  #count = 0;
  #bytes = 0;

  constructor(settings: QueueSettings) {
    this.#maxSpans = settings.maxSpans;
    this.#maxBytes = settings.maxBytes;
    // A batch larger than the queue would never fill up.
    this.#maxBatchSpans = Math.min(settings.maxBatchSpans, settings.maxSpans);
    this.#maxBatchBytes = Math.min(settings.maxBatchBytes, settings.maxBytes);
  }

  /** How many spans wait. */
  get count(): number {
    return this.#count;
  }

  /** True when a batch cannot grow any more. */
  get hasFullBatch(): boolean {
    return this.#full.length > 0;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#count < this.#maxSpans && this.#bytes + bytes <= this.#maxBytes;
  }

  /** Adds a span that there is room for. */
  push(span: ReadableSpan, bytes: number): void {
    if (this.#open.bytes + bytes > this.#maxBatchBytes && this.#open.spans.length > 0) this.#closeBatch();
    const batch = this.#open;
    batch.spans.push(span);
    batch.bytes += bytes;
    this.#count++;
    this.#bytes += bytes;
    if (batch.spans.length >= this.#maxBatchSpans) this.#closeBatch();
  }

  /** The oldest batch, full or not. */
  take(): SpanBatch | undefined {
    if (this.#count === 0) return undefined;
    let batch = this.#full.shift();
    if (batch === undefined) {
      batch = this.#open;
      this.#open = { spans: [], bytes: 0 };
    }
    this.#count -= batch.spans.length;
    this.#bytes -= batch.bytes;
    return batch;
  }

  #closeBatch(): void {
    this.#full.push(this.#open);
    this.#open = { spans: [], bytes: 0 };
  }
}
