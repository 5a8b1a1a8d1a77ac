import { SpanKind, SpanStatusCode, context, trace } from "@opentelemetry/api";
import { SpanBuffer, getClient, traced, withExtractedContext } from "../../lib/index.js";
import { resetLog } from "../../lib/internal/index.js";
import { createTestTelemetry } from "../../lib/testing/index.js";
import { growTree, toNodes } from "../../lib/testing/test-span-tree.js";
import { makeSpan } from "../otlp/make-span.js";

const telemetry = createTestTelemetry();
beforeEach(() => telemetry.reset());
afterAll(() => telemetry.shutdown());

const mine = trace.getTracer("mine");
const leaf = traced("leaf", () => 1);

describe("tree()", () => {
  it("nests spans of all tracers, in the order of their starts, whatever the order of their ends", async () => {
    const slow = traced("slow", async () => {
      await null;
      await null;
      leaf();
    });
    const root = traced({ name: "root", kind: "workflow" }, async () => {
      const first = slow();
      // The SDK's spans start to the millisecond, which is before the one above.
      mine.startActiveSpan("second", (span) => {
        leaf();
        span.end();
      });
      const early = mine.startSpan("third", { startTime: 1_000_000 });
      await first;
      early.end(2_000_000);
    });
    await root();
    leaf();
    expect(telemetry.tree()).toEqual([
      {
        name: "root",
        kind: "workflow",
        children: [
          { name: "slow", kind: "task", children: [{ name: "leaf", kind: "task", children: [] }] },
          { name: "second", children: [{ name: "leaf", kind: "task", children: [] }] },
          { name: "third", children: [] },
        ],
      },
      { name: "leaf", kind: "task", children: [] },
    ]);
    expect(telemetry.spans().map(({ name }) => name)).toEqual([
      "leaf",
      "second",
      "leaf",
      "slow",
      "third",
      "root",
      "leaf",
    ]);
  });

  it("says of each span what there is to say, and no more", () => {
    mine.startSpan("plain").end();
    mine.startSpan("asked", { kind: SpanKind.CLIENT }).setStatus({ code: SpanStatusCode.OK }).end();
    mine.startSpan("chat m", { kind: SpanKind.CLIENT, attributes: { "gen_ai.operation.name": "chat" } }).end();
    const failing = traced({ name: "failing", kind: "tool" }, () => {
      throw new RangeError("too far");
    });
    expect(failing).toThrow(RangeError);
    mine.startSpan("silent").setStatus({ code: SpanStatusCode.ERROR }).end();
    expect(telemetry.tree()).toEqual([
      { name: "plain", children: [] },
      { name: "asked", kind: "client", status: "ok", children: [] },
      { name: "chat m", kind: "llm", children: [] },
      { name: "failing", kind: "tool", status: "error", statusMessage: "too far", children: [] },
      { name: "silent", status: "error", children: [] },
    ]);
    // toEqual takes a field that is undefined for one that is not there.
    expect(telemetry.tree().map((node) => Object.keys(node))).toEqual([
      ["name", "children"],
      ["name", "kind", "status", "children"],
      ["name", "kind", "children"],
      ["name", "kind", "status", "statusMessage", "children"],
      ["name", "status", "children"],
    ]);
  });

  it("shows attributes and events where they are asked for", () => {
    const span = mine.startSpan("span", { attributes: { a: 1, b: "two", c: [3] } });
    span.addEvent("plain");
    span.addEvent("full", { size: 4 });
    span.end();
    mine.startSpan("empty").end();
    const shown = (options: Parameters<typeof telemetry.tree>[0]): unknown => telemetry.tree(options);
    const events = [{ name: "plain" }, { name: "full", attributes: { size: 4 } }];
    expect(shown({ attributes: true, events: true })).toStrictEqual([
      { name: "span", attributes: { a: 1, b: "two", c: [3] }, events, children: [] },
      { name: "empty", children: [] },
    ]);
    expect(shown({ attributes: ["b", "missing"] })).toStrictEqual([
      { name: "span", attributes: { b: "two" }, children: [] },
      { name: "empty", children: [] },
    ]);
    expect(shown({ attributes: false, events: false })).toStrictEqual(shown({}));
  });

  it("marks a root whose parent is in this process and not there", async () => {
    const outer = traced("outer", async () => {
      leaf();
      expect(telemetry.tree()).toEqual([{ name: "leaf", kind: "task", isOrphan: true, children: [] }]);
    });
    await outer();
    expect(telemetry.tree()).toEqual([
      { name: "outer", kind: "task", children: [{ name: "leaf", kind: "task", children: [] }] },
    ]);
    telemetry.reset();
    withExtractedContext({ traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01` }, leaf);
    expect(telemetry.tree()).toEqual([{ name: "leaf", kind: "task", children: [] }]);
  });

  it("shows spans that come from elsewhere, after the others, in the order of their times", async () => {
    const buffer = getClient().getSpanBuffer("trace-1");
    const first = buffer.createSpan("first", {}, { startTime: new Date(1), endTime: new Date(9) });
    buffer.createSpan("third", {}, { startTime: new Date(3), endTime: new Date(4), parent: first });
    buffer.createSpan("second", {}, { startTime: new Date(2), endTime: new Date(5), parent: first });
    const spans = SpanBuffer.deserialize(buffer.serialize());
    leaf();
    await getClient().processSpans(spans);
    expect(telemetry.tree()).toEqual([
      { name: "leaf", kind: "task", children: [] },
      {
        name: "first",
        children: [
          { name: "second", children: [] },
          { name: "third", children: [] },
        ],
      },
    ]);
  });

  it("has a span as often as it was exported, and every span though two are each other's parents", () => {
    const [a, b] = [makeSpan({ name: "a", id: 1, parent: 2 }), makeSpan({ name: "b", id: 2, parent: 1 })];
    const again = makeSpan({ name: "again", id: 1, parent: 2 });
    expect(toNodes(growTree([a, b, again]), {})).toEqual([
      {
        name: "b",
        isOrphan: true,
        children: [
          { name: "a", children: [] },
          { name: "again", children: [] },
        ],
      },
    ]);
  });
});

describe("find() and findAll()", () => {
  it("give the one span, and all spans, of a name", () => {
    leaf();
    expect(telemetry.find("leaf")).toBe(telemetry.spans()[0]);
    leaf();
    expect(telemetry.findAll("leaf")).toEqual(telemetry.spans());
    expect(telemetry.findAll("other")).toEqual([]);
  });

  it("say what there is instead", () => {
    const errorOf = (name: string): string => {
      try {
        telemetry.find(name);
        return "none";
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(errorOf("lead")).toBe('SPANDREL_NO_SUCH_SPAN: no span is called "lead"; ended: none');
    leaf();
    leaf();
    expect(errorOf("lead")).toBe('SPANDREL_NO_SUCH_SPAN: no span is called "lead"; ended: leaf');
    expect(errorOf("leaf")).toBe(
      'SPANDREL_AMBIGUOUS_SPAN: 2 spans are called "leaf"; take them all by findAll("leaf")',
    );
    const open = mine.startSpan("open");
    expect(errorOf("lead")).toBe('SPANDREL_NO_SUCH_SPAN: no span is called "lead"; ended: leaf; still open: open');
    expect(errorOf("open")).toBe(
      'SPANDREL_NO_SUCH_SPAN: "open" has started and not ended yet; a span ends when the promise or the stream is over',
    );
    open.end();
  });
});

it("reset() forgets spans, those that are open too and end later, what was said and what was counted", () => {
  const said: string[] = [];
  resetLog((line) => void said.push(line));
  const open = mine.startSpan("open");
  const throwing = (): never => {
    throw new Error("name");
  };
  const misnamed = traced({ name: throwing }, () => 1);
  misnamed();
  misnamed();
  expect(said).toHaveLength(1);
  expect(telemetry.telemetry.status().faults).toEqual({ SPANDREL_CALLBACK_FAILED: 2 });
  telemetry.reset();
  expect([telemetry.spans(), telemetry.openSpans(), telemetry.telemetry.status().faults]).toEqual([[], [], {}]);
  context.with(trace.setSpan(context.active(), open), misnamed);
  open.end();
  expect(telemetry.tree()).toEqual([{ name: "anonymous", kind: "task", isOrphan: true, children: [] }]);
  expect(said).toHaveLength(2);
});
