import { createHash } from "node:crypto";
import { ROOT_CONTEXT, context, trace } from "@opentelemetry/api";
import { type BufferTrace, InvalidOptionError, type SpanBuffer, getClient, traced } from "../../lib/index.js";
import { treeOf } from "../support/traces.js";
import { useBalancedTraces } from "./rig.js";

const traces = useBalancedTraces();
const client = getClient();
const step = traced("step", function step() {});
const HEX = "0123456789abcdef0123456789abcdef";
const PARENT = "1234567890abcdef";

/** One span of each kind of maker, all roots as far as they know. */
function fill(buffer: SpanBuffer): void {
  buffer.run(() => {
    step();
    client.startSpan("by hand").end();
    trace.getTracer("foreign").startSpan("foreign").end();
    trace.getTracer("foreign").startSpan("foreign root", { root: true }).end();
    traced("outer", () => client.startSpan("new root", { root: true }).end())();
  });
  buffer.createSpan("created");
}

const traceIds = (buffer: SpanBuffer): unknown =>
  Array.from(new Set(buffer.getAllSpans().map((span) => span.spanContext().traceId)));
const parentIds = (buffer: SpanBuffer): unknown =>
  Object.fromEntries(buffer.getAllSpans().map((span) => [span.name, span.parentSpanContext?.spanId]));

