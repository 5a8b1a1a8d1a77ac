import {
  type Context,
  INVALID_SPAN_CONTEXT,
  type Span,
  type SpanOptions,
  type Tracer,
  context as contextApi,
  trace,
} from "@opentelemetry/api";
import { currentTracer, stampSpan } from "../context/index.js";
import { contain } from "../internal/index.js";

/**
 * This is the tracer for spans that are made by hand. It asks for the running telemetry at each span, so that it may be
 * taken before the start and kept over a restart, and gives its spans what the context says.
 */
export class ManualTracer implements Tracer {
  startSpan(name: string, options?: SpanOptions, context: Context = contextApi.active()): Span {
    const tracer = currentTracer();
    if (tracer === undefined) return trace.wrapSpanContext(trace.getSpanContext(context) ?? INVALID_SPAN_CONTEXT);
    const span = tracer.startSpan(name, options, context);
    try {
      if (span.isRecording()) stampSpan(span, options?.root === true ? trace.deleteSpan(context) : context);
    } catch (error) {
      contain("SPANDREL_STAMP_FAILED", "putting the context's attributes on a span", error);
    }
    return span;
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
