import { performance } from "node:perf_hooks";
import { TraceFlags } from "@opentelemetry/api";
import type { Context, Span } from "@opentelemetry/api";
import { InvalidOptionError, SpandrelError } from "../errors.js";
import { contain, LONGEST_TIMER_MILLIS } from "../internal/index.js";
import type { EditableSpan, ReadableSpan, SpanExporter } from "../otlp/index.js";
import type { SpoolOptions } from "../spool/index.js";
import { EXPORT_FILTER, PROCESSORS } from "../semconv.js";
import { ExportFilterCache } from "./export-filter-cache.js";
import { DurableBacklog } from "./durable-backlog.js";
import { spoolOptions } from "./durable-options.js";
import { ExporterLane } from "./exporter-lane.js";
import { Ledger } from "./ledger.js";
import type { EndedCount, ProcessorLedger } from "./ledger.js";
import { MemoryBacklog } from "./memory-backlog.js";
import { postprocessed } from "./postprocess.js";
import { ProcessedSpans, type Round } from "./processed-spans.js";
import { ProcessorLine } from "./processor-line.js";
import { checkProcessorOptions, queueSettings } from "./processor-options.js";
import type { ProcessorOptions } from "./processor-options.js";
import { RouteTable } from "./route-table.js";
import { settleWithin } from "./settle-within.js";
import type { SpanProcessor } from "./span-processor.js";
import { estimateSpanBytes } from "./span-size.js";

/** A batch of the default size, so that a trace is one request, and a large buffer does not overflow a queue. */
const PROCESSED_AT_ONCE = 512;

/** When an export is started before its time: never, when a trace's local root ends, at every span end. */
export type AutoFlush = "off" | "root" | "always";

/** These options are the router's; each destination has its own in `addProcessor`. */
export interface SpanRouterOptions {
  /** Called at the start of every recording span, with the context it starts in. A throw is contained and counted. */
  readonly onStart?: ((span: Span, parentContext: Context) => void) | undefined;
  /** Told of every span that ends, sampled or not. It must not throw. */
  readonly onEnd?: ((span: ReadableSpan) => void) | undefined;
  /** True for an ended span that is to go nowhere and to be counted nowhere here. */
  readonly isLeftOut?: ((span: ReadableSpan) => boolean) | undefined;
  /** True for an ended span that somebody keeps, to give it to `processSpans` if at all. */
  readonly isHeld?: ((span: ReadableSpan) => boolean) | undefined;
  /** Sees every sampled span once, after its end and before routing, as a copy it may edit. */
  readonly postprocess?: ((span: EditableSpan) => void) | undefined;
  /** Default `"root"`. Never makes the caller wait. */
  readonly autoFlush?: AutoFlush | undefined;
  /** Makes what exporters that take notes are told in the end, out of all ledgers: OpenTelemetry attributes. */
  readonly describeLedgers?: ((ledgers: readonly ProcessorLedger[]) => Readonly<Record<string, unknown>>) | undefined;
  /** Hides secrets in a copy of each span on its way to an exporter; off the caller's path where spans are batched. */
  readonly redact?: ((span: ReadableSpan) => ReadableSpan) | undefined;
}

/** This is what `addProcessor` gives back. */
export interface ProcessorHandle {
  /** The name given, or the one made up for the ledger. */
  readonly name: string;
  /**
   * Takes no more spans, exports what is queued and shuts the exporter down unless another processor has it too.
   * Idempotent, never rejects, takes at most 9.5 s. The ledger stays in `status()`.
   */
  remove(): Promise<void>;
}

/** The contract is 10 s whatever exporters do; timers fire late on a busy machine. */
const SHUTDOWN_MILLIS = 9_500;

/** Of the time a shutdown may take, the share for the queues; the rest is for the exporters' own shutdown. */
const DRAIN_SHARE = 0.8;

