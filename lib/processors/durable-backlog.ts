import { contain, log } from "../internal/index.js";
import { type ReadableSpan, SpanReviver, encodeTracesData } from "../otlp/index.js";
import { Spool, type SpoolBatch, type SpoolOptions } from "../spool/index.js";
import type { Backlog, OnLoss, Redact, SpanBatch } from "./backlog.js";
import type { DropReason } from "./ledger.js";
import { MemoryBacklog } from "./memory-backlog.js";
import type { QueueSettings } from "./processor-options.js";

/**
 * This keeps spans on disk, redacted, from their end until they are delivered; in memory are only those that are in
 * flight, and those that the disk does not take: they wait in a queue as everywhere else. What earlier processes have
 * left in the folder is there from the start.
 */
export class DurableBacklog implements Backlog {
  readonly isDurable = true;
  readonly #spool: Spool;
  readonly #memory: MemoryBacklog;
  readonly #redact: Redact | undefined;
  readonly #settings: QueueSettings;
  readonly #name: string;
  readonly #onLoss: OnLoss;
  readonly #reviver = new SpanReviver();
  readonly #inFlight = new Map<SpanBatch, { readonly taken: SpoolBatch; readonly damaged: number }>();
  /** Spans in the spool that wait. */
  #kept: number;
  #lost = 0;

  constructor(
    name: string,
    options: SpoolOptions,
    settings: QueueSettings,
    redact: Redact | undefined,
    onLoss: OnLoss,
  ) {
    this.#name = name;
    this.#settings = settings;
    this.#redact = redact;
    this.#onLoss = onLoss;
    // What is in it is redacted already.
    this.#memory = new MemoryBacklog(settings, undefined, onLoss);
    this.#spool = new Spool(options);
    this.#kept = this.#spool.status.waiting;
    this.#sayFound();
  }

  get count(): number {
    return this.#kept + this.#memory.count;
  }

  get hasFullBatch(): boolean {
    return this.#kept >= this.#settings.maxBatchSpans || this.#memory.hasFullBatch;
  }

  add(span: ReadableSpan, bytes: number): DropReason | undefined {
    let safe: ReadableSpan;
    try {
      safe = this.#redact === undefined ? span : this.#redact(span);
    } catch (error) {
      contain("SPANDREL_REDACTION_FAILED", "redacting a span", error);
      return "redaction_failed";
    }
    if (!this.#keep(safe)) return this.#memory.add(safe, bytes);
    this.#kept++;
    return undefined;
  }

  startBatch(): void {
    this.#memory.startBatch();
  }

  take(): SpanBatch | undefined {
    // The disk can wait, memory cannot.
    const batch = this.#memory.take() ?? this.#takeKept();
    this.#countLost();
    return batch;
  }

  putBack(batch: SpanBatch): void {
    const kept = this.#inFlight.get(batch);
    if (kept === undefined) {
      this.#memory.putBack(batch);
      return;
    }
    this.#inFlight.delete(batch);
    this.#spool.release(kept.taken);
    this.#kept += kept.taken.records.length;
  }

  settle(batch: SpanBatch): void {
    const kept = this.#inFlight.get(batch);
    if (kept === undefined) return;
    this.#inFlight.delete(batch);
    this.#settleKept(kept.taken, kept.damaged);
  }

  async sync(): Promise<void> {
    try {
      await this.#spool.flush();
    } catch (error) {
      contain("SPANDREL_SPOOL_SYNC", "syncing the spool", error);
    }
  }

  close(): number {
    this.#countLost();
    this.#spool.close();
    return this.#memory.close();
  }

  #keep(span: ReadableSpan): boolean {
    const { text, encoded } = encodeTracesData([span]);
    if (encoded === 0) return false;
    const answer = this.#spool.append(text);
    if (answer === "kept") return true;
    const reason = answer === "full" ? "it is full (durable.maxBytes)" : "the disk does not take them";
    log.warn(
      "SPANDREL_SPOOL_REFUSED",
      `the spool of processor "${this.#name}" takes no more spans: ${reason}; until it does, they wait in memory`,
      this.#name,
    );
    return false;
  }

  #takeKept(): SpanBatch | undefined {
    const { maxBatchSpans: maxRecords, maxBatchBytes: maxBytes } = this.#settings;
    for (;;) {
      const taken = this.#spool.take({ maxRecords, maxBytes });
      if (taken === undefined) return undefined;
      this.#kept -= taken.records.length;
      const spans = taken.records.map((record) => this.#reviver.revive(record)).filter((span) => span !== undefined);
      const damaged = taken.records.length - spans.length;
      if (spans.length > 0) {
        const batch = { spans, bytes: taken.bytes };
        this.#inFlight.set(batch, { taken, damaged });
        return batch;
      }
      this.#settleKept(taken, damaged);
    }
  }

  #settleKept(taken: SpoolBatch, damaged: number): void {
    this.#spool.settle(taken);
    if (damaged > 0) this.#onLoss(damaged, "spool_damaged");
  }

  /** Somebody may have deleted a part of the spool. */
  #countLost(): void {
    const lost = this.#spool.status.lost - this.#lost;
    if (lost === 0) return;
    this.#lost += lost;
    this.#kept -= lost;
    this.#onLoss(lost, "spool_damaged");
    log.warn(
      "SPANDREL_SPOOL_DAMAGED",
      `${lost} spans of processor "${this.#name}" were in its spool and are there no more: somebody has deleted or changed its files`,
      this.#name,
    );
  }

  #sayFound(): void {
    const { recovered, torn, foreign } = this.#spool.status;
    if (recovered > 0) {
      const found = `${recovered} spans that an earlier process has left, which are sent now`;
      log.info("SPANDREL_SPOOL_RECOVERED", `processor "${this.#name}" has found ${found}`, this.#name);
    }
    if (torn > 0) {
      const found = `${torn} half-written lines, as a process leaves them that is killed while a span ends`;
      log.info("SPANDREL_SPOOL_TORN", `the spool of processor "${this.#name}" held ${found}`, this.#name);
    }
    if (foreign > 0) {
      const found = `${foreign} files that are not ours or cannot be read, which are left alone`;
      log.warn("SPANDREL_SPOOL_FOREIGN", `the spool of processor "${this.#name}" holds ${found}`, this.#name);
    }
  }
}
