import { SpanKind, trace } from "@opentelemetry/api";
import { type SpanBuffer, getClient, propagateAttributes, startTelemetry, traced } from "../../lib/index.js";
import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import { resetLog } from "../../lib/internal/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import { Traces, treeOf, withAttributes } from "../support/traces.js";
import { held, useBalancedTraces } from "./rig.js";

const traces = useBalancedTraces();
const client = getClient();
const only = (buffer: SpanBuffer): ReadableSpan => {
  const [span, ...more] = buffer.getAllSpans();
  if (span === undefined || more.length > 0) throw new Error(`the buffer holds ${String(more.length + 1)} spans`);
  return span;
};

describe("createSpan", () => {
  it("holds a span that is over, and returns its id", () => {
    const buffer = client.getSpanBuffer("trace-123");
    const id = buffer.createSpan("step1", { status: "completed", latency: 100 });
    const span = only(buffer);
    expect(span.spanContext()).toMatchObject({ traceId: buffer.traceId, spanId: id, traceFlags: 1 });
    expect(span).toMatchObject({
      name: "step1",
      kind: SpanKind.INTERNAL,
      attributes: { status: "completed", latency: 100 },
      ended: true,
      links: [],
      events: [],
      status: { code: 0 },
      instrumentationScope: { name: "spandrel" },
    });
    expect(span.parentSpanContext).toBeUndefined();
    // Now, and over at once.
    expect(Date.now() - span.endTime[0] * 1000).toBeLessThan(60_000);
    expect(span.duration[0]).toBe(0);
    expect(traces.current.spans).toEqual([]);
  });

  it("makes of the end of a run what it was, in its times, kinds and links", () => {
    const buffer = client.getSpanBuffer();
    const link = { context: { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 }, attributes: { a: 1 } };
    const root = buffer.createSpan("run", {}, { startTime: new Date(1_700_000_000_000), endTime: [1_700_000_009, 5] });
    buffer.createSpan(
      "call",
      {},
      { kind: SpanKind.CLIENT, parent: root, startTime: 1_700_000_001_000, endTime: 1_700_000_002_500, links: [link] },
    );
    const timed = treeOf(buffer.getAllSpans(), ({ kind, startTime, endTime, duration, links }) => ({
      times: [startTime, endTime, duration],
      spanKind: kind,
      links,
    }));
    expect(timed).toEqual([
      {
        name: "run",
        kind: "spandrel",
        times: [
          [1_700_000_000, 0],
          [1_700_000_009, 5],
          [9, 5],
        ],
        spanKind: SpanKind.INTERNAL,
        links: [],
        children: [
          {
            name: "call",
            kind: "spandrel",
            times: [
              [1_700_000_001, 0],
              [1_700_000_002, 500_000_000],
              [1, 500_000_000],
            ],
            spanKind: SpanKind.CLIENT,
            links: [link],
          },
        ],
      },
    ]);
  });

  it("with an end alone is a moment; with a start alone lasts until now", () => {
    const buffer = client.getSpanBuffer();
    buffer.createSpan("moment", {}, { endTime: new Date(1_700_000_000_000) });
    buffer.createSpan("until now", {}, { startTime: new Date(Date.now() - 60_000) });
    const [moment, untilNow] = buffer.getAllSpans();
    expect([moment?.startTime, moment?.endTime]).toEqual([
      [1_700_000_000, 0],
      [1_700_000_000, 0],
    ]);
    expect(untilNow?.duration[0]).toBeGreaterThanOrEqual(59);
    expect(untilNow?.duration[0]).toBeLessThan(120);
  });

  it("below the active span of its trace, or the span that is named, or at the top", () => {
    const buffer = client.getSpanBuffer();
    buffer.run(() =>
      traced("call", () => {
        const below = buffer.createSpan("below the active one");
        buffer.createSpan("below it", {}, { parent: below });
        buffer.createSpan("below the call", {}, { parent: client.getCurrentSpanId() });
      })(),
    );
    traced("of another trace", () => void buffer.createSpan("at the top"))();
    expect(treeOf(buffer.getAllSpans())).toEqual([
      {
        name: "call",
        kind: "task",
        children: [
          { name: "below the active one", kind: "spandrel", children: [{ name: "below it", kind: "spandrel" }] },
          { name: "below the call", kind: "spandrel" },
        ],
      },
      { name: "at the top", kind: "spandrel" },
    ]);
    expect(new Set(buffer.getAllSpans().map((span) => span.spanContext().traceId))).toEqual(new Set([buffer.traceId]));
  });

  it("is there although its parent is no span id, which is said", () => {
    const buffer = client.getSpanBuffer();
    buffer.createSpan("span", {}, { parent: "the one before" });
    expect(only(buffer).parentSpanContext).toBeUndefined();
    expect(traces.current.lines).toEqual([expect.stringMatching(/SPANDREL_BUFFER_PARENT/)]);
  });

  it("writes values that are no attribute values as JSON, and markers for what cannot be read", () => {
    const buffer = client.getSpanBuffer();
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    buffer.createSpan("span", {
      input: { question: "?", tags: ["a"] },
      cost: 0.5,
      big: 1n,
      nan: NaN,
      cycle,
      none: undefined,
      get bad(): string {
        throw new Error("hostile");
      },
    });
    expect(only(buffer).attributes).toEqual({
      input: '{"question":"?","tags":["a"]}',
      cost: 0.5,
      big: '"1n"',
      nan: NaN,
      cycle: '{"self":"[Circular ~]"}',
      bad: "[Unreadable: getter threw]",
    });
  });

  it("carries what the context says, its own attributes first", () => {
    const buffer = client.getSpanBuffer();
    propagateAttributes({ customerIdentifier: "c", metadata: { plan: "pro" } }, () => {
      buffer.createSpan("outside any call", { "user.id": "own" });
      buffer.run(() => traced({ name: "w", kind: "workflow" }, () => void buffer.createSpan("in a workflow"))());
      traced({ name: "other", kind: "workflow" }, () => void buffer.createSpan("beside another trace"))();
    });
    const common = { "user.id": "c", "respan.metadata.plan": "pro" };
    const tree = treeOf(buffer.getAllSpans(), withAttributes("user.id", "respan.metadata.plan", "workflow", "path"));
    expect(tree).toEqual([
      { name: "outside any call", kind: "spandrel", ...common, "user.id": "own" },
      {
        name: "w",
        kind: "workflow",
        ...common,
        workflow: "w",
        path: "",
        children: [{ name: "in a workflow", kind: "spandrel", ...common, workflow: "w", path: "" }],
      },
      { name: "beside another trace", kind: "spandrel", ...common },
    ]);
  });

  it("takes over the tag of the span it is below, be that active or named", () => {
    const buffer = client.getSpanBuffer();
    const tagged = buffer.createSpan("tagged", { "respan.processors": ["debug"] });
    buffer.createSpan("below", {}, { parent: tagged });
    buffer.createSpan("own", { "respan.processors": ["audit"] }, { parent: tagged });
    buffer.createSpan("untagged");
    buffer.run(() =>
      traced({ name: "call", processors: "debug" }, () => {
        buffer.createSpan("in the call");
        buffer.createSpan("of the call", {}, { parent: client.getCurrentSpanId() });
      })(),
    );
    traced({ name: "other", processors: "default" }, () => void buffer.createSpan("beside another trace"))();
    const tags = buffer.getAllSpans().map(({ name, attributes }) => [name, attributes["respan.processors"]]);
    expect(tags).toEqual([
      ["tagged", ["debug"]],
      ["below", ["debug"]],
      ["own", ["audit"]],
      ["untagged", undefined],
      ["in the call", ["debug"]],
      ["of the call", ["debug"]],
      ["call", ["debug"]],
      ["beside another trace", undefined],
    ]);
  });

  const fail = (): never => {
    throw new Error("hostile");
  };
  it.each<[string, (buffer: SpanBuffer) => string, number]>([
    ["options that are null", (buffer) => buffer.createSpan("span", { a: 1 }, null as never), 0],
    ["options that cannot be read", (buffer) => buffer.createSpan("span", { a: 1 }, proxy(fail)), 1],
    ["attributes that are null", (buffer) => buffer.createSpan("span", null as never), 1],
    ["attributes that cannot be read", (buffer) => buffer.createSpan("span", proxy(fail)), 1],
    ["links that cannot be read", (buffer) => buffer.createSpan("span", { a: 1 }, { links: {} as never }), 1],
    ["times that are none", (buffer) => buffer.createSpan("span", {}, { startTime: "noon" as never, endTime: NaN }), 0],
  ])("makes a span and gives its id, whatever it is given: %s", (_, create, faults) => {
    const buffer = client.getSpanBuffer();
    const id = create(buffer);
    expect([only(buffer).name, only(buffer).spanContext().spanId]).toEqual(["span", id]);
    expect(Object.values(traces.current.faults)).toEqual(faults === 0 ? [] : [faults]);
    resetLog();
  });
  const proxy = (fail: () => never): never => new Proxy({}, { get: fail, ownKeys: fail }) as never;
});

