import { contain } from "../internal/index.js";
import type { ReadableSpan } from "../otlp/index.js";
import type { Backlog, OnLoss, Redact, SpanBatch } from "./backlog.js";
import type { DropReason } from "./ledger.js";
import type { QueueSettings } from "./processor-options.js";

interface OpenBatch {
  spans: ReadableSpan[];
  bytes: number;
}

const NO_BATCH: SpanBatch = { spans: [], bytes: 0 };

/**
 * This is a bounded first-in-first-out queue that forms its batches as spans arrive, so that taking one copies nothing.
 * A batch that is to be sent again counts towards the bounds, and gives way when a new span needs the room.
 */
export class MemoryBacklog implements Backlog {
  readonly isDurable = false;
  readonly #maxSpans: number;
  readonly #maxBytes: number;
  readonly #maxBatchSpans: number;
  readonly #maxBatchBytes: number;
  readonly #redact: Redact | undefined;
  readonly #onLoss: OnLoss;
  readonly #full: OpenBatch[] = [];
  #open: OpenBatch = { spans: [], bytes: 0 };
  #returned: SpanBatch | undefined;
  #count = 0;
  #bytes = 0;

  constructor(settings: QueueSettings, redact: Redact | undefined, onLoss: OnLoss) {
    this.#maxSpans = settings.maxSpans;
    this.#maxBytes = settings.maxBytes;
    // A batch larger than the queue would never fill up.
    this.#maxBatchSpans = Math.min(settings.maxBatchSpans, settings.maxSpans);
    this.#maxBatchBytes = Math.min(settings.maxBatchBytes, settings.maxBytes);
    this.#redact = redact;
    this.#onLoss = onLoss;
  }

  get count(): number {
    return this.#count;
  }

  get hasFullBatch(): boolean {
    return this.#full.length > 0;
  }

  add(span: ReadableSpan, bytes: number): DropReason | undefined {
    if (!this.#hasRoomFor(bytes)) {
      const returned = this.#returned;
      if (returned === undefined || !this.#hasRoomFor(bytes, returned)) return "queue_full";
      this.#giveUpReturned(returned);
    }
    if (this.#open.bytes + bytes > this.#maxBatchBytes && this.#open.spans.length > 0) this.#closeBatch();
    const batch = this.#open;
    batch.spans.push(span);
    batch.bytes += bytes;
    this.#count++;
    this.#bytes += bytes;
    if (batch.spans.length >= this.#maxBatchSpans) this.#closeBatch();
    return undefined;
  }

  startBatch(): void {
    if (this.#open.spans.length > 0) this.#closeBatch();
  }

  take(): SpanBatch | undefined {
    const returned = this.#returned;
    if (returned !== undefined) {
      this.#returned = undefined;
      this.#remove(returned);
      return returned;
    }
    while (this.#count > 0) {
      let batch = this.#full.shift();
      if (batch === undefined) {
        batch = this.#open;
        this.#open = { spans: [], bytes: 0 };
      }
      this.#remove(batch);
      this.#redactAll(batch.spans);
      if (batch.spans.length > 0) return batch;
    }
    return undefined;
  }

  putBack(batch: SpanBatch): void {
    this.#returned = batch;
    this.#count += batch.spans.length;
    this.#bytes += batch.bytes;
  }

  settle(): void {}

  sync(): Promise<void> {
    return Promise.resolve();
  }

  close(): number {
    const lost = this.#count;
    this.#returned = undefined;
    this.#full.length = 0;
    this.#open = { spans: [], bytes: 0 };
    this.#count = 0;
    this.#bytes = 0;
    return lost;
  }

  #hasRoomFor(bytes: number, without: SpanBatch = NO_BATCH): boolean {
    const isCountLeft = this.#count - without.spans.length < this.#maxSpans;
    return isCountLeft && this.#bytes - without.bytes + bytes <= this.#maxBytes;
  }

  #remove(batch: SpanBatch): void {
    this.#count -= batch.spans.length;
    this.#bytes -= batch.bytes;
  }

  #giveUpReturned(batch: SpanBatch): void {
    this.#returned = undefined;
    this.#remove(batch);
    this.#onLoss(batch.spans.length, "export_failed");
  }

  /** A span in which secrets cannot be looked for is lost rather than passed on. */
  #redactAll(spans: ReadableSpan[]): void {
    const redact = this.#redact;
    if (redact === undefined) return;
    let kept = 0;
    for (const span of spans) {
      try {
        spans[kept] = redact(span);
        kept++;
      } catch (error) {
        contain("SPANDREL_REDACTION_FAILED", "redacting a span", error);
      }
    }
    const lost = spans.length - kept;
    spans.length = kept;
    if (lost > 0) this.#onLoss(lost, "redaction_failed");
  }

  #closeBatch(): void {
    this.#full.push(this.#open);
    this.#open = { spans: [], bytes: 0 };
  }
}
