import { InvalidOptionError } from "../errors.js";
import { contain } from "../internal/index.js";
import {
  describeOwner,
  renderSpanLine,
  renderSpanTree,
  toTerminalText,
  toTreeSpan,
  type ExportResult,
  type ReadableSpan,
  type SpanExporter,
  type TreeRemarks,
  type TreeStyle,
} from "../otlp/index.js";
import { asError } from "./as-error.js";
import { refuseUnknown, type KnownOptions } from "./exporter-options.js";
import { OpenTraces, type HeldSpan, type Showing } from "./open-traces.js";

/** What the console exporter needs of a stream; `process.stdout`, `process.stderr` and every `Writable` fit. */
export interface ConsoleStream {
  write(text: string, callback?: (error?: Error | null) => void): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly writable?: boolean | undefined;
  readonly writableLength?: number | undefined;
  hasColors?(): boolean;
  once?(event: "error", listener: () => void): unknown;
  listenerCount?(event: "error"): number;
}

/** Options of `ConsoleSpanExporter`. */
export interface ConsoleSpanExporterOptions {
  /** Where to write; default `process.stdout`, as OpenTelemetry's console exporter does. */
  readonly stream?: ConsoleStream;
  /**
   * `tree` (default): whole traces, with colours when the stream is a terminal that has them (`NO_COLOR` is honoured).
   * `plain`: the same in ASCII, never coloured. `line`: one line a span, as it ends.
   */
  readonly format?: "tree" | "plain" | "line";
}

const KNOWN: KnownOptions<ConsoleSpanExporterOptions> = { stream: true, format: true };
const FORMATS: readonly unknown[] = ["tree", "plain", "line"];
/** Width of what is not a terminal. */
const DEFAULT_WIDTH = 100;
/** A reader that has fallen behind this far loses spans rather than growing this process. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024;

/**
 * This exporter writes traces for people: a tree when the first span of a trace in this process has ended. Each line
 * has kind, name, duration, a bar on the trace's time axis (80 columns and more), attempts, tokens, chunks and error; the
 * first also customer and thread. Spans that have waited for 3 s are shown under a line `… trace 4bf92f35 still running`,
 * children that end after their parent was shown are marked `(late)`, and `shutdown` shows what is left: every span
 * is written once. At most 10,000 spans of 1,000 traces are held.
 *
 * Control, escape, bidirectional and invisible characters of names and values never reach the stream. `export` never
 * throws; a stream that is closed or has fallen 16 MiB behind gives code 1. Throws `InvalidOptionError` at construction
 * for an option it cannot use.
 *
 * @example
 * telemetry.addProcessor({ exporter: new ConsoleSpanExporter({ stream: process.stderr }) });
 */
export class ConsoleSpanExporter implements SpanExporter {
  readonly #stream: ConsoleStream;
  readonly #format: "tree" | "plain" | "line";
  readonly #traces = new OpenTraces((showing) => this.#write(renderShowing(showing, this.#style())));
  #failure: Error | undefined;
  #isShutDown = false;

  constructor(options: ConsoleSpanExporterOptions = {}) {
    refuseUnknown("ConsoleSpanExporter", KNOWN, options);
    const { stream = process.stdout, format = "tree" } = options;
    if (typeof stream !== "object" || stream === null || typeof stream.write !== "function")
      throw new InvalidOptionError("ConsoleSpanExporter.stream", "a writable stream", stream);
    if (!FORMATS.includes(format))
      throw new InvalidOptionError("ConsoleSpanExporter.format", '"tree", "plain" or "line"', format);
    this.#stream = stream;
    this.#format = format;
  }

  export(spans: readonly ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    resultCallback(this.#print(spans));
  }

  /** What is held waits for its root, not for a flush, so that frequent flushes do not tear traces. */
  async forceFlush(): Promise<void> {}

  /** Writes what is still held. Later exports fail. The stream stays open, it is the caller's. Never rejects. */
  async shutdown(): Promise<void> {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    this.#traces.close();
  }

  #print(spans: readonly ReadableSpan[]): ExportResult {
    if (this.#isShutDown) return { code: 1, error: new Error("the console exporter has been shut down") };
    this.#failure = undefined;
    let rejected = 0;
    const held: HeldSpan[] = [];
    for (const span of spans) {
      try {
        const tree = toTreeSpan(span);
        // No parent in this process: none at all, or one that came over the wire.
        const isLocalRoot = tree.parentSpanId === undefined || span.parentSpanContext?.isRemote === true;
        held.push({ ...tree, isLocalRoot });
      } catch (error) {
        rejected++;
        contain("SPANDREL_SPAN_REJECTED", "showing a span", error);
      }
    }
    if (this.#format !== "line") this.#traces.add(held);
    else if (held.length > 0) this.#write(held.map((span) => renderSpanLine(span, this.#style())).join(""));
    if (this.#failure !== undefined) return { code: 1, error: this.#failure };
    return rejected > 0 ? { code: 0, rejected } : { code: 0 };
  }

  /** Looked up for every write: a terminal is resized while a program runs. */
  #style(): TreeStyle {
    const stream = this.#stream;
    const isTerminal = stream.isTTY === true;
    const isPlain = this.#format === "plain";
    return {
      width: (isTerminal ? stream.columns : undefined) ?? DEFAULT_WIDTH,
      isColoured: isTerminal && !isPlain && (stream.hasColors === undefined || stream.hasColors()),
      isPlain,
    };
  }

  #write(text: string): void {
    const stream = this.#stream;
    try {
      if (stream.writable === false) throw new Error("the stream is closed");
      if ((stream.writableLength ?? 0) > MAX_PENDING_BYTES) throw new Error("the stream has fallen behind");
      stream.write(text, (error) => {
        if (error) ignoreErrorEvent(stream);
      });
    } catch (error) {
      this.#failure = asError(error, "the stream cannot be written");
      contain("SPANDREL_CONSOLE_WRITE", "writing a trace to the console", error);
    }
  }
}

/**
 * A pipe whose reader has gone emits `error`, which ends the process when nobody listens (`node app | head`). As Node's
 * own console does, the one that follows our failed write is taken, and only if the program does not listen itself.
 */
function ignoreErrorEvent(stream: ConsoleStream): void {
  if (stream.listenerCount?.("error") === 0) stream.once?.("error", () => {});
}

function renderShowing({ traceId, reason, roots, shownBefore }: Showing, style: TreeStyle): string {
  return renderSpanTree(roots, style, remarksOn(traceId, reason, roots, shownBefore));
}

function remarksOn(
  traceId: string,
  reason: Showing["reason"],
  roots: Showing["roots"],
  shownBefore: number,
): TreeRemarks {
  const trace = `trace ${toTerminalText(traceId, 64).slice(0, 8)}`;
  if (reason === "late") return { rootHint: `(late, ${trace})` };
  if (reason === "ended") {
    return shownBefore === 0
      ? {}
      : { rootHint: `(${shownBefore} ${shownBefore === 1 ? "span" : "spans"} shown above)` };
  }
  const owner = roots[0] === undefined ? [] : describeOwner(roots[0].span).map((text) => toTerminalText(text, 60));
  return { heading: [`${trace} ${reason === "running" ? "still running" : "not finished"}`, ...owner].join("  ") };
}
