import { SpanKind, SpanStatusCode, context, trace } from "@opentelemetry/api";
import { type StartSpanOptions, getClient, propagateAttributes, traced } from "../../lib/index.js";
import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import { Traces, useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();
const client = getClient();
const made = (options?: StartSpanOptions): Readonly<Record<string, unknown>> => {
  client.startSpan("span", options).end();
  return traces.current.attributes("span");
};

describe("startSpan", () => {
  it("is below the active span and is not made active", () => {
    traced("call", () => {
      const before = context.active();
      const span = client.startSpan("by hand");
      expect(context.active()).toBe(before);
      traced("beside", () => undefined)();
      span.end();
    })();
    expect(traces.current.tree()).toEqual([
      {
        name: "call",
        kind: "task",
        children: [
          { name: "beside", kind: "task" },
          { name: "by hand", kind: "spandrel" },
        ],
      },
    ]);
  });

  it("is exported at the top, and is its caller's to end", () => {
    const span = client.startSpan("late", { attributes: { "app.own": 1 } });
    expect(traces.current.spans).toEqual([]);
    span.setAttribute("app.more", 2).setStatus({ code: SpanStatusCode.ERROR, message: "m" });
    trace.getTracer("other").startSpan("other", {}, trace.setSpan(context.active(), span)).end();
    span.end();
    expect(traces.current.tree(withAttributes("app.own", "app.more"))).toEqual([
      {
        name: "late",
        kind: "spandrel",
        "app.own": 1,
        "app.more": 2,
        children: [{ name: "other", kind: "other" }],
      },
    ]);
  });

  it.each<[StartSpanOptions["kind"], SpanKind]>([
    [undefined, SpanKind.INTERNAL],
    [SpanKind.INTERNAL, SpanKind.INTERNAL],
    [SpanKind.SERVER, SpanKind.SERVER],
    [SpanKind.CLIENT, SpanKind.CLIENT],
    [SpanKind.PRODUCER, SpanKind.PRODUCER],
    [SpanKind.CONSUMER, SpanKind.CONSUMER],
  ])("of kind %p is a plain span of OpenTelemetry's kind %p", (kind, expected) => {
    expect(made({ kind })).toEqual({});
    expect(traces.current.span("span").kind).toBe(expected);
  });

  it.each(["workflow", "task", "agent", "tool"] as const)("of kind %s is a span like a decorated method's", (kind) => {
    const around = (fn: () => void): void => void traced({ name: "w", kind: "workflow" }, () => traced("t", fn)())();
    const entity = (name: string): Record<string, unknown> => {
      const { attributes, kind: spanKind } = traces.current.span(name);
      const { "code.function.name": _, ...own } = attributes;
      return { ...own, "traceloop.entity.name": "span", spanKind };
    };
    const rename = (value: Record<string, unknown>): unknown =>
      JSON.parse(JSON.stringify(value).replaceAll("decorated", "span"));
    around(() => client.startSpan("span", { kind, version: 3 }).end());
    around(() => traced({ name: "decorated", kind, version: 3 }, () => undefined)());
    expect(entity("span")).toEqual(rename(entity("decorated")));
    expect(entity("span")).toMatchObject({ "traceloop.span.kind": kind, "traceloop.entity.version": 3 });
    traces.current.reset();
    client.startSpan("span", { kind }).end();
    traced({ name: "decorated", kind }, () => undefined)();
    expect(entity("span")).toEqual(rename(entity("decorated")));
  });

  it("takes attributes of any value, which win over what is made of the other options", () => {
    expect(
      made({ kind: "task", attributes: { nested: { a: [1n] }, none: undefined, "traceloop.entity.name": "own" } }),
    ).toEqual({
      "traceloop.span.kind": "task",
      "traceloop.entity.name": "own",
      "traceloop.entity.path": "span",
      nested: '{"a":["1n"]}',
    });
  });

  it("carries the attributes of its scope", () => {
    propagateAttributes({ customerIdentifier: "c" }, () => expect(made({})).toMatchObject({ "user.id": "c" }));
  });

  it("takes links, a start time and root", () => {
    const link = { context: { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 }, attributes: { a: 1 } };
    traced("call", () => {
      client.startSpan("linked", { links: [link], startTime: new Date(1_700_000_000_000) }).end();
      client.startSpan("new root", { root: true }).end();
      client.startSpan("no root", { root: false }).end();
    })();
    expect(traces.current.span("linked")).toMatchObject({ links: [link], startTime: [1_700_000_000, 0] });
    expect(traces.current.tree()).toEqual([
      { name: "new root", kind: "spandrel" },
      {
        name: "call",
        kind: "task",
        children: [
          { name: "linked", kind: "spandrel" },
          { name: "no root", kind: "spandrel" },
        ],
      },
    ]);
  });

  it("goes to the processors it names and no others, or to its parent's", async () => {
    await traces.current.telemetry.shutdown();
    const [debug, audit] = [new InMemorySpanExporter(), new InMemorySpanExporter()];
    const named = new Traces({ processors: { debug: { exporter: debug }, audit: { exporter: audit } } });
    client.startSpan("one", { processors: "debug" }).end();
    client.startSpan("two", { processors: ["debug", "audit"] }).end();
    client.startSpan("none").end();
    traced({ name: "tagged", processors: "audit" }, () => {
      client.startSpan("inherited").end();
      client.startSpan("own", { processors: "debug" }).end();
    })();
    await named.telemetry.flush();
    const names = (exporter: InMemorySpanExporter): string[] => exporter.getFinishedSpans().map(({ name }) => name);
    expect([names(named.exporter), names(debug), names(audit)]).toEqual([
      ["none"],
      ["one", "two", "own"],
      ["two", "inherited", "tagged"],
    ]);
    expect(debug.getFinishedSpans().map(({ attributes }) => attributes["respan.processors"])).toEqual([
      ["debug"],
      ["debug", "audit"],
      ["debug"],
    ]);
    await named.telemetry.shutdown();
  });

  it("is exported only if it matches its exportFilter", () => {
    const exportFilter = { status_code: { operator: "equal", value: "ERROR" } } as const;
    client.startSpan("fine", { exportFilter }).end();
    client.startSpan("failed", { exportFilter }).setStatus({ code: SpanStatusCode.ERROR }).end();
    expect(traces.current.spans.map(({ name }) => name)).toEqual(["failed"]);
  });

  it("leaves out an option that cannot be read, and no other", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const fail = (): never => {
      throw new Error("hostile");
    };
    const unreadable = new Proxy({}, { ownKeys: fail });
    const options: Record<string, unknown> = {
      kind: "task",
      exportFilter: cycle,
      links: { [Symbol.iterator]: fail },
      attributes: unreadable,
      version: 2,
      processors: "default",
    };
    expect(made(options)).toEqual({
      "traceloop.span.kind": "task",
      "traceloop.entity.name": "span",
      "traceloop.entity.path": "span",
      "traceloop.entity.version": 2,
      "respan.processors": ["default"],
    });
    expect(traces.current.faults).toEqual({ SPANDREL_SPAN_MISUSED: 3 });
  });

  it.each([[null], [42], ["text"], [{ kind: "chain" }], [{ processors: null }], [{ startTime: "noon" }]])(
    "makes a span whatever it is given: %j",
    (options) => {
      client.startSpan("span", options as never).end();
      expect(traces.current.tree()).toEqual([expect.objectContaining({ name: "span" })]);
    },
  );

  it("records nothing where telemetry is off", async () => {
    await traces.current.telemetry.shutdown();
    const off = new Traces({ isEnabled: false });
    const span = client.startSpan("off", { kind: "task" });
    expect(span.isRecording()).toBe(false);
    span.end();
    expect([off.spans, off.lines]).toEqual([[], []]);
    await off.telemetry.shutdown();
  });
});
