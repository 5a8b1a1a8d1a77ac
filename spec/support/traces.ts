import { SpanStatusCode } from "@opentelemetry/api";
import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import { type Telemetry, type TelemetryOptions, startTelemetry } from "../../lib/index.js";
import { containedFaults, resetLog } from "../../lib/internal/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";

/** One span and what is below it, siblings in the order of their ends. `kind` is the decorator's, or the foreign tracer's name. */
export interface SpanNode {
  readonly name: string;
  readonly kind: string;
  readonly children?: readonly SpanNode[];
  readonly [field: string]: unknown;
}

/** More fields of each node, such as its output. */
export type Describe = (span: ReadableSpan) => Record<string, unknown>;

/** Short names of the attributes that specs look at most. */
export const ATTRIBUTES: Readonly<Record<string, string>> = {
  input: "traceloop.entity.input",
  output: "traceloop.entity.output",
  path: "traceloop.entity.path",
  workflow: "traceloop.workflow.name",
  chunks: "spandrel.stream.chunk_count",
  outcome: "spandrel.stream.outcome",
  returned: "spandrel.stream.return_value",
  error: "error.type",
  tag: "respan.processors",
};

/** Makes a `Describe` of attributes by short or full name; an attribute that is not there is left out. */
export function withAttributes(...names: readonly string[]): Describe {
  return (span) => {
    const fields: Record<string, unknown> = {};
    for (const name of names) {
      const value = span.attributes[ATTRIBUTES[name] ?? name];
      if (value !== undefined) fields[name] = value;
    }
    return fields;
  };
}

/** What a stream's span says of it. */
export const stream = withAttributes("output", "chunks", "outcome", "returned", "error");

/** Telemetry that exports every span at its end into memory; nothing is written to stderr. */
export class Traces {
  readonly exporter = new InMemorySpanExporter();
  readonly lines: string[] = [];
  readonly telemetry: Telemetry;

  constructor(options: TelemetryOptions = {}) {
    resetLog((line) => void this.lines.push(line));
    this.telemetry = startTelemetry({
      customExporter: this.exporter,
      isBatchingEnabled: false,
      instruments: [],
      isExitHandled: false,
      autoFlush: "off",
      ...options,
    });
  }

  get spans(): ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  /** Failures of our own that were kept from the caller, by code. */
  get faults(): Readonly<Record<string, number>> {
    return containedFaults();
  }

  reset(): void {
    this.exporter.reset();
  }

  /** The one span of this name. */
  span(name: string): ReadableSpan {
    const found = this.spans.filter((span) => span.name === name);
    const [span] = found;
    if (span === undefined || found.length > 1) {
      throw new Error(
        `${found.length} spans are called ${name}; there are ${this.spans.map((one) => one.name).join(", ")}`,
      );
    }
    return span;
  }

  attributes(name: string): Readonly<Record<string, unknown>> {
    return this.span(name).attributes;
  }

  /** Every exported span, nested. */
  tree(describe?: Describe): SpanNode[] {
    return treeOf(this.spans, describe);
  }
}

/** Spans, nested. (By starts they cannot be ordered: the SDK's own spans start to the millisecond.) One whose parent is not among them shows it, as `orphan`. */
export function treeOf(spans: readonly ReadableSpan[], describe: Describe = () => ({})): SpanNode[] {
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  if (ids.size !== spans.length) throw new Error("a span is there twice");
  const toNode = (span: ReadableSpan): SpanNode => {
    const { spanId } = span.spanContext();
    const children = spans.filter((one) => one.parentSpanContext?.spanId === spanId);
    const isOrphan = span.parentSpanContext !== undefined && !ids.has(span.parentSpanContext.spanId);
    return {
      name: span.name,
      kind: String(span.attributes["traceloop.span.kind"] ?? span.instrumentationScope.name),
      ...(isOrphan ? { orphan: true } : {}),
      ...describe(span),
      ...(children.length === 0 ? {} : { children: children.map(toNode) }),
    };
  };
  return spans.filter((span) => !ids.has(span.parentSpanContext?.spanId ?? "")).map(toNode);
}

const restorers: (() => void)[] = [];

/** Fresh telemetry for every test of the file, shut down after it. */
export function useTraces(options: TelemetryOptions = {}): { readonly current: Traces } {
  let current: Traces | undefined;
  beforeEach(() => {
    current = new Traces(options);
  });
  afterEach(async () => {
    for (const restore of restorers.splice(0)) restore();
    await current?.telemetry.shutdown();
    current = undefined;
  });
  return {
    get current() {
      if (current === undefined) throw new Error("telemetry runs in tests only");
      return current;
    },
  };
}

/** The failure a span records: its status and its exception events. */
export function failureOf(span: ReadableSpan): Record<string, unknown> {
  return {
    isError: span.status.code === SpanStatusCode.ERROR,
    message: span.status.message,
    type: span.attributes["error.type"],
    events: span.events
      .filter((event) => event.name === "exception")
      .map((event) => ({
        type: event.attributes?.["exception.type"],
        message: event.attributes?.["exception.message"],
      })),
  };
}

/** Lets everything that waits in the microtask queue, and one round of timers and I/O, run. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A decorator where the compiler would not have it. */
export function anywhere(decorator: unknown): (...args: unknown[]) => void {
  return decorator as (...args: unknown[]) => void;
}

/** A monotonic clock that stands still until it is moved, for the rest of the test. */
export function useStillClock(): { advance(millis: number): void } {
  let now = performance.now();
  const clock = jest.spyOn(performance, "now").mockImplementation(() => now);
  restorers.push(() => clock.mockRestore());
  return {
    advance: (millis) => {
      now += millis;
    },
  };
}
