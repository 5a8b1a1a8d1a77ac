import { type TracerProvider, context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AlwaysOffSampler,
  InMemorySpanExporter as SdkExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type SpanProcessor as SdkSpanProcessor,
} from "@opentelemetry/sdk-trace-node";

import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import { InvalidOptionError, Task, Workflow, propagateAttributes, startTelemetry, traced } from "../../lib/index.js";
import type { Telemetry, TelemetryOptions } from "../../lib/index.js";
import { freshTelemetry, ledgerOf, record, said, start } from "./rig.js";

freshTelemetry();

class Desk {
  @Workflow()
  async handle(): Promise<string> {
    await Promise.resolve();
    return this.classify("a");
  }

  @Task({ processors: "debug" })
  classify(text: string): string {
    trace.getTracer("instrumentation").startSpan("foreign").end();
    return text;
  }
}

interface Own {
  readonly provider: NodeTracerProvider;
  readonly exporter: SdkExporter;
  readonly calls: string[];
  readonly names: () => string[];
}

/** A provider the application has made, with a processor of its own. */
function ownProvider(...beside: SdkSpanProcessor[]): Own {
  const exporter = new SdkExporter();
  const calls: string[] = [];
  class Watched extends NodeTracerProvider {
    override async shutdown(): Promise<void> {
      calls.push("shutdown");
      await super.shutdown();
    }
    override async forceFlush(): Promise<void> {
      calls.push("forceFlush");
    }
  }
  const provider = new Watched({ spanProcessors: [...beside, new SimpleSpanProcessor(exporter)] });
  return { provider, exporter, calls, names: () => exporter.getFinishedSpans().map(({ name }) => name) };
}

