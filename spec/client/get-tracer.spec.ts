import { ROOT_CONTEXT, SpanKind, context, trace } from "@opentelemetry/api";
import { Task, Workflow, getClient, propagateAttributes, startTelemetry, traced } from "../../lib/index.js";
import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import { Traces, macrotask, useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();
const client = getClient();
/** Taken when the file is loaded, long before any start. */
const tracer = client.getTracer();
const step = traced("step", () => undefined);
const byHand = <R>(name: string, fn: () => R): R =>
  tracer.startActiveSpan(name, (span) => {
    try {
      return fn();
    } finally {
      span.end();
    }
  });

describe("a span by hand", () => {
  it("at the top is the root of a trace of its own and exported, with nothing on it", () => {
    tracer.startSpan("plain").end();
    byHand("active", () => undefined);
    expect(
      traces.current.spans.map(({ name, kind, attributes, parentSpanContext, instrumentationScope }) => [
        name,
        kind,
        attributes,
        parentSpanContext,
        instrumentationScope.name,
      ]),
    ).toEqual([
      ["plain", SpanKind.INTERNAL, {}, undefined, "spandrel"],
      ["active", SpanKind.INTERNAL, {}, undefined, "spandrel"],
    ]);
    expect(new Set(traces.current.spans.map((span) => span.spanContext().traceId)).size).toBe(2);
  });

  it("nests with others, and with decorated calls both ways", async () => {
    class Jobs {
      @Workflow({ name: "hybrid" })
      async run(): Promise<void> {
        this.validate();
        await tracer.startActiveSpan("custom", async (span) => {
          await macrotask();
          for (const id of [1, 2]) byHand(`item ${String(id)}`, () => this.validate());
          span.end();
        });
        this.validate();
      }

      @Task({ name: "validate" })
      validate(): void {}
    }
    await tracer.startActiveSpan("top", async (span) => {
      await new Jobs().run();
      span.end();
    });
    const task = { name: "validate", kind: "task" };
    expect(traces.current.tree()).toEqual([
      {
        name: "top",
        kind: "spandrel",
        children: [
          {
            name: "hybrid",
            kind: "workflow",
            children: [
              task,
              {
                name: "custom",
                kind: "spandrel",
                children: [
                  { name: "item 1", kind: "spandrel", children: [task] },
                  { name: "item 2", kind: "spandrel", children: [task] },
                ],
              },
              task,
            ],
          },
        ],
      },
    ]);
  });

  it("carries what the context says: attributes, workflow and path, its own attributes first", () => {
    propagateAttributes({ customerIdentifier: "c", metadata: { plan: "pro" } }, () => {
      traced({ name: "w", kind: "workflow" }, () =>
        traced("t", () => {
          tracer.startSpan("by hand", { attributes: { "user.id": "own", "app.own": [1] } }).end();
        })(),
      )();
    });
    expect(traces.current.attributes("by hand")).toEqual({
      "respan.customer_params.customer_identifier": "c",
      "user.id": "own",
      "respan.metadata.plan": "pro",
      "traceloop.workflow.name": "w",
      "traceloop.entity.path": "t",
      "app.own": [1],
    });
  });

  it("takes over its parent's tag unless it has one, and hands it on", async () => {
    await traces.current.telemetry.shutdown();
    const debug = new InMemorySpanExporter();
    const tagged = new Traces({ processors: { debug: { exporter: debug } } });
    traced({ name: "tagged", processors: "debug" }, () => byHand("by hand", step))();
    traced({ name: "tagged", processors: "debug" }, () => {
      tracer.startActiveSpan("own tag", { attributes: { "respan.processors": ["default"] } }, (span) => {
        step();
        span.end();
      });
    })();
    byHand("untagged", step);
    await tagged.telemetry.flush();
    expect(debug.getFinishedSpans().map(({ name }) => name)).toEqual(["step", "by hand", "tagged", "tagged"]);
    expect(tagged.spans.map(({ name }) => name)).toEqual(["step", "own tag", "step", "untagged"]);
    await tagged.telemetry.shutdown();
  });

  it("takes options and a context as OpenTelemetry's tracer does, in each form of startActiveSpan", () => {
    const parent = tracer.startSpan("parent", { kind: SpanKind.SERVER });
    const there = trace.setSpan(ROOT_CONTEXT, parent);
    const link = { context: { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 }, attributes: { a: 1 } };
    const results = [
      tracer.startActiveSpan("form 1", (span) => (span.end(), 1)),
      tracer.startActiveSpan(
        "form 2",
        { kind: SpanKind.CLIENT, links: [link], startTime: [1_700_000_000, 0] },
        (span) => (span.end(), 2),
      ),
      tracer.startActiveSpan("form 3", {}, there, (span) => {
        expect(trace.getActiveSpan()).toBe(span);
        span.end();
        return 3;
      }),
      byHand("active", () => tracer.startActiveSpan("new root", { root: true }, (span) => (span.end(), 4))),
    ];
    parent.end();
    expect(results).toEqual([1, 2, 3, 4]);
    const names = traces.current.tree(({ kind }) => ({ spanKind: kind }));
    expect(names).toEqual([
      { name: "form 1", kind: "spandrel", spanKind: SpanKind.INTERNAL },
      { name: "form 2", kind: "spandrel", spanKind: SpanKind.CLIENT },
      { name: "new root", kind: "spandrel", spanKind: SpanKind.INTERNAL },
      { name: "active", kind: "spandrel", spanKind: SpanKind.INTERNAL },
      {
        name: "parent",
        kind: "spandrel",
        spanKind: SpanKind.SERVER,
        children: [{ name: "form 3", kind: "spandrel", spanKind: SpanKind.INTERNAL }],
      },
    ]);
    expect(traces.current.span("form 2")).toMatchObject({ links: [link], startTime: [1_700_000_000, 0] });
  });

  it("a new root in a tagged call takes over neither tag nor trace", async () => {
    await traces.current.telemetry.shutdown();
    const debug = new InMemorySpanExporter();
    const tagged = new Traces({ processors: { debug: { exporter: debug } } });
    traced({ name: "tagged", processors: "debug" }, () => tracer.startSpan("new root", { root: true }).end())();
    expect(tagged.tree(withAttributes("tag"))).toEqual([{ name: "new root", kind: "spandrel" }]);
    await tagged.telemetry.shutdown();
  });

  it("does not end by itself: what throws inside leaves it open, and what is thrown comes through", () => {
    const error = new Error("inside");
    let left: { end(): void } | undefined;
    expect(() =>
      tracer.startActiveSpan("open", (span) => {
        left = span;
        throw error;
      }),
    ).toThrow(error);
    expect(traces.current.spans).toEqual([]);
    left?.end();
    expect(traces.current.tree()).toEqual([{ name: "open", kind: "spandrel" }]);
    expect(context.active()).toBe(ROOT_CONTEXT);
  });
});

describe("the tracer", () => {
  it("is the same each time, and may be kept over a restart", async () => {
    expect(client.getTracer()).toBe(tracer);
    byHand("before", () => undefined);
    const before = traces.current;
    await before.telemetry.shutdown();
    byHand("between", () => undefined);
    const after = new Traces();
    byHand("after", () => undefined);
    expect([before.spans, after.spans].map((spans) => spans.map(({ name }) => name))).toEqual([["before"], ["after"]]);
    await after.telemetry.shutdown();
  });

  it("makes spans that record nothing where telemetry is off, and still calls what it is given", async () => {
    await traces.current.telemetry.shutdown();
    const off = startTelemetry({ isEnabled: false });
    const span = tracer.startSpan("off", { attributes: { a: 1 } });
    expect([span.isRecording(), span.spanContext().traceFlags]).toEqual([false, 0]);
    expect(tracer.startActiveSpan("off", (active) => (active.setAttribute("a", 1).end(), "result"))).toBe("result");
    span.end();
    await off.shutdown();
  });

  it("hands an outer span's ids down where nothing records", async () => {
    await traces.current.telemetry.shutdown();
    const remote = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1, isRemote: true };
    const span = tracer.startSpan("off", {}, trace.setSpanContext(ROOT_CONTEXT, remote));
    expect(span.spanContext()).toEqual(remote);
  });
});
