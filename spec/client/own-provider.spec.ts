import { SpanStatusCode, context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  InMemorySpanExporter as SdkExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type SpanProcessor as SdkSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import { SpanBuffer, type Telemetry, getClient, propagateAttributes, traced } from "../../lib/index.js";
import { failureOf, macrotask, treeOf } from "../support/traces.js";
import { freshTelemetry, ledgerOf, said, start } from "../telemetry/rig.js";
import { expectBalance, held, namesOf } from "./rig.js";

freshTelemetry();
const client = getClient();

beforeEach(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterEach(() => {
  context.disable();
  trace.disable();
});

interface Own {
  readonly provider: NodeTracerProvider;
  readonly exporter: SdkExporter;
}

function ownProvider(...beside: SdkSpanProcessor[]): Own {
  const exporter = new SdkExporter();
  return {
    provider: new NodeTracerProvider({ spanProcessors: [...beside, new SimpleSpanProcessor(exporter)] }),
    exporter,
  };
}

const handle = traced({ name: "handle", kind: "workflow" }, async () => {
  client.setContextValue("key", "value");
  client.updateCurrentSpan({
    params: { sessionIdentifier: "s", metadata: { a: 1 } },
    attributes: { nested: { b: 2 }, big: 1n },
    name: "handled",
  });
  client.updateCurrentSpan({ params: { threadIdentifier: "t" } });
  client.addEvent("read", { at: [1, "mixed"] }, [1_700_000_000, 5]);
  await macrotask();
  client.getTracer().startActiveSpan("by hand", (span) => {
    client.startSpan("entity", { kind: "tool", version: 2, exportFilter: {}, processors: "default" }).end();
    span.end();
  });
  return String(client.getContextValue("key"));
});

const fail = traced("fail", (error: unknown) => {
  client.recordException(error);
  throw error;
});

const HANDLED = {
  name: "handled",
  kind: "workflow",
  children: [{ name: "by hand", kind: "spandrel", children: [{ name: "entity", kind: "tool" }] }],
};

describe.each<[string, () => { readonly own: Own; readonly telemetry: Telemetry }]>([
  [
    "a ready-made provider",
    () => {
      const own = ownProvider();
      return { own, telemetry: start({ tracerProvider: own.provider }) };
    },
  ],
  [
    "a function that makes a provider",
    () => {
      const made: { own?: Own } = {};
      const telemetry = start({
        tracerProvider: (spandrel) => (made.own = ownProvider(spandrel)).provider,
        customExporter: new InMemorySpanExporter(),
      });
      if (made.own === undefined) throw new Error("no provider was made");
      return { own: made.own, telemetry };
    },
  ],
])("the client with %s", (_, begin) => {
  it("reads and changes its spans, and makes spans in it", async () => {
    const { own } = begin();
    const value = await propagateAttributes({ customerIdentifier: "c" }, () => handle());
    expect(value).toBe("value");
    const spans = own.exporter.getFinishedSpans();
    expect(treeOf(spans)).toEqual([HANDLED]);
    const [entity, byHand, handled] = spans;
    expect(handled?.attributes).toMatchObject({
      "traceloop.entity.name": "handled",
      "session.id": "s",
      "respan.threads.thread_identifier": "t",
      "respan.metadata.a": "1",
      nested: '{"b":2}',
      big: '"1n"',
      "user.id": "c",
    });
    expect(handled?.events).toMatchObject([
      { name: "read", attributes: { at: '[1,"mixed"]' }, time: [1_700_000_000, 5] },
    ]);
    expect([byHand?.attributes["user.id"], entity?.attributes["user.id"]]).toEqual(["c", "c"]);
    expect(entity?.attributes).toMatchObject({
      "traceloop.entity.name": "entity",
      "traceloop.entity.version": 2,
      "traceloop.workflow.name": "handle",
      "respan.processors": ["default"],
      "respan.export_filter": "{}",
    });
  });

  it("has the ids of the current span, and records an error that is thrown on once", () => {
    const { own } = begin();
    const error = new RangeError("far");
    expect(() => fail(error)).toThrow(error);
    const ids = client
      .getTracer()
      .startActiveSpan("ids", (span) => (span.end(), [client.getCurrentTraceId(), client.getCurrentSpanId()]));
    const [failed, seen] = own.exporter.getFinishedSpans();
    expect(failed && failureOf(failed)).toEqual({
      isError: true,
      message: "far",
      type: "RangeError",
      events: [{ type: "RangeError", message: "far" }],
    });
    expect(ids).toEqual([seen?.spanContext().traceId, seen?.spanContext().spanId]);
  });

  it("sets statuses", () => {
    const { own } = begin();
    for (const update of [{ status: "ok" }, { statusDescription: "half" }, { status: SpanStatusCode.ERROR }] as const) {
      client.getTracer().startActiveSpan("span", (span) => {
        expect(client.updateCurrentSpan(update)).toBe(true);
        span.end();
      });
    }
    expect(own.exporter.getFinishedSpans().map(({ status }) => status)).toEqual([
      { code: SpanStatusCode.OK },
      { code: SpanStatusCode.ERROR, message: "half" },
      { code: SpanStatusCode.ERROR },
    ]);
  });

  it("flushes", async () => {
    begin();
    await expect(client.flush()).resolves.toBeUndefined();
  });
});

describe("a buffer with a function that makes a provider", () => {
  function begin(): { readonly own: Own; readonly telemetry: Telemetry; readonly ours: InMemorySpanExporter } {
    const made: { own?: Own } = {};
    const ours = new InMemorySpanExporter();
    const telemetry = start({
      tracerProvider: (spandrel) => (made.own = ownProvider(spandrel)).provider,
      customExporter: ours,
    });
    if (made.own === undefined) throw new Error("no provider was made");
    return { own: made.own, telemetry, ours };
  }

  it("holds spans of the provider back from our processors, not from the others it has", async () => {
    const { own, telemetry, ours } = begin();
    const buffer = client.getSpanBuffer("trace-123");
    await buffer.run(async () => {
      await handle();
      own.provider.getTracer("instrumentation").startSpan("foreign").end();
      buffer.createSpan("created");
    });
    expect(treeOf(buffer.getAllSpans())).toEqual([
      HANDLED,
      { name: "foreign", kind: "instrumentation" },
      { name: "created", kind: "spandrel" },
    ]);
    expect(namesOf(own.exporter.getFinishedSpans())).toEqual(["entity", "by hand", "handled", "foreign"]);
    expect(ledgerOf(telemetry, "default")).toMatchObject({ ended: 0 });
    expect(await client.processSpans(buffer)).toBe(true);
    expect(namesOf(ours.getFinishedSpans())).toEqual(["entity", "by hand", "handled", "foreign", "created"]);
    expect(namesOf(own.exporter.getFinishedSpans())).toHaveLength(4);
    expectBalance(telemetry);
  });

  it("is of the trace that it is given where it goes on below a span; otherwise roots have ids of the provider", async () => {
    const { own } = begin();
    const traceIds = (buffer: SpanBuffer): unknown =>
      buffer.getAllSpans().map((span) => span.spanContext().traceId === buffer.traceId);
    const root = (name: string): void => own.provider.getTracer("instrumentation").startSpan(name).end();

    const going = client.getSpanBuffer({ traceId: "trace-123", parentSpanId: "1234567890abcdef" });
    going.run(() => (root("one"), root("two"), going.createSpan("created")));
    expect(traceIds(going)).toEqual([true, true, true]);

    const named = client.getSpanBuffer("trace-123");
    named.run(() => (root("one"), root("two"), named.createSpan("created")));
    expect(traceIds(named)).toEqual([false, false, true]);
  });

  it("creates spans below the provider's, in its trace, be they active or named", () => {
    begin();
    const buffer = client.getSpanBuffer();
    const root = buffer.run(() =>
      client.getTracer().startActiveSpan("root", (span) => {
        buffer.createSpan("below the active one");
        span.end();
        return span.spanContext().spanId;
      }),
    );
    buffer.createSpan("below the named one", {}, { parent: root });
    expect(treeOf(buffer.getAllSpans())).toEqual([
      {
        name: "root",
        kind: "spandrel",
        children: [
          { name: "below the active one", kind: "spandrel" },
          { name: "below the named one", kind: "spandrel" },
        ],
      },
    ]);
    expect(new Set(buffer.getAllSpans().map((span) => span.spanContext().traceId)).size).toBe(1);
  });

  it("holds only what it creates where no context manager is registered, and says so once", async () => {
    const { telemetry, ours } = begin();
    context.disable();
    const buffer = client.getSpanBuffer();
    for (let count = 0; count < 2; count++) buffer.run(() => client.startSpan("not held").end());
    buffer.createSpan("created");
    expect(held(buffer)).toEqual(["created"]);
    expect(said).toEqual([expect.stringMatching(/SPANDREL_BUFFER_NO_CONTEXT: .*setGlobalContextManager/)]);
    await telemetry.flush();
    expect(namesOf(ours.getFinishedSpans())).toEqual(["not held", "not held"]);
  });

  it("survives a serialisation", async () => {
    const { ours } = begin();
    const buffer = client.getSpanBuffer();
    await buffer.run(() => handle());
    expect(await client.processSpans(SpanBuffer.deserialize(buffer.serialize()))).toBe(true);
    expect(await client.processSpans(buffer)).toBe(true);
    expect(treeOf(ours.getFinishedSpans())).toEqual([HANDLED]);
  });
});

describe("a buffer with a ready-made provider", () => {
  it("stays empty, and says once why; the provider's spans go where they go", async () => {
    const own = ownProvider();
    start({ tracerProvider: own.provider });
    const buffer = client.getSpanBuffer("trace-123");
    expect(await buffer.run(() => handle())).toBe("value");
    expect(buffer.createSpan("created")).toMatch(/^[0-9a-f]{16}$/);
    expect(held(buffer)).toEqual([]);
    expect(treeOf(own.exporter.getFinishedSpans())).toEqual([HANDLED]);
    expect(said).toEqual([expect.stringMatching(/SPANDREL_BUFFER_UNUSED: .*function .*\(spandrel\) => provider/)]);
  });

  it("has spans of other processes nowhere to go: false, and said; nothing to do is done", async () => {
    const first = start({ customExporter: new InMemorySpanExporter() });
    const text = ((): string => {
      const buffer = client.getSpanBuffer();
      buffer.createSpan("created");
      return buffer.serialize();
    })();
    await first.shutdown();
    start({ tracerProvider: ownProvider().provider });
    expect(await client.processSpans(SpanBuffer.deserialize(text))).toBe(false);
    expect(said.filter((line) => line.includes("SPANDREL_BUFFER_UNUSED"))).toHaveLength(1);
    expect(await client.processSpans([])).toBe(true);
  });
});