/**
 * This is the one `SpanProcessor` that Spandrel registers: it sends every sampled span to the processors its tag means,
 * each with its own filter, queue, exporter and ledger. Its span hooks never throw and never wait.
 *
 * Unsampled spans (recorded, but without the sampled flag) are ignored and counted nowhere, as by OTel's processors.
 */
export class SpanRouter implements SpanProcessor {
  readonly #onStart: SpanRouterOptions["onStart"];
  readonly #onEnd: SpanRouterOptions["onEnd"];
  readonly #isHeld: SpanRouterOptions["isHeld"];
  readonly #isLeftOut: SpanRouterOptions["isLeftOut"];
  readonly #postprocess: SpanRouterOptions["postprocess"];
  readonly #autoFlush: AutoFlush;
  readonly #redact: SpanRouterOptions["redact"];
  #describeLedgers: SpanRouterOptions["describeLedgers"];
  readonly #ended: EndedCount = { value: 0 };
  readonly #ledgers: Ledger[] = [];
  readonly #lines = new Set<ProcessorLine>();
  readonly #lanes = new Map<SpanExporter, ExporterLane>();
  readonly #routes = new RouteTable<ProcessorLine>();
  readonly #spoolFolders = new Set<string>();
  readonly #exportFilters = new ExportFilterCache();
  readonly #processed = new ProcessedSpans();
  #unnamedCount = 0;
  #isExportScheduled = false;
  #shutdown: Promise<void> | undefined;

  constructor(options: SpanRouterOptions = {}) {
    this.#onStart = options.onStart;
    this.#onEnd = options.onEnd;
    this.#isHeld = options.isHeld;
    this.#isLeftOut = options.isLeftOut;
    this.#postprocess = options.postprocess;
    this.#autoFlush = options.autoFlush ?? "root";
    this.#redact = options.redact;
    this.#describeLedgers = options.describeLedgers;
  }

