import { trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter as SdkExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import * as spandrel from "../../lib/index.js";
import type * as internal from "../../lib/internal/index.js";
import { FakeExporter } from "../processors/fakes.js";
import { Traces, macrotask } from "../support/traces.js";

type Copy = Pick<typeof spandrel, "getClient" | "SpanBuffer" | "traced">;

/** Calls every method there is, as it may stand in any code, and says what came of it. */
async function useEverything({ getClient, SpanBuffer }: Copy): Promise<Record<string, unknown>> {
  const client = getClient();
  const span = client.startSpan("by hand", { kind: "task", processors: "debug" });
  span.end();
  const buffer = client.getSpanBuffer("trace-123");
  const id = buffer.createSpan("created", { a: 1 });
  const result = buffer.run(() => client.getTracer().startActiveSpan("inside", (inside) => (inside.end(), "result")));
  const text = buffer.serialize();
  const revived = SpanBuffer.deserialize(text);
  return {
    ids: [client.getCurrentTraceId(), client.getCurrentSpanId()],
    isRecording: [client.isRecording(), span.isRecording()],
    changed: [
      client.updateCurrentSpan({ params: { customerIdentifier: "c" }, name: "n", status: "ok" }),
      client.addEvent("e"),
      client.recordException(new Error("x")),
      client.setContextValue("k", 1),
    ],
    value: client.getContextValue("k"),
    flushed: await client.flush(),
    hasId: /^[0-9a-f]{16}$/.test(id),
    traceIds: [buffer.traceId === client.getSpanBuffer("trace-123").traceId, revived.getSpanCount()],
    result,
    held: [buffer.getSpanCount(), buffer.getAllSpans()],
    text,
    processed: [await client.processSpans(buffer), await client.processSpans([]), await client.processSpans(revived)],
    cleared: buffer.clearSpans(),
  };
}

const NOTHING = {
  ids: [undefined, undefined],
  isRecording: [false, false],
  changed: [false, false, false, false],
  value: undefined,
  flushed: undefined,
  hasId: true,
  traceIds: [true, 0],
  result: "result",
  held: [0, []],
  text: '{"resourceSpans":[]}',
  processed: [false, false, false],
  cleared: undefined,
};

/** Runs something in a copy of the package that has never been started, and gives what was said on stderr. */
async function inFreshCopy<R>(run: (copy: typeof spandrel) => Promise<R>): Promise<[R, readonly string[]]> {
  const key = Symbol.for("spandrel.state.v1");
  const state: unknown = Reflect.get(globalThis, key);
  Reflect.deleteProperty(globalThis, key);
  try {
    const lines: string[] = [];
    const copy = { current: spandrel };
    jest.isolateModules(() => {
      copy.current = jest.requireActual<typeof spandrel>("../../lib/index.js");
      jest.requireActual<typeof internal>("../../lib/internal/index.js").resetLog((line) => void lines.push(line));
    });
    expect(copy.current).not.toBe(spandrel);
    return [await run(copy.current), lines];
  } finally {
    Reflect.set(globalThis, key, state);
  }
}

describe("without running telemetry every method can be called and records nothing", () => {
  it("before the first start, with a word about each", async () => {
    const [outcome, lines] = await inFreshCopy(useEverything);
    expect(outcome).toEqual(NOTHING);
    expect(lines.map((line) => line.replace(/^spandrel: (\w+): (\w+).*\n$/s, "$1 $2"))).toEqual([
      "SPANDREL_NOT_STARTED a",
      "SPANDREL_NO_SPAN updateCurrentSpan",
      "SPANDREL_NO_SPAN addEvent",
      "SPANDREL_NO_SPAN recordException",
      "SPANDREL_NO_SPAN setContextValue",
    ]);
  });

  it("where it is off, without a word", async () => {
    const off = new Traces({ isEnabled: false });
    expect(await useEverything(spandrel)).toEqual(NOTHING);
    expect(await spandrel.traced("call", () => useEverything(spandrel))()).toEqual(NOTHING);
    await off.telemetry.shutdown();
    expect([off.lines, off.faults, off.spans]).toEqual([[], {}, []]);
  });

  it("after a shutdown, without a word", async () => {
    const over = new Traces();
    await over.telemetry.shutdown();
    expect(await useEverything(spandrel)).toEqual(NOTHING);
    expect(await spandrel.traced("call", () => useEverything(spandrel))()).toEqual(NOTHING);
    expect([over.lines, over.faults, over.spans]).toEqual([[], {}, []]);
  });
});

describe("before the first start, where the application has a provider of its own", () => {
  it("spans by hand go to it, and its spans can be changed", async () => {
    const exporter = new SdkExporter();
    const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    provider.register();
    try {
      await inFreshCopy(async ({ getClient, traced }) => {
        const client = getClient();
        traced("call", () => {
          client.updateCurrentSpan({ params: { customerIdentifier: "c" } });
          client.startSpan("by hand").end();
        })();
        expect(await client.processSpans([])).toBe(false);
      });
      const [inner, outer] = exporter.getFinishedSpans();
      expect([inner?.name, inner?.parentSpanContext?.spanId]).toEqual(["by hand", outer?.spanContext().spanId]);
      expect(outer?.attributes).toMatchObject({ "user.id": "c" });
    } finally {
      await provider.shutdown();
      trace.disable();
    }
  });
});

describe("where telemetry is off and the application has a provider of its own", () => {
  it("nothing is recorded on its spans, which may be asked for their ids", async () => {
    const exporter = new SdkExporter();
    const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    provider.register();
    const off = new Traces({ isEnabled: false });
    const client = spandrel.getClient();
    try {
      const seen = provider.getTracer("theirs").startActiveSpan("theirs", (span) => {
        const changed = [
          client.updateCurrentSpan({ params: { customerIdentifier: "c" }, name: "ours" }),
          client.addEvent("ours"),
          client.recordException(new Error("ours")),
        ];
        expect([changed, client.isRecording()]).toEqual([[false, false, false], false]);
        const ids = [client.getCurrentTraceId(), client.getCurrentSpanId()];
        span.end();
        return ids;
      });
      const [span] = exporter.getFinishedSpans();
      expect(span).toMatchObject({ name: "theirs", attributes: {}, events: [], status: { code: 0 } });
      expect(seen).toEqual([span?.spanContext().traceId, span?.spanContext().spanId]);
      expect(off.lines).toEqual([]);
    } finally {
      await off.telemetry.shutdown();
      await provider.shutdown();
      trace.disable();
    }
  });
});

describe("a call that was under way at the shutdown", () => {
  it("is told to its end", async () => {
    const traces = new Traces();
    const seen = await spandrel.traced("call", async () => {
      await traces.telemetry.shutdown();
      const client = spandrel.getClient();
      return [client.updateCurrentSpan({ attributes: { a: 1 } }), client.isRecording()];
    })();
    expect(seen).toEqual([true, true]);
    expect(traces.telemetry.status().processors).toMatchObject([{ ended: 1, dropped: { shutdown: 1 } }]);
  });
});

describe("flush", () => {
  it("waits for everything ended so far, shuts nothing down and leaves what is held", async () => {
    const exporter = FakeExporter.held();
    const traces = new Traces({ customExporter: exporter, isBatchingEnabled: true });
    const client = spandrel.getClient();
    client.startSpan("one").end();
    const buffer = client.getSpanBuffer();
    buffer.createSpan("held");
    let isDone = false;
    const flushed = client.flush().then(() => (isDone = true));
    await macrotask();
    expect([isDone, exporter.names]).toEqual([false, ["one"]]);
    exporter.answer();
    await flushed;
    expect(exporter.calls).toEqual(["export", "forceFlush"]);
    client.startSpan("two").end();
    const second = client.flush();
    exporter.answer();
    await second;
    expect(exporter.names).toEqual(["one", "two"]);
    expect(buffer.getSpanCount()).toBe(1);
    await traces.telemetry.shutdown();
  });

  it("does not reject when the exporter does", async () => {
    const exporter = new FakeExporter(() => {
      throw new Error("broken");
    });
    const traces = new Traces({ customExporter: exporter, isBatchingEnabled: true });
    spandrel.getClient().startSpan("one").end();
    await expect(spandrel.getClient().flush()).resolves.toBeUndefined();
    await traces.telemetry.shutdown();
  });
});
