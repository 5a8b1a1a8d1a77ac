import { type Span, type TimeInput, type Tracer, context, isSpanContextValid, trace } from "@opentelemetry/api";
import { recordFailure } from "../capture/index.js";
import { SCOPE_NAME, adoptiveParent, callOf, isLeftOut, runtime, scopeValue, setScopeValue } from "../context/index.js";
import { contain, log } from "../internal/index.js";
import type { ReadableSpan } from "../otlp/index.js";
import type { BufferTrace } from "./buffer-trace.js";
import { currentDelivery, sayNotOurs } from "./delivery.js";
import { ManualTracer } from "./manual-tracer.js";
import { type SpanBuffer, createSpanBuffer, takeForProcessing } from "./span-buffer.js";
import { type StartSpanOptions, startManualSpan } from "./start-span.js";
import { type GivenAttributes, toAttributes } from "./to-attributes.js";
import { type SpanUpdate, updateSpan } from "./update-span.js";

/**
 * This reads and changes the span that runs now, makes spans by hand and processes those that were held back. All of it
 * can be called at any time: with telemetry off or shut down it records nothing, and before the start it works on the
 * provider that is registered with OpenTelemetry, if there is one.
 */
export interface Client {
  /** The active trace's id, 32 hex digits; undefined without an active span. */
  getCurrentTraceId(): string | undefined;
  /** The active span's id, 16 hex digits; undefined without an active span. */
  getCurrentSpanId(): string | undefined;
  /** True when there is an active span and it records. */
  isRecording(): boolean;
  /** OpenTelemetry's tracer, for spans that are started, made active and ended by hand. It may be kept for ever. */
  getTracer(): Tracer;
  /** Starts a span below the active one, without making it active; it is the caller's to end. */
  startSpan(name: string, options?: StartSpanOptions): Span;
  /**
   * Changes the active span. False when there is none that records, in which case nothing has changed; that there is
   * none at all is said once. Never throws.
   */
  updateCurrentSpan(update: SpanUpdate): boolean;
  /** Adds an event to the active span; `time` is when it was, by default now. False as by `updateCurrentSpan`. */
  addEvent(name: string, attributes?: GivenAttributes, time?: TimeInput): boolean;
  /**
   * Puts an error on the active span: status ERROR, one `exception` event, `error.type`. An error that the span's method
   * throws on afterwards is not recorded twice. False as by `updateCurrentSpan`.
   */
  recordException(error: unknown): boolean;
  /** The value that `setContextValue` has set here, or around here before the innermost call began; otherwise undefined. */
  getContextValue(key: string): unknown;
  /**
   * Sets a value for the rest of the innermost decorated call or `propagateAttributes` scope and for what it calls from
   * now on. It is on no span. False outside any, in which case nothing was set; that is said once.
   */
  setContextValue(key: string, value: unknown): boolean;
  /** Waits for everything ended so far to be exported; resolves at once where no telemetry runs. Never rejects. */
  flush(): Promise<void>;
  /**
   * A buffer that holds spans back. Its trace: the one named, or without a name the active one, or a new one. Throws
   * `InvalidOptionError` for what names no trace.
   */
  getSpanBuffer(trace?: BufferTrace): SpanBuffer;
  /**
   * Sends spans that were held back through all processors, each once however often it is given: a trace of up to 512 spans
   * is one batch. Resolves when its first export is over: `true` when no processor has lost any span by then, also when
   * there was nothing to do; `false` otherwise, and where telemetry is off or shut down. What was lost is not sent again:
   * given once more, it is `false` again. Never rejects.
   */
  processSpans(spans: SpanBuffer | readonly ReadableSpan[]): Promise<boolean>;
}

const tracer = new ManualTracer();

const client: Client = {
  getCurrentTraceId: () => activeContext()?.traceId,
  getCurrentSpanId: () => activeContext()?.spanId,
  isRecording: () => activeSpan()?.isRecording() ?? false,
  getTracer: () => tracer,
  startSpan: (name, options = {}) => startManualSpan(tracer, name, options),
  updateCurrentSpan: (update) => withActiveSpan("updateCurrentSpan", (span) => updateSpan(span, update)),
  addEvent: (name, attributes = {}, time) =>
    withActiveSpan("addEvent", (span) => span.addEvent(name, toAttributes(attributes), time)),
  recordException: (error) => withActiveSpan("recordException", (span) => recordFailure(span, error, runtime.limits)),
  getContextValue: (key) => scopeValue(context.active(), key),
  setContextValue(key, value) {
    const isSet = setScopeValue(context.active(), key, value);
    if (!isSet) sayOutside("setContextValue", "a decorated method or propagateAttributes");
    return isSet;
  },
  flush: async () => currentDelivery()?.flush(),
  getSpanBuffer: createSpanBuffer,
  async processSpans(given) {
    const delivery = currentDelivery();
    if (delivery === undefined) return false;
    try {
      const spans = takeForProcessing(given) ?? [...(given as Iterable<ReadableSpan>)];
      if (delivery.recorder !== undefined || spans.length === 0) return await delivery.processSpans(spans);
      sayNotOurs();
      return false;
    } catch (error) {
      contain("SPANDREL_PROCESS_FAILED", "processSpans", error);
      return false;
    }
  },
};

/** The way to the span that runs now, from anywhere: see `Client`. */
export function getClient(): Client {
  return client;
}

/** The ids under which the active span is exported. */
function activeContext(): { readonly traceId: string; readonly spanId: string } | undefined {
  const given = trace.getActiveSpan()?.spanContext();
  const exported = given === undefined ? undefined : adoptiveParent(given);
  return exported !== undefined && isSpanContextValid(exported) ? exported : undefined;
}

/** The active span; in place of another instrumentation's span of a call that is ours, our own. */
function activeSpan(): Span | undefined {
  const span: MaybeScoped | undefined = trace.getActiveSpan();
  if (span === undefined) return undefined;
  // Where nothing is to be recorded, nothing is on the spans of another SDK; ours that still run go on.
  if (runtime.state === "off" && span.instrumentationScope?.name !== SCOPE_NAME) return undefined;
  return isLeftOut(span) ? callOf(context.active())?.span : span;
}

/** Spans of the SDKs and our own tell who has made them. */
type MaybeScoped = Span & { readonly instrumentationScope?: { readonly name: string } };

function withActiveSpan(method: string, change: (span: Span) => void): boolean {
  const span = activeSpan();
  if (span === undefined) {
    sayOutside(method, "a decorated method or a span of getTracer()");
    return false;
  }
  if (!span.isRecording()) return false;
  try {
    change(span);
    return true;
  } catch (error) {
    contain("SPANDREL_UPDATE_FAILED", method, error);
    return false;
  }
}

/** Where telemetry is off there is never a span, and nothing to be said about it. */
function sayOutside(method: string, where: string): void {
  if (runtime.state === "off") return;
  log.warn(
    "SPANDREL_NO_SPAN",
    `${method} was called outside any span and did nothing; call it inside ${where}`,
    method,
  );
}
