import { performance } from "node:perf_hooks";

import { SpanStatusCode } from "@opentelemetry/api";
import type { Attributes, Context, Span } from "@opentelemetry/api";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

import { resetLog } from "../../lib/internal/index.js";
import type { ExportResult, ReadableSpan, SpanExporter } from "../../lib/otlp/index.js";
import { SpanRouter } from "../../lib/processors/index.js";
import type { ProcessorLedger, SpanRouterOptions } from "../../lib/processors/index.js";
import { EXPORT_FILTER, PROCESSORS } from "../../lib/semconv.js";

export type Answer = (result: ExportResult) => void;
/** What a fake exporter does with a batch; the number counts its calls from 0. */
export type Behaviour = (answer: Answer, spans: ReadableSpan[], call: number) => unknown;

export const succeed: Behaviour = (answer) => answer({ code: 0 });

/** A failure after which the batch may be given again; 0 leaves the time to the caller. */
export function unavailable(retryAfterMillis = 0): Behaviour {
  return (answer) => answer({ code: 1, error: new Error("try again"), retryAfterMillis });
}

/** One behaviour a call, and success for all calls after them. */
export function inTurn(...behaviours: readonly Behaviour[]): Behaviour {
  return (answer, spans, call) => (behaviours[call] ?? succeed)(answer, spans, call);
}

/** A real exporter's shape, whose every answer the spec decides. */
export class FakeExporter implements SpanExporter {
  /** Names of the spans of every batch it was given. */
  readonly batches: string[][] = [];
  readonly spans: ReadableSpan[] = [];
  readonly calls: string[] = [];
  readonly #held: Answer[] = [];
  readonly #behave: Behaviour;

  constructor(behave: Behaviour = succeed) {
    this.#behave = behave;
  }

  /** An exporter that answers only when `answer` is called. */
  static held(): FakeExporter {
    const exporter: FakeExporter = new FakeExporter((answer) => void exporter.#held.push(answer));
    return exporter;
  }

  get names(): string[] {
    return this.batches.flat();
  }

  get heldCount(): number {
    return this.#held.length;
  }

  /** Answers the oldest batch that waits for it. */
  answer(result: number | ExportResult = 0): void {
    this.#held.shift()?.(typeof result === "number" ? { code: result } : result);
  }

  export(spans: ReadableSpan[], answer: Answer): void {
    this.calls.push("export");
    this.batches.push(spans.map((span) => span.name));
    this.spans.push(...spans);
    return this.#behave(answer, spans, this.batches.length - 1) as undefined;
  }

  forceFlush(): Promise<void> {
    this.calls.push("forceFlush");
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    this.calls.push("shutdown");
    return Promise.resolve();
  }
}

export interface SpanSketch {
  readonly attributes?: Attributes;
  readonly tag?: string | string[];
  readonly exportFilter?: unknown;
  readonly status?: "ok" | "error";
  readonly parent?: Context;
}

export interface Rig {
  readonly router: SpanRouter;
  /** Starts and ends a real span. */
  end(name: string, sketch?: SpanSketch): Span;
  ledger(name: string): ProcessorLedger;
  /** Lines written to stderr so far. */
  readonly said: string[];
}

/** A router that is registered with a real provider. Nothing is exported early unless the options say so. */
export function rig(options: SpanRouterOptions = {}): Rig {
  const said: string[] = [];
  resetLog((line) => void said.push(line));
  const router = new SpanRouter({ autoFlush: "off", ...options });
  const tracer = new NodeTracerProvider({ spanProcessors: [router] }).getTracer("spec");
  return {
    router,
    said,
    end(name, { attributes = {}, tag, exportFilter, status, parent } = {}) {
      const span = tracer.startSpan(name, { attributes }, parent);
      if (tag !== undefined) span.setAttribute(PROCESSORS, tag);
      if (exportFilter !== undefined) {
        span.setAttribute(
          EXPORT_FILTER,
          typeof exportFilter === "string" ? exportFilter : JSON.stringify(exportFilter),
        );
      }
      if (status !== undefined) span.setStatus({ code: status === "ok" ? SpanStatusCode.OK : SpanStatusCode.ERROR });
      span.end();
      return span;
    },
    ledger(name) {
      const found = router.status().processors.filter((ledger) => ledger.name === name);
      if (found.length === 0) throw new Error(`no ledger is called ${name}`);
      return found[found.length - 1] as ProcessorLedger;
    },
  };
}

/** Fakes what the router waits with, and nothing that promises need. */
export function fakeTimers(): void {
  jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "performance", "hrtime", "Date"] });
}

/** `fakeTimers`, and the monotonic clock with them; back-off takes the whole of its delays. */
export function fakeClock(): void {
  fakeTimers();
  jest.spyOn(performance, "now").mockImplementation(() => jest.now());
  jest.spyOn(Math, "random").mockReturnValue(0);
}

export function realClock(): void {
  jest.restoreAllMocks();
  jest.useRealTimers();
}

/** Whether a promise has resolved by now. */
export function watch(promise: Promise<unknown>): { isDone: boolean } {
  const state = { isDone: false };
  void promise.then(() => (state.isDone = true));
  return state;
}

/** Ended minus everything it should be equal to: 0, or the ledger does not balance. */
export function imbalance(ledger: ProcessorLedger): number {
  const { ended, filtered, queued, inFlight, exported, rejected, dropped } = ledger;
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return ended - (filtered + queued + inFlight + exported + rejected + lost);
}
