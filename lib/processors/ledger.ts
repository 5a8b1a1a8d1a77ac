/** Why a span that a processor was to export is lost. */
export type DropReason =
  | "queue_full"
  | "filter_error"
  | "export_failed"
  | "export_timeout"
  | "redaction_failed"
  | "spool_damaged"
  | "shutdown";

/**
 * This says what became of every sampled span that ended while a processor was registered. At every instant, also
 * inside filters and exporters, `ended = filtered + queued + inFlight + exported + rejected + Σ dropped`.
 */
export interface ProcessorLedger {
  /** The processor's name; `processor-1`, `processor-2`, … for those registered without one. */
  readonly name: string;
  /** True where spans that wait are on disk: what is left in the end is not lost. */
  readonly isDurable: boolean;
  /** Sampled spans that ended, wherever they were routed. Unsampled ones are no business of a processor. */
  readonly ended: number;
  /** Of those: spans that an earlier process had left in the spool of a durable processor. */
  readonly recovered: number;
  /** Spans routed elsewhere, or refused by `filter` or `exportFilter`; while one is being routed it counts here. */
  readonly filtered: number;
  /** Spans that wait for an export, or for another attempt. */
  readonly queued: number;
  /** Spans handed to the exporter, which has not answered yet. */
  readonly inFlight: number;
  /** Spans the exporter has answered SUCCESS for. */
  readonly exported: number;
  /** Spans the receiver has refused for good. */
  readonly rejected: number;
  /** Lost spans by reason (see `DropReason`); a reason that has not occurred is absent. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** How many sampled spans have ended in a router: one number for all its ledgers, counted once per span. */
export interface EndedCount {
  value: number;
}

/**
 * These are the counters behind one `ProcessorLedger`. A span that passes a processor by costs that processor nothing:
 * `ended` is the router's count since registration, and `filtered` is what of it was never offered.
 */
export class Ledger {
  readonly name: string;
  readonly #isDurable: boolean;
  readonly #count: EndedCount;
  readonly #endedBefore: number;
  #endedAtRemoval: number | undefined;
  #recovered = 0;
  #offered = 0;
  #queued = 0;
  #inFlight = 0;
  #exported = 0;
  #rejected = 0;
  readonly #dropped: Record<string, number> = {};

  constructor(name: string, count: EndedCount, isDurable = false) {
    this.name = name;
    this.#isDurable = isDurable;
    this.#count = count;
    this.#endedBefore = count.value;
  }

  /** Spans dropped for this reason so far. */
  dropped(reason: DropReason): number {
    return this.#dropped[reason] ?? 0;
  }

  /** True when no span waits or is in flight. */
  get isSettled(): boolean {
    return this.#queued === 0 && this.#inFlight === 0;
  }

  /** Spans dropped for any reason, or refused by the receiver, so far. */
  get lost(): number {
    return Object.values(this.#dropped).reduce((sum, spans) => sum + spans, this.#rejected);
  }

  /** A span arrives and waits for its export. */
  queue(): void {
    this.#offered++;
    this.#queued++;
  }

  /** Spans of an earlier process wait for their export. */
  recover(spans: number): void {
    this.#recovered += spans;
    this.#offered += spans;
    this.#queued += spans;
  }

  /** A span arrives and cannot be kept. */
  refuse(reason: DropReason): void {
    this.#offered++;
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1;
  }

  /** Queued spans are handed to the exporter. */
  send(spans: number): void {
    this.#queued -= spans;
    this.#inFlight += spans;
  }

  /** Spans that were in flight wait again. */
  takeBack(spans: number): void {
    this.#inFlight -= spans;
    this.#queued += spans;
  }

  /** The exporter has answered for spans that were in flight: it took them, but for those it says were refused. */
  confirm(spans: number, rejected: number): void {
    const refused = Math.min(rejected, spans);
    this.#inFlight -= spans;
    this.#exported += spans - refused;
    this.#rejected += refused;
  }

  /** Spans that were in flight are lost. */
  lose(spans: number, reason: DropReason): void {
    if (spans === 0) return;
    this.#inFlight -= spans;
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + spans;
  }

  /** Spans that waited are lost. */
  loseQueued(spans: number, reason: DropReason): void {
    this.send(spans);
    this.lose(spans, reason);
  }

  /** Spans that end from now on are not this processor's any more. */
  close(): void {
    this.#endedAtRemoval ??= this.#count.value;
  }

  snapshot(): ProcessorLedger {
    const ended = (this.#endedAtRemoval ?? this.#count.value) - this.#endedBefore + this.#recovered;
    return {
      name: this.name,
      isDurable: this.#isDurable,
      ended,
      recovered: this.#recovered,
      filtered: ended - this.#offered,
      queued: this.#queued,
      inFlight: this.#inFlight,
      exported: this.#exported,
      rejected: this.#rejected,
      dropped: { ...this.#dropped },
    };
  }
}
