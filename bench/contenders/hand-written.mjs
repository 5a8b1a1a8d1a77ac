// Hand-written OpenTelemetry: what a careful engineer puts into each method, on the stock SDK and batch processor.
import { SpanStatusCode, context, trace } from "@opentelemetry/api";
import { Service, METHODS } from "../lib/cases.mjs";
import { PROCESSOR_NAMES, TAG } from "../lib/contenders.mjs";
import { CountingExporter } from "../lib/counting-exporter.mjs";
import { createStockProvider } from "./stock-provider.mjs";

const INPUT = "traceloop.entity.input";
const OUTPUT = "traceloop.entity.output";

export function create({ content = false, provider: kind = "stock", processors }) {
  const exporter = new CountingExporter();
  const provider = kind === "none" ? undefined : createStockProvider(exporter, routes(processors));
  const attributes = { "span.kind.llm": "task", "entity.name": "x", ...(processors && { processors: TAG }) };
  const service = traceByHand(trace.getTracer("bench"), { attributes }, content);
  return { service, exporter, flush: () => provider?.forceFlush() };
}

/** Where a span goes is decided by its tag. One processor needs no such question. */
function routes(processors) {
  if (processors !== 5) return [() => true];
  return PROCESSOR_NAMES.map((name) => (span) => span.attributes.processors === name);
}

function traceByHand(tracer, options, content) {
  const traceMethod = { sync: traceSync, async: traceAsync, stream: traceStream };

  class TracedService extends Service {}
  for (const [name, kind] of Object.entries(METHODS)) {
    TracedService.prototype[name] = traceMethod[kind](name, Service.prototype[name]);
  }
  return new TracedService();

  function traceSync(name, method) {
    return function (x) {
      return tracer.startActiveSpan(name, options, (span) => {
        try {
          if (content) span.setAttribute(INPUT, JSON.stringify([x]));
          const result = method.call(this, x);
          if (content) span.setAttribute(OUTPUT, JSON.stringify(result));
          return result;
        } catch (error) {
          recordError(span, error);
          throw error;
        } finally {
          span.end();
        }
      });
    };
  }

  function traceAsync(name, method) {
    return function (x) {
      return tracer.startActiveSpan(name, options, async (span) => {
        try {
          if (content) span.setAttribute(INPUT, JSON.stringify([x]));
          const result = await method.call(this, x);
          if (content) span.setAttribute(OUTPUT, JSON.stringify(result));
          return result;
        } catch (error) {
          recordError(span, error);
          throw error;
        } finally {
          span.end();
        }
      });
    };
  }

  /** Each pull runs in the span's context, and the span ends with the stream. */
  function traceStream(name, method) {
    return function () {
      const span = tracer.startSpan(name, options);
      const spanContext = trace.setSpan(context.active(), span);
      const iterator = method.call(this);
      const chunks = [];
      let isEnded = false;
      const end = (error) => {
        if (isEnded) return;
        isEnded = true;
        if (error !== undefined) recordError(span, error);
        if (content) span.setAttribute(OUTPUT, chunks.join(""));
        span.end();
      };
      const observe = (result) => {
        if (result.done) end();
        else if (content) chunks.push(result.value);
        return result;
      };
      const fail = (error) => {
        end(error);
        throw error;
      };
      return {
        next: (value) => context.with(spanContext, () => iterator.next(value)).then(observe, fail),
        return: (value) =>
          context
            .with(spanContext, () => iterator.return(value))
            .then((result) => {
              end();
              return result;
            }, fail),
        throw: (error) => context.with(spanContext, () => iterator.throw(error)).then(observe, fail),
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    };
  }
}

function recordError(span, error) {
  span.recordException(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error?.message });
}
