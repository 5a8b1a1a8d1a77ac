import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  TraceFlags,
  createTraceState,
  trace,
} from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  InMemorySpanExporter as SdkExporter,
  type ReadableSpan as SdkReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";

import type { ReadableSpan } from "../../lib/otlp/index.js";
import { RESOURCE, SCOPE, ourSpan, ourTracer, sdkTracer, useContextManager } from "./tracers.js";

useContextManager();

const REMOTE = { traceId: "a".repeat(32), spanId: "b".repeat(16), isRemote: true };
const below = (spanContext: Parameters<typeof trace.setSpanContext>[1]): Context =>
  trace.setSpanContext(ROOT_CONTEXT, spanContext);

describe("the tracer", () => {
  it("starts a trace of its own without a parent, sampled, with ids of its own", () => {
    const [first, second] = [ourSpan(), ourSpan()].map((span) => span.spanContext());
    expect(first?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(first?.traceId).not.toBe(second?.traceId);
    expect([first?.traceFlags, first?.isRemote]).toEqual([TraceFlags.SAMPLED, undefined]);
    expect(ourSpan().parentSpanContext).toBeUndefined();
  });

  it("continues a remote trace and keeps its state, without becoming remote itself", () => {
    const traceState = createTraceState("vendor=1");
    const parent = { ...REMOTE, traceFlags: TraceFlags.SAMPLED, traceState };
    const span = ourSpan("span", {}, below(parent));
    expect(span.spanContext()).toEqual({
      traceId: REMOTE.traceId,
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      traceFlags: TraceFlags.SAMPLED,
      traceState,
    });
    expect(span.parentSpanContext).toBe(parent);
  });

  it("records nothing below an unsampled parent, and hands its trace on", () => {
    const { tracer, ended } = ourTracer();
    const span = tracer.startSpan("span", {}, below({ ...REMOTE, traceFlags: TraceFlags.NONE }));
    expect(span.isRecording()).toBe(false);
    expect(span.spanContext()).toMatchObject({ traceId: REMOTE.traceId, traceFlags: TraceFlags.NONE });
    expect(span.spanContext().spanId).not.toBe(REMOTE.spanId);
    span.end();
    expect(ended).toEqual([]);
  });

  it("records nothing where tracing is suppressed", () => {
    const { tracer } = ourTracer();
    const span = tracer.startSpan("span", {}, suppressTracing(trace.setSpan(ROOT_CONTEXT, ourSpan())));
    expect([span.isRecording(), trace.isSpanContextValid(span.spanContext())]).toEqual([false, false]);
  });

  it("starts a new trace with root: true, and below a parent whose ids are none", () => {
    const parent = ourSpan();
    const root = ourSpan("span", { root: true }, trace.setSpan(ROOT_CONTEXT, parent));
    expect(root.spanContext().traceId).not.toBe(parent.spanContext().traceId);
    expect(root.parentSpanContext).toBeUndefined();
    for (const broken of [
      { traceId: "0".repeat(32), spanId: REMOTE.spanId },
      { traceId: "x", spanId: "y" },
    ]) {
      const span = ourSpan("span", {}, below({ ...broken, traceFlags: 1 }));
      expect([span.parentSpanContext, trace.isSpanContextValid(span.spanContext())]).toEqual([undefined, true]);
    }
  });

  it("nests with the spans of another tracer, both ways", () => {
    const theirs = sdkTracer().tracer.startSpan("theirs");
    const ours = ourSpan("ours", {}, trace.setSpan(ROOT_CONTEXT, theirs));
    const inner = sdkTracer().tracer.startSpan("inner", {}, trace.setSpan(ROOT_CONTEXT, ours)) as Span & ReadableSpan;
    expect(ours.parentSpanContext?.spanId).toBe(theirs.spanContext().spanId);
    expect(inner.parentSpanContext?.spanId).toBe(ours.spanContext().spanId);
    expect(inner.spanContext().traceId).toBe(theirs.spanContext().traceId);
  });

  it("uses the active context, and makes its own span active in startActiveSpan", () => {
    const { tracer, ended } = ourTracer();
    tracer.startActiveSpan("outer", (outer) => {
      expect(trace.getActiveSpan()).toBe(outer);
      tracer.startSpan("inner").end();
      outer.end();
    });
    expect(trace.getActiveSpan()).toBeUndefined();
    const [inner, outer] = ended;
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });

  it("gives a span its kind, links, attributes, resource and scope", () => {
    const link = { context: { ...REMOTE, traceFlags: 1 }, attributes: { why: "batch" } };
    const span = ourSpan("span", { kind: SpanKind.CLIENT, attributes: { a: 1 }, links: [link] });
    expect([span.kind, span.attributes, span.links]).toEqual([SpanKind.CLIENT, { a: 1 }, [link]]);
    expect([span.resource, span.instrumentationScope]).toEqual([RESOURCE, SCOPE]);
    expect(ourSpan().kind).toBe(SpanKind.INTERNAL);
  });

  it("shares no list between spans", () => {
    const [first, second] = [ourSpan(), ourSpan()];
    first.addEvent("event").addLink({ context: first.spanContext() });
    expect([second.events, second.links]).toEqual([[], []]);
  });
});

describe("spans of ours in the SDK's hands", () => {
  const ended = (): ReadableSpan[] => {
    const ours = ourTracer();
    const span = ours.tracer.startSpan("span", { attributes: { a: [1, 2] } });
    span.addEvent("event", { b: true }).recordException(new Error("failed"));
    span.addLink({ context: { ...REMOTE, traceFlags: 1 } });
    span.end();
    return ours.ended;
  };

  it("have every field of its ReadableSpan, and pass its processors", async () => {
    const [ours] = ended();
    const theirs = sdkTracer();
    theirs.tracer.startSpan("span").end();
    const fieldsOf = (span: object): string[] => {
      const names = new Set<string>();
      for (let at: object = span; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
        for (const name of Object.getOwnPropertyNames(at)) if (!name.startsWith("_")) names.add(name);
      }
      return [...names].sort();
    };
    const missing = fieldsOf(theirs.ended[0]!).filter((name) => !fieldsOf(ours!).includes(name));
    expect(missing).toEqual([]);

    for (const make of [SimpleSpanProcessor, BatchSpanProcessor]) {
      const exporter = new SdkExporter();
      const processor = new make(exporter);
      processor.onEnd(ours as unknown as SdkReadableSpan);
      await processor.forceFlush();
      expect(exporter.getFinishedSpans()).toEqual([ours]);
      await processor.shutdown();
    }
  });

  it("are printed by its console exporter", () => {
    const printed = jest.spyOn(console, "dir").mockImplementation(() => {});
    try {
      const codes: number[] = [];
      new ConsoleSpanExporter().export(ended() as unknown as SdkReadableSpan[], ({ code }) => codes.push(code));
      expect(codes).toEqual([0]);
      expect(printed.mock.calls[0]?.[0]).toMatchObject({
        name: "span",
        attributes: { a: [1, 2] },
        events: [{ name: "event" }, { name: "exception" }],
        links: [{ context: { traceId: REMOTE.traceId } }],
        resource: { attributes: { "service.name": "spec" } },
      });
    } finally {
      printed.mockRestore();
    }
  });
});
