import {
  type Context,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  type Tracer,
  context as contextApi,
  isSpanContextValid,
  trace,
} from "@opentelemetry/api";
import { isTracingSuppressed } from "@opentelemetry/core";
import { clock, contain, newSpanId, newTraceId } from "../internal/index.js";
import { wallClockOffset } from "./clock.js";
import { RecordedSpan, type SpanSource } from "./recorded-span.js";

const SAMPLED = 1;

/**
 * This tracer makes the spans of decorated calls. It decides as the SDK's default does: a root is recorded, a child
 * follows its parent. Ended spans go to one place, so there is nothing to tell at their start.
 */
export class RecordingTracer implements Tracer {
  readonly #source: SpanSource;

  constructor(source: SpanSource) {
    this.#source = source;
  }

  /** Options or a context that cannot be read are left out: a span there is. */
  startSpan(name: string, options?: SpanOptions, context?: Context): Span {
    try {
      return this.#start(name, options, context ?? contextApi.active());
    } catch (error) {
      contain("SPANDREL_SPAN_MISUSED", "starting a span with these options", error);
      return this.#start(name, undefined, contextApi.active());
    }
  }

  #start(name: string, options: SpanOptions | undefined, context: Context): Span {
    if (isTracingSuppressed(context)) return trace.wrapSpanContext({ traceId: "", spanId: "", traceFlags: 0 });
    const parent = options?.root === true ? undefined : trace.getSpan(context);
    let parentContext: SpanContext | undefined = parent?.spanContext();
    // A span of ours is valid by construction, and checking costs two regular expressions.
    if (parentContext !== undefined && !(parent instanceof RecordedSpan) && !isSpanContextValid(parentContext)) {
      parentContext = undefined;
    }
    if (parentContext !== undefined && !(parent instanceof RecordedSpan) && this.#source.adoptiveParent !== undefined) {
      parentContext = this.#source.adoptiveParent(parentContext);
    }
    const spanContext = childContext(parentContext) ?? this.#rootContext(context);
    if ((spanContext.traceFlags & SAMPLED) === 0) return trace.wrapSpanContext(spanContext);
    const now = clock.now();
    const span = new RecordedSpan(this.#source, {
      name,
      kind: options?.kind ?? SpanKind.INTERNAL,
      spanContext,
      parentSpanContext: parentContext,
      startTime: options?.startTime,
      attributes: options?.attributes,
      now,
      clockOffset: parent instanceof RecordedSpan ? parent.clockOffset : wallClockOffset(now),
    });
    if (options?.links !== undefined) span.addLinks(options.links);
    this.#source.onStart?.(span, context);
    return span;
  }

  #rootContext(context: Context): SpanContext {
    const traceId = this.#source.rootTraceId?.(context) ?? newTraceId();
    return { traceId, spanId: newSpanId(), traceFlags: SAMPLED };
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(name: string, options: SpanOptions, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    context: Context,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(name: string, ...rest: unknown[]): ReturnType<F> {
    const fn = rest.pop() as (span: Span) => ReturnType<F>;
    const [options, given] = rest as [SpanOptions | undefined, Context | undefined];
    const parent = given ?? contextApi.active();
    const span = this.startSpan(name, options, parent);
    return contextApi.with(trace.setSpan(parent, span), fn, undefined, span);
  }
}

function childContext(parent: SpanContext | undefined): SpanContext | undefined {
  if (parent === undefined) return undefined;
  const spanId = newSpanId();
  const { traceId, traceFlags, traceState } = parent;
  return traceState === undefined ? { traceId, spanId, traceFlags } : { traceId, spanId, traceFlags, traceState };
}