  /**
   * Registers a destination from now on. It throws `InvalidOptionError` for an option that cannot be used or a name
   * that is taken, and `SpandrelError` (`SPANDREL_SHUT_DOWN`) after `shutdown`.
   */
  addProcessor(options: ProcessorOptions): ProcessorHandle {
    if (this.#shutdown !== undefined) {
      throw new SpandrelError(
        "SPANDREL_SHUT_DOWN",
        "addProcessor was called after shutdown; start telemetry again and add the processor there",
      );
    }
    checkProcessorOptions(options);
    const settings = queueSettings(options.queue);
    const name = options.name ?? this.#makeUpName();
    if (this.#routes.has(name)) throw new InvalidOptionError("name", "a name that no other processor has", name);

    const spool = this.#claimSpool(spoolOptions(options.durable, name));

    const ledger = new Ledger(name, this.#ended, spool !== undefined);
    const line = new ProcessorLine(options, settings, this.#laneTo(options.exporter), ledger, (onLoss) =>
      spool === undefined
        ? new MemoryBacklog(settings, this.#redact, onLoss)
        : new DurableBacklog(name, spool, settings, this.#redact, onLoss),
    );
    this.#ledgers.push(ledger);
    this.#lines.add(line);
    this.#routes.add(line);
    let removed: Promise<void> | undefined;
    const remove = async (): Promise<void> => {
      await this.#remove(line, ledger, options.exporter);
      if (spool !== undefined) this.#spoolFolders.delete(spool.dir);
    };
    return { name, remove: () => (removed ??= remove()) };
  }

  onStart(span: Span, parentContext: Context): void {
    if (this.#onStart === undefined) return;
    try {
      this.#onStart(span, parentContext);
    } catch (error) {
      contain("SPANDREL_ON_START", "what Spandrel does at the start of a span", error);
    }
  }

  onEnd(span: ReadableSpan): void {
    try {
      this.#onEnd?.(span);
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
      if (this.#isLeftOut?.(span) === true || this.#isHeld?.(span) === true) return;
      this.#route(span, (line, seen, bytes) => line.offer(seen, bytes));
      if (this.#autoFlush !== "off") this.#flushAfter(span);
    } catch (error) {
      contain("SPANDREL_ROUTING", "the routing of a span", error);
    }
  }

  /**
   * Routes ended spans that somebody has kept, each once however often it is given, and exports them at once, up to 512
   * in a batch. Resolves when their first export is over: `true` when no processor has lost any of them by then,
   * `false` otherwise and after `shutdown`. Spans that were given before are waited for, and count as they did then. It
   * never rejects.
   */
  async processSpans(spans: readonly ReadableSpan[]): Promise<boolean> {
    if (this.#shutdown !== undefined) return false;
    const round: Round = { outcome: Promise.resolve(true) };
    const rounds = new Set([round]);
    let isReadable = true;
    const fresh = spans.filter((span) => {
      try {
        const before = this.#processed.takeDown(span, round);
        if (before !== undefined) rounds.add(before);
        return before === undefined;
      } catch (error) {
        isReadable = false;
        contain("SPANDREL_ROUTING", "the routing of a span", error);
        return false;
      }
    });
    round.outcome = this.#processNew(fresh);
    const outcomes = await Promise.all([...rounds].map(({ outcome }) => outcome));
    return isReadable && outcomes.every((isAccepted) => isAccepted);
  }

  /** Takes spans with the ids of some that were processed by hand for others: a test may begin to count again. */
  forgetProcessed(): void {
    this.#processed.forgetIds();
  }

  /**
   * Resolves when every span that had ended at the call is exported or counted as lost, batches in flight included,
   * and the exporters have flushed; or when the time is up. Where a destination does not take spans now, it goes on
   * trying if it was given a time, and resolves if not. It never rejects (`status()` tells) and shuts nothing down.
   */
  async forceFlush(withinMillis?: number): Promise<void> {
    const lanes = [...this.#lanes.values()];
    const millis = withinMillis ?? LONGEST_TIMER_MILLIS;
    const patience = performance.now() + (withinMillis ?? 0);
    await settleWithin(() => Promise.all(lanes.map((lane) => lane.flush(millis, patience))), millis);
  }

  /** True when no span waits for an export or is in one. */
  get isIdle(): boolean {
    return this.#ledgers.every((ledger) => ledger.isSettled);
  }

  /**
   * Exports what is queued in this turn, as far as exporters answer at once: for a process that is about to end and
   * will run no callback any more. It never throws.
   */
  exportAtOnce(): void {
    for (const line of this.#lines) line.exportAtOnce();
  }

  /**
   * Tells each exporter that takes notes what became of the spans, when nothing more is going to be sent. The first call
   * counts; it never throws.
   */
  note(): void {
    const describe = this.#describeLedgers;
    this.#describeLedgers = undefined;
    if (describe === undefined) return;
    try {
      const facts = describe(this.status().processors);
      for (const lane of this.#lanes.values()) lane.note(facts);
    } catch (error) {
      contain("SPANDREL_LEDGER_NOTE", "describing the ledgers", error);
    }
  }

  /**
   * Flushes with a deadline, then shuts every exporter down; spans that end meanwhile or later, and those that the
   * time does not suffice for, count `dropped.shutdown`. Idempotent; it never rejects and takes at most
   * `withinMillis`, by default 9.5 s.
   */
  shutdown(withinMillis: number = SHUTDOWN_MILLIS): Promise<void> {
    return (this.#shutdown ??= this.#close(withinMillis));
  }

  /** The ledger of every processor ever registered, in that order. It answers for ever. */
  status(): { processors: ProcessorLedger[] } {
    return { processors: this.#ledgers.map((ledger) => ledger.snapshot()) };
  }

  async #close(withinMillis: number): Promise<void> {
    const lines = [...this.#lines];
    const drained = Promise.all(lines.map((line) => line.drain(withinMillis * DRAIN_SHARE)));
    const close = async (line: ProcessorLine): Promise<void> => {
      await line.drain(withinMillis * DRAIN_SHARE);
      if (line.takesNotes) {
        await drained;
        this.note();
      }
      await line.leave(withinMillis * (1 - DRAIN_SHARE));
    };
    await Promise.all(lines.map(close));
  }

  async #processNew(spans: readonly ReadableSpan[]): Promise<boolean> {
    let isAccepted = true;
    for (let first = 0; first < spans.length; first += PROCESSED_AT_ONCE) {
      if (!(await this.#processBatch(spans.slice(first, first + PROCESSED_AT_ONCE)))) isAccepted = false;
    }
    return isAccepted;
  }

  async #processBatch(spans: readonly ReadableSpan[]): Promise<boolean> {
    const lostBefore = new Map<ProcessorLine, number>();
    let isRouted = true;
    for (const span of spans) {
      try {
        this.#route(span, (line, seen, bytes) => {
          if (!lostBefore.has(line)) {
            lostBefore.set(line, line.lost);
            line.startBatch();
          }
          line.queue(seen, bytes);
        });
      } catch (error) {
        isRouted = false;
        contain("SPANDREL_ROUTING", "the routing of a span", error);
      }
    }
    const lines = [...lostBefore.keys()];
    for (const line of lines) line.exportNow();
    await Promise.all(lines.map((line) => line.flush(performance.now())));
    return isRouted && lines.every((line) => line.lost === lostBefore.get(line));
  }

  #route(ended: ReadableSpan, give: (line: ProcessorLine, span: ReadableSpan, bytes: number) => void): void {
    const span = this.#postprocess === undefined ? ended : postprocessed(ended, this.#postprocess);
    // Not before the callback, which may register a processor, and not after a filter, which may read the ledgers.
    this.#ended.value++;
    const { attributes } = span;
    const exportFilter = attributes[EXPORT_FILTER];
    if (exportFilter !== undefined && !this.#exportFilters.allows(span, exportFilter)) return;
    const lines = this.#routes.find(attributes[PROCESSORS]);
    if (lines.length === 0) return;
    const bytes = estimateSpanBytes(span);
    for (const line of lines) give(line, span, bytes);
  }

  #flushAfter(span: ReadableSpan): void {
    if (this.#isExportScheduled) return;
    const parent = span.parentSpanContext;
    if (this.#autoFlush === "root" && parent !== undefined && parent.isRemote !== true) return;
    this.#isExportScheduled = true;
    setImmediate(() => {
      this.#isExportScheduled = false;
      for (const line of this.#lines) line.exportNow();
    });
  }

  #laneTo(exporter: SpanExporter): ExporterLane {
    let lane = this.#lanes.get(exporter);
    if (lane === undefined) this.#lanes.set(exporter, (lane = new ExporterLane(exporter)));
    return lane;
  }

  async #remove(line: ProcessorLine, ledger: Ledger, exporter: SpanExporter): Promise<void> {
    this.#routes.remove(line);
    ledger.close();
    await line.drain(SHUTDOWN_MILLIS * DRAIN_SHARE);
    await line.leave(SHUTDOWN_MILLIS * (1 - DRAIN_SHARE));
    this.#lines.delete(line);
    if (this.#lanes.get(exporter)?.isEmpty === true) this.#lanes.delete(exporter);
  }

  /** Two processors would take over each other's spans at the next start. */
  #claimSpool(options: SpoolOptions | undefined): SpoolOptions | undefined {
    if (options === undefined) return undefined;
    if (this.#spoolFolders.has(options.dir))
      throw new InvalidOptionError("durable.dir", "a folder that no other processor has", options.dir);
    this.#spoolFolders.add(options.dir);
    return options;
  }

  #makeUpName(): string {
    let name: string;
    do name = `processor-${++this.#unnamedCount}`;
    while (this.#routes.has(name));
    return name;
  }
}
