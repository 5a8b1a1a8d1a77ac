import type { ReadableSpan } from "../otlp/index.js";
import type { DropReason } from "./ledger.js";

/** These spans are exported together. */
export interface SpanBatch {
  readonly spans: readonly ReadableSpan[];
  /** Estimated, in memory or on disk, as its backlog counts them. */
  readonly bytes: number;
}

/** This is what waits for one processor's exporter, oldest first, redacted by the time it is taken. */
export interface Backlog {
  /** True when what an exporter fails to take is kept, whatever the reason, and what is left in the end is not lost. */
  readonly isDurable: boolean;
  /** How many spans wait. */
  readonly count: number;
  /** True when a batch cannot grow any more. */
  readonly hasFullBatch: boolean;
  /** Adds a span of this estimated size. Undefined when it is kept, otherwise why it is not. Never throws. */
  add(span: ReadableSpan, bytes: number): DropReason | undefined;
  /** What is added from now on begins another batch, where batches are formed as spans arrive. */
  startBatch(): void;
  /** The oldest batch, full or not. It waits no longer: `putBack` or `settle` says how it went on. */
  take(): SpanBatch | undefined;
  /** A batch that could not be delivered waits again, before all others. */
  putBack(batch: SpanBatch): void;
  /** A batch is delivered, or lost. */
  settle(batch: SpanBatch): void;
  /** Resolves when what is kept is as safe as it was asked to be. Never rejects. */
  sync(): Promise<void>;
  /** Lets go of everything that waits and says how many spans of it are lost. Nothing is taken in or given after it. */
  close(): number;
}

/** Told when spans that wait are lost: how many, and why. */
export type OnLoss = (spans: number, reason: DropReason) => void;

/** Hides secrets in a copy of a span. */
export type Redact = (span: ReadableSpan) => ReadableSpan;