describe("the trace of a buffer", () => {
  it("is the one of 32 hex digits that it is given, for spans of whoever makes them", () => {
    const buffer = client.getSpanBuffer(HEX);
    fill(buffer);
    expect([buffer.traceId, buffer.parentSpanId]).toEqual([HEX, undefined]);
    expect(traceIds(buffer)).toEqual([HEX]);
    expect(new Set(Object.values(parentIds(buffer) as object))).toEqual(new Set([undefined]));
  });

  it("is written in lower case", () => {
    const buffer = client.getSpanBuffer(HEX.toUpperCase());
    fill(buffer);
    expect(traceIds(buffer)).toEqual([HEX]);
  });

  it.each([
    "trace-123",
    "0",
    "été 🎈",
    HEX.slice(1),
    `${HEX}0`,
    "550e8400-e29b-41d4-a716-446655440000",
    "0".repeat(32),
  ])("is a stable hash of any other text: %s", (name) => {
    const buffer = client.getSpanBuffer(name);
    fill(buffer);
    expect(traceIds(buffer)).toEqual([createHash("sha256").update(name).digest("hex").slice(0, 32)]);
    expect(client.getSpanBuffer(name).traceId).toBe(buffer.traceId);
  });

  it("of trace-123 is this one for ever: other processes have to come to the same", () => {
    expect(client.getSpanBuffer("trace-123").traceId).toBe("050b35275fef8c7a6e02c3e98bf2fdf9");
  });

  it.each<[string, BufferTrace]>([
    ["an id", { traceId: HEX, parentSpanId: PARENT }],
    ["in capitals", { traceId: HEX.toUpperCase(), parentSpanId: PARENT.toUpperCase() }],
  ])("goes on below the span that it is given with %s, which is another process's", (_, given) => {
    const buffer = client.getSpanBuffer(given);
    buffer.run(() => {
      traced("outer", step)();
      trace.getTracer("foreign").startSpan("foreign").end();
    });
    buffer.createSpan("created");
    expect([buffer.traceId, buffer.parentSpanId]).toEqual([HEX, PARENT]);
    expect(traceIds(buffer)).toEqual([HEX]);
    expect(treeOf(buffer.getAllSpans())).toEqual([
      { name: "outer", kind: "task", orphan: true, children: [{ name: "step", kind: "task" }] },
      { name: "foreign", kind: "foreign", orphan: true },
      { name: "created", kind: "spandrel", orphan: true },
    ]);
    expect(parentIds(buffer)).toMatchObject({ outer: PARENT, foreign: PARENT, created: PARENT });
    expect(buffer.getAllSpans().find(({ name }) => name === "outer")?.parentSpanContext?.isRemote).toBe(true);
  });

  it("takes a name in the object form, too", () => {
    const buffer = client.getSpanBuffer({ traceId: "trace-123", parentSpanId: PARENT });
    expect([buffer.traceId, buffer.parentSpanId]).toEqual([client.getSpanBuffer("trace-123").traceId, PARENT]);
    expect(client.getSpanBuffer({ traceId: "trace-123" }).parentSpanId).toBeUndefined();
  });

  it("without a name is a new one each time", () => {
    const [one, two] = [client.getSpanBuffer(), client.getSpanBuffer()];
    fill(one);
    fill(two);
    expect([traceIds(one), traceIds(two)]).toEqual([[one.traceId], [two.traceId]]);
    expect(one.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(one.traceId).not.toBe(two.traceId);
  });

  it("without a name is the active one, below its span, wherever it runs", () => {
    const made: { buffer?: SpanBuffer; spanId?: string | undefined } = {};
    traced("call", () => {
      made.buffer = client.getSpanBuffer();
      made.spanId = client.getCurrentSpanId();
      made.buffer.run(() => traced("inside", () => undefined)());
      traced("deeper", () => made.buffer?.run(() => traced("below deeper", () => undefined)()))();
    })();
    made.buffer?.run(() => traced("elsewhere", () => undefined)());
    traced("another trace", () => made.buffer?.run(() => traced("within another", () => undefined)()))();
    made.buffer?.createSpan("created");
    const { spanId } = made;
    expect(made.buffer && traceIds(made.buffer)).toEqual([traces.current.span("call").spanContext().traceId]);
    expect(made.buffer && parentIds(made.buffer)).toEqual({
      inside: spanId,
      "below deeper": traces.current.span("deeper").spanContext().spanId,
      elsewhere: spanId,
      "within another": spanId,
      created: spanId,
    });
  });

  it("without a name goes on with a remote trace that is active", () => {
    const remote = { traceId: HEX, spanId: PARENT, traceFlags: 1, isRemote: true };
    const buffer = context.with(trace.setSpanContext(ROOT_CONTEXT, remote), () => client.getSpanBuffer());
    expect([buffer.traceId, buffer.parentSpanId]).toEqual([HEX, PARENT]);
  });

  it("that was left out by sampling stays left out", () => {
    const buffer = traced({ name: "left out", sampleRate: 0 }, () => client.getSpanBuffer())();
    buffer.run(step);
    expect(buffer.createSpan("created")).toMatch(/^[0-9a-f]{16}$/);
    expect(buffer.getSpanCount()).toBe(0);
  });

  it("that is active is gone on with below the active span, unless a parent was given", () => {
    traced("call", () => {
      const traceId = client.getCurrentTraceId() ?? "";
      const [named, placed] = [client.getSpanBuffer(traceId), client.getSpanBuffer({ traceId, parentSpanId: PARENT })];
      for (const buffer of [named, placed]) {
        buffer.run(() => traced("outer", () => void buffer.createSpan("within"))());
        buffer.createSpan("created");
      }
      const here = client.getCurrentSpanId();
      const below = (parent: string | undefined): unknown => ({ outer: parent, created: parent });
      expect([parentIds(named), parentIds(placed)]).toMatchObject([below(here), below(PARENT)]);
      expect([treeOf(named.getAllSpans()), treeOf(placed.getAllSpans())].map(([outer]) => outer?.children)).toEqual([
        [{ name: "within", kind: "spandrel" }],
        [{ name: "within", kind: "spandrel" }],
      ]);
    })();
  });

  it("is another one than that around it, whose span is not its parent", () => {
    const buffer = client.getSpanBuffer("another");
    traced({ name: "w", kind: "workflow", processors: "default" }, () => traced("t", () => fill(buffer))())();
    expect(traceIds(buffer)).toEqual([buffer.traceId]);
    const [first] = buffer.getAllSpans();
    expect(first?.parentSpanContext).toBeUndefined();
    expect(first?.attributes).toEqual({
      "traceloop.span.kind": "task",
      "traceloop.entity.name": "step",
      "traceloop.entity.path": "step",
      "code.function.name": "step",
    });
  });

  it.each<[string, unknown, string]>([
    ["an empty name", "", "traceId"],
    ["null", null, "traceId"],
    ["a number", 42, "traceId"],
    ["an object without a trace", {}, "traceId"],
    ["a parent that is no span id", { traceId: HEX, parentSpanId: "xyz" }, "parentSpanId"],
    ["a parent of zeros", { traceId: HEX, parentSpanId: "0".repeat(16) }, "parentSpanId"],
    ["a parent that is null", { traceId: HEX, parentSpanId: null }, "parentSpanId"],
  ])("cannot be %s", (_, given, option) => {
    const attempt = (): unknown => client.getSpanBuffer(given as string);
    expect(attempt).toThrow(InvalidOptionError);
    expect(attempt).toThrow(new RegExp(`expected ${option} to be`));
  });
});