describe("a buffer and the telemetry that runs", () => {
  it("may be made before the start and kept over a restart", async () => {
    const first = traces.current;
    await first.telemetry.shutdown();
    const buffer = client.getSpanBuffer("kept");
    buffer.createSpan("between");
    const second = new Traces();
    buffer.createSpan("after");
    buffer.run(() => traced("inside", () => undefined)());
    expect(held(buffer)).toEqual(["after", "inside"]);
    expect(await client.processSpans(buffer)).toBe(true);
    expect([first.spans, second.tree()]).toEqual([
      [],
      [
        { name: "after", kind: "spandrel" },
        { name: "inside", kind: "task" },
      ],
    ]);
    await second.telemetry.shutdown();
  });

  it("holds what ends in it after a shutdown, which can be processed no more", async () => {
    const buffer = client.getSpanBuffer();
    const open = buffer.run(() => client.startSpan("open"));
    await traces.current.telemetry.shutdown();
    open.end();
    buffer.createSpan("too late");
    buffer.run(() => traced("too late", () => undefined)());
    expect(held(buffer)).toEqual(["open"]);
    expect(await client.processSpans(buffer)).toBe(false);
  });

  it("holds nothing of a provider that is registered beside ours", async () => {
    const exporter = new InMemorySpanExporter();
    await traces.current.telemetry.shutdown();
    const telemetry = startTelemetry({ customExporter: exporter, instruments: [], isExitHandled: false });
    const buffer = client.getSpanBuffer();
    buffer.run(() => trace.getTracer("ours").startSpan("held").end());
    expect(held(buffer)).toEqual(["held"]);
    await telemetry.shutdown();
  });
});
