import { type Context, type Span, type SpanOptions, type TracerOptions, context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

import type { ReadableSpan } from "../../lib/otlp/index.js";
import { RecordingTracer } from "../../lib/tracer/index.js";

export const RESOURCE = resourceFromAttributes({ "service.name": "spec" });
export const SCOPE = { name: "spec", version: "1.0.0" };

/** Our tracer, with the spans it has ended. */
export function ourTracer(): { tracer: RecordingTracer; ended: ReadableSpan[] } {
  const ended: ReadableSpan[] = [];
  const onEnd = (span: ReadableSpan): void => void ended.push(span);
  return { tracer: new RecordingTracer({ resource: RESOURCE, instrumentationScope: SCOPE, onEnd }), ended };
}

/** The SDK's tracer, with the spans it has ended. */
export function sdkTracer(): { tracer: ReturnType<NodeTracerProvider["getTracer"]>; ended: ReadableSpan[] } {
  const ended: ReadableSpan[] = [];
  const options: TracerOptions = {};
  const provider = new NodeTracerProvider({
    resource: RESOURCE,
    spanProcessors: [
      {
        onStart: () => {},
        onEnd: (span) => void ended.push(span),
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  });
  return { tracer: provider.getTracer(SCOPE.name, SCOPE.version, options), ended };
}

/** A span of ours, typed as both of what it is. */
export function ourSpan(name = "span", options?: SpanOptions, parent?: Context): Span & ReadableSpan {
  return ourTracer().tracer.startSpan(name, options, parent) as Span & ReadableSpan;
}

export function useContextManager(): void {
  beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
  afterAll(() => context.disable());
}