function useContextManager(): void {
  beforeEach(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
}
afterEach(() => {
  context.disable();
  trace.disable();
  propagation.disable();
});

/** True while nobody has registered a provider with the API. */
const isApiUntouched = (): boolean => !trace.getTracer("probe").startSpan("probe").isRecording();

describe("a ready-made provider", () => {
  useContextManager();

  it("makes the spans of decorated calls, nested, and its own processors export them", async () => {
    const own = ownProvider();
    start({ tracerProvider: own.provider });
    await expect(new Desk().handle()).resolves.toBe("a");
    expect(own.names()).toEqual(["Desk.classify", "Desk.handle"]);
    const [inner, outer] = own.exporter.getFinishedSpans();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(outer?.instrumentationScope.name).toBe("spandrel");
    expect(inner?.attributes).toMatchObject({
      "traceloop.span.kind": "task",
      "traceloop.entity.input": '{"text":"a"}',
      "traceloop.entity.output": '"a"',
      "respan.processors": ["debug"],
    });
  });

  it("is registered nowhere, and shutdown leaves it running", async () => {
    const own = ownProvider();
    const telemetry = start({ tracerProvider: own.provider });
    expect(isApiUntouched()).toBe(true);
    expect(propagation.fields()).toEqual([]);
    await telemetry.flush();
    await telemetry.shutdown();
    expect(own.calls).toEqual([]);
    own.provider.getTracer("app").startSpan("still").end();
    await new Desk().handle();
    expect(own.names()).toEqual(["still"]);
  });

  it("carries attributes of scopes and defaults on decorated spans", () => {
    const own = ownProvider();
    start({ tracerProvider: own.provider, customerIdentifier: "c-1" });
    propagateAttributes({ threadIdentifier: "t-1" }, () => traced("call", () => 1)());
    expect(own.exporter.getFinishedSpans()[0]?.attributes).toMatchObject({
      "respan.customer_params.customer_identifier": "c-1",
      "respan.threads.thread_identifier": "t-1",
    });
  });

  it("has no ledgers, and needs no destination: nothing is said", () => {
    const telemetry = start({ tracerProvider: ownProvider().provider });
    expect(telemetry.status()).toEqual({ processors: [], duplicates: {}, faults: {} });
    expect(said).toEqual([]);
  });

  it.each<[string, TelemetryOptions]>([
    ["processors", { processors: { debug: { exporter: new InMemorySpanExporter() } } }],
    ["customExporter", { customExporter: new InMemorySpanExporter() }],
    ["spanPostprocessCallback", { spanPostprocessCallback: () => {} }],
  ])("refuses %s, which could do nothing, and says what to give instead", (_option, options) => {
    const attempt = (): Telemetry => start({ tracerProvider: ownProvider().provider, ...options });
    expect(attempt).toThrow(InvalidOptionError);
    expect(attempt).toThrow(/expected tracerProvider to be a function \(spandrel\) => provider/);
  });

  it("refuses addProcessor in the same words", () => {
    const telemetry = start({ tracerProvider: ownProvider().provider });
    expect(() => telemetry.addProcessor({ exporter: new InMemorySpanExporter() })).toThrow(
      /expected tracerProvider to be a function \(spandrel\) => provider/,
    );
  });

  it("decides by its own sampler", async () => {
    const exporter = new SdkExporter();
    const provider = new NodeTracerProvider({
      sampler: new AlwaysOffSampler(),
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    start({ tracerProvider: provider });
    await expect(new Desk().handle()).resolves.toBe("a");
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it("may be any object with getTracer", () => {
    const names: string[] = [];
    const delegate = ownProvider().provider;
    const provider: TracerProvider = {
      getTracer: (name, version) => {
        names.push(`${name}@${String(version)}`);
        return delegate.getTracer(name, version);
      },
    };
    start({ tracerProvider: provider });
    expect(names).toEqual([expect.stringMatching(/^spandrel@\d+\.\d+\.\d+/)]);
  });
});

describe("a function that makes a provider", () => {
  useContextManager();

  it("is given our processor: routing, exporters and ledger work, and its other processors see the same spans", async () => {
    const exporters = { default: new InMemorySpanExporter(), debug: new InMemorySpanExporter() };
    let own: Own | undefined;
    const telemetry = start({
      tracerProvider: (spandrel) => (own = ownProvider(spandrel)).provider,
      processors: { default: { exporter: exporters.default }, debug: { exporter: exporters.debug } },
      customerIdentifier: "c-1",
    });
    own!.provider.getTracer("instrumentation").startSpan("theirs").end();
    await new Desk().handle();
    await telemetry.flush();
    const namesIn = (name: keyof typeof exporters): string[] =>
      exporters[name].getFinishedSpans().map((span) => span.name);
    expect(own!.names()).toEqual(["theirs", "Desk.classify", "Desk.handle"]);
    expect([namesIn("default"), namesIn("debug")]).toEqual([["theirs", "Desk.handle"], ["Desk.classify"]]);
    expect(exporters.default.getFinishedSpans()[0]?.attributes).toMatchObject({ "user.id": "c-1" });
    expect(ledgerOf(telemetry, "default")).toMatchObject({ ended: 3, filtered: 1, exported: 2 });
    expect(isApiUntouched()).toBe(true);
  });

  it("shutdown closes our processors only; spans their provider still makes are counted", async () => {
    const exporter = new InMemorySpanExporter();
    let own: Own | undefined;
    const telemetry = start({
      tracerProvider: (spandrel) => (own = ownProvider(spandrel)).provider,
      customExporter: exporter,
    });
    await telemetry.shutdown();
    own!.provider.getTracer("app").startSpan("still").end();
    expect(own!.calls).toEqual([]);
    expect(own!.names()).toEqual(["still"]);
    expect(exporter.getFinishedSpans()).toEqual([]);
    expect(ledgerOf(telemetry, "default")).toMatchObject({ ended: 1, dropped: { shutdown: 1 } });
  });

  it("that throws lets telemetry start again", async () => {
    const exporter = new InMemorySpanExporter();
    const broken = (): never => {
      throw new RangeError("no provider today");
    };
    expect(() => startTelemetry({ tracerProvider: broken, customExporter: exporter })).toThrow(RangeError);
    const { names } = record();
    await new Desk().handle();
    expect(await names()).toEqual(["foreign", "Desk.classify", "Desk.handle"]);
  });
});

describe("without a context manager", () => {
  it("a provider of one's own gets a warning with the mend, and calls still work", async () => {
    const own = ownProvider();
    start({ tracerProvider: own.provider });
    expect(said).toEqual([expect.stringMatching(/SPANDREL_NO_CONTEXT_MANAGER: .*setGlobalContextManager/)]);
    await expect(new Desk().handle()).resolves.toBe("a");
    expect(own.names()).toEqual(["Desk.classify", "Desk.handle"]);
  });

  it("a function may register the provider it makes, which brings one: nothing is said", async () => {
    const { spans } = record({
      tracerProvider: (spandrel) => {
        const { provider } = ownProvider(spandrel);
        provider.register();
        return provider;
      },
    });
    expect(said).toEqual([]);
    await new Desk().handle();
    const [foreign, inner, outer] = await spans();
    expect(outer?.name).toBe("Desk.handle");
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(foreign?.parentSpanContext?.spanId).toBe(inner?.spanContext().spanId);
  });

  it("our own provider brings one", async () => {
    const { names } = record();
    await traced("outer", async () => trace.getTracer("instrumentation").startSpan("foreign").end())();
    expect(await names()).toEqual(["foreign", "outer"]);
    expect(said).toEqual([]);
  });
});

describe("another SDK that was registered first", () => {
  it("keeps the spans of other tracers, decorated calls go to us, and one warning says so", async () => {
    const own = ownProvider();
    own.provider.register();
    const { names, telemetry } = record();
    await new Desk().handle();
    expect(await names()).toEqual(["Desk.classify", "Desk.handle"]);
    expect(own.names()).toEqual(["foreign"]);
    expect(said[0]).toMatch(/SPANDREL_OTHER_PROVIDER: .*tracerProvider: \(spandrel\) =>/);
    expect(said.filter((line) => !line.includes('routed to "debug"'))).toHaveLength(1);

    await telemetry.shutdown();
    trace.getTracer("app").startSpan("after").end();
    expect(own.names()).toEqual(["foreign", "after"]);
    expect(own.calls).toEqual([]);
  });

  it("shares its traces with us: their span is the parent of ours, and ours of theirs", async () => {
    const own = ownProvider();
    own.provider.register();
    const { spans } = record();
    await trace.getTracer("app").startActiveSpan("request", async (request) => {
      await new Desk().handle();
      request.end();
    });
    const [inner, outer] = await spans();
    const [foreign, request] = own.exporter.getFinishedSpans();
    expect(outer?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(foreign?.parentSpanContext?.spanId).toBe(inner?.spanContext().spanId);
    expect(new Set([inner, outer, foreign, request].map((span) => span?.spanContext().traceId)).size).toBe(1);
  });
});

describe("the facade alone, before any startTelemetry", () => {
  it("just runs without a provider, and traces through the one the application registers", () => {
    // A fresh copy: this file's other specs have started telemetry, after whose shutdown nothing is recorded.
    const key = Symbol.for("spandrel.state.v1");
    const state: unknown = Reflect.get(globalThis, key);
    Reflect.deleteProperty(globalThis, key);
    try {
      let fresh = traced;
      jest.isolateModules(() => {
        fresh = jest.requireActual<{ traced: typeof traced }>("../../lib/index.js").traced;
      });
      expect(fresh).not.toBe(traced);
      const outer = fresh("outer", () => fresh("inner", () => 1)());
      expect(outer()).toBe(1);
      const own = ownProvider();
      own.provider.register();
      expect(outer()).toBe(1);
      expect(own.names()).toEqual(["inner", "outer"]);
      const [inner, root] = own.exporter.getFinishedSpans();
      expect(inner?.parentSpanContext?.spanId).toBe(root?.spanContext().spanId);
      trace.disable();
      expect(outer()).toBe(1);
      expect(own.names()).toHaveLength(2);
    } finally {
      Reflect.set(globalThis, key, state);
    }
  });
});
