import { context, propagation, trace } from "@opentelemetry/api";

import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import {
  AlreadyStartedError,
  InvalidOptionError,
  Task,
  Workflow,
  injectContext,
  propagateAttributes,
  startTelemetry,
  traced,
} from "../../lib/index.js";
import type { ProcessorOptions, TelemetryOptions } from "../../lib/index.js";
import { freshTelemetry, ledgerOf, record, said, start } from "./rig.js";

freshTelemetry();

class Desk {
  @Workflow()
  handle(text: string): string {
    return this.classify(text);
  }

  @Task()
  classify(text: string): string {
    return text.toUpperCase();
  }
}

describe("startTelemetry", () => {
  it("records decorated calls and the spans of other tracers at once, in one trace", async () => {
    const { spans } = record();
    const answer = trace.getTracer("app").startActiveSpan("request", (span) => {
      const result = new Desk().handle("a");
      span.end();
      return result;
    });
    expect(answer).toBe("A");
    const ended = await spans();
    const parentOf = (name: string): string | undefined => {
      const parent = ended.find((span) => span.name === name)?.parentSpanContext?.spanId;
      return ended.find((span) => span.spanContext().spanId === parent)?.name;
    };
    expect(ended.map(({ name }) => name)).toEqual(["Desk.classify", "Desk.handle", "request"]);
    expect([parentOf("Desk.classify"), parentOf("Desk.handle"), parentOf("request")]).toEqual([
      "Desk.handle",
      "request",
      undefined,
    ]);
    expect(new Set(ended.map((span) => span.spanContext().traceId)).size).toBe(1);
  });

  it("throws with the mend while an earlier one has not been shut down, and leaves that one running", async () => {
    const { names } = record();
    expect(() => startTelemetry()).toThrow(AlreadyStartedError);
    expect(() => startTelemetry()).toThrow(/^SPANDREL_ALREADY_STARTED: .*addProcessor.*await its shutdown\(\) first/);
    new Desk().classify("a");
    expect(await names()).toEqual(["Desk.classify"]);
  });

  it("starts again after a shutdown, with options of its own", async () => {
    const first = record({ customerIdentifier: "c-1" });
    await first.telemetry.shutdown();
    const second = record({ threadIdentifier: "t-2" });
    new Desk().classify("a");
    trace.getTracer("app").startSpan("other").end();
    expect(await second.names()).toEqual(["Desk.classify", "other"]);
    for (const span of second.exporter.getFinishedSpans()) {
      expect(span.attributes).toMatchObject({ "respan.threads.thread_identifier": "t-2" });
      expect(span.attributes).not.toHaveProperty("user.id");
    }
    expect(first.exporter.getFinishedSpans()).toEqual([]);
    expect(said).toEqual([]);
  });

  it.each<[string, TelemetryOptions]>([
    ["an option that is none", { appNam: "x" } as never],
    ["a processor without an exporter", { processors: { debug: {} as ProcessorOptions } }],
    ["a processor's name that no tag can mean", { processors: { "a,b": { exporter: new InMemorySpanExporter() } } }],
    ["an exporter that is none", { customExporter: {} as never }],
    [
      "a provider function that returns none",
      { tracerProvider: (() => 7) as never, customExporter: new InMemorySpanExporter() },
    ],
  ])("leaves nothing behind when it fails: %s", async (_what, options) => {
    expect(() => startTelemetry(options)).toThrow(InvalidOptionError);
    const isRecording = trace.getTracer("app").startSpan("probe").isRecording();
    expect(isRecording).toBe(false);
    const { names } = record();
    new Desk().classify("a");
    expect(await names()).toEqual(["Desk.classify"]);
    expect(said).toEqual([]);
  });

  it("has the same decorators on the telemetry as the package", () => {
    const { telemetry } = record();
    expect(telemetry.Task).toBe(Task);
    expect(telemetry.Workflow).toBe(Workflow);
  });

  it("sets default attributes on every span, also of other tracers, below those of a scope", async () => {
    const { spans } = record({
      customerIdentifier: "c-1",
      threadIdentifier: "t-1",
      environment: "staging",
      metadata: { plan: "pro", region: "eu" },
    });
    new Desk().classify("a");
    trace.getTracer("app").startSpan("other").end();
    propagateAttributes({ customerIdentifier: "c-2", metadata: { plan: "free" } }, () => new Desk().classify("b"));
    const read = (await spans()).map(({ attributes }) => [
      attributes["respan.customer_params.customer_identifier"],
      attributes["user.id"],
      attributes["session.id"],
      attributes["respan.environment"],
      attributes["deployment.environment.name"],
      attributes["respan.metadata.plan"],
      attributes["respan.metadata.region"],
    ]);
    expect(read).toEqual([
      ["c-1", "c-1", "t-1", "staging", "staging", "pro", "eu"],
      ["c-1", "c-1", "t-1", "staging", "staging", "pro", "eu"],
      ["c-2", "c-2", "t-1", "staging", "staging", "free", "eu"],
    ]);
  });

  it("applies capture limits and captureContent to what decorators record", async () => {
    const limited = record({ capture: { maxItems: 1 } });
    const list = traced("list", (values: number[]) => values);
    list([1, 2, 3]);
    const [span] = await limited.spans();
    expect(span?.attributes["traceloop.entity.output"]).toMatch(/^\[1,".*2.*"\]$/);
    await limited.telemetry.shutdown();

    const silent = record({ captureContent: false });
    list([1, 2, 3]);
    const [bare] = await silent.spans();
    expect(bare?.attributes).not.toHaveProperty(["traceloop.entity.output"]);
    expect(bare?.attributes).not.toHaveProperty(["traceloop.entity.input"]);
    expect(bare?.name).toBe("list");
  });

  it("exports each span as it ends where batching is off, unless a processor says otherwise", async () => {
    const [batched, unbatched, added] = [0, 0, 0].map(() => new InMemorySpanExporter());
    const { telemetry } = record({
      isBatchingEnabled: false,
      autoFlush: "off",
      customExporter: unbatched!,
      processors: { later: { exporter: batched!, isDefault: true, isBatchingEnabled: true } },
    });
    telemetry.addProcessor({ exporter: added!, isBatchingEnabled: undefined });
    new Desk().classify("a");
    const seen = (): number[] => [batched!, unbatched!, added!].map((exporter) => exporter.getFinishedSpans().length);
    expect(seen()).toEqual([0, 1, 1]);
    await telemetry.flush();
    expect(seen()).toEqual([1, 1, 1]);
  });

  it.each([
    ["off", 0, 0],
    ["root", 0, 2],
    ["always", 1, 2],
  ] as const)("starts exports by itself as autoFlush %s says", async (autoFlush, afterChild, afterRoot) => {
    const { exporter } = record({ autoFlush });
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await traced("root", async () => {
      new Desk().classify("a");
      await turn();
      expect(exporter.getFinishedSpans()).toHaveLength(afterChild);
    })();
    expect(exporter.getFinishedSpans()).toHaveLength(afterChild);
    await turn();
    expect(exporter.getFinishedSpans()).toHaveLength(afterRoot);
  });

  it("carries trace context in HTTP headers, and no baggage", () => {
    record();
    const carrier: Record<string, string> = {};
    const baggage = propagation.createBaggage({ customer: { value: "c-1" } });
    context.with(propagation.setBaggage(context.active(), baggage), () => {
      traced("call", () => propagation.inject(context.active(), carrier))();
    });
    expect(Object.keys(carrier)).toEqual(["traceparent"]);
  });
});

describe("the resource", () => {
  const resourceOf = async (options: TelemetryOptions): Promise<Readonly<Record<string, unknown>>> => {
    const { telemetry, spans } = record(options);
    new Desk().classify("a");
    trace.getTracer("app").startSpan("other").end();
    const [own, foreign] = await spans();
    expect(own?.resource.attributes).toEqual(foreign?.resource.attributes);
    await telemetry.shutdown();
    return own?.resource.attributes ?? {};
  };

  it("names the service spandrel by default, and the SDK that made it", async () => {
    expect(await resourceOf({})).toMatchObject({
      "service.name": "spandrel",
      "telemetry.distro.name": "spandrel",
      "telemetry.sdk.language": "nodejs",
    });
  });

  it.each<[string, TelemetryOptions, Record<string, string>, string]>([
    ["appName", { appName: "a", resourceAttributes: { "service.name": "b" } }, { SPANDREL_APP_NAME: "c" }, "a"],
    ["resourceAttributes", { resourceAttributes: { "service.name": "b" } }, { SPANDREL_APP_NAME: "c" }, "b"],
    ["SPANDREL_APP_NAME", {}, { SPANDREL_APP_NAME: "c", OTEL_RESOURCE_ATTRIBUTES: "service.name=d" }, "c"],
    ["OTEL_SERVICE_NAME", {}, { OTEL_SERVICE_NAME: "s", OTEL_RESOURCE_ATTRIBUTES: "service.name=d" }, "s"],
    ["OTEL_RESOURCE_ATTRIBUTES", {}, { OTEL_RESOURCE_ATTRIBUTES: "service.name=d" }, "d"],
  ])("is named by %s where nothing stronger does", async (_what, options, env, name) => {
    Object.assign(process.env, env);
    expect((await resourceOf(options))["service.name"]).toBe(name);
  });

  it("has the attributes of the option over those of OTEL_RESOURCE_ATTRIBUTES", async () => {
    process.env["OTEL_RESOURCE_ATTRIBUTES"] = "region=eu,zone=1";
    expect(await resourceOf({ resourceAttributes: { region: "us" } })).toMatchObject({ region: "us", zone: "1" });
  });
});

describe("isEnabled: false", () => {
  it("runs functions, records nothing, and every function can still be called", async () => {
    const { telemetry, exporter } = record({
      isEnabled: false,
      processors: { debug: { exporter: new InMemorySpanExporter() } },
    });
    expect(new Desk().handle("a")).toBe("A");
    expect(traced("fn", () => 1)()).toBe(1);
    expect(propagateAttributes({ customerIdentifier: "c-1" }, () => 2)).toBe(2);
    expect(trace.getTracer("app").startSpan("other").isRecording()).toBe(false);
    const handle = telemetry.addProcessor({ name: "late", exporter: new InMemorySpanExporter() });
    await handle.remove();
    await telemetry.flush();
    expect(telemetry.status().processors.map(({ name, ended }) => [name, ended])).toEqual([
      ["debug", 0],
      ["late", 0],
    ]);
    await telemetry.shutdown();
    expect(exporter.getFinishedSpans()).toEqual([]);
    expect(said).toEqual([]);
  });

  it.each([
    ["SPANDREL_ENABLED", "false"],
    ["OTEL_SDK_DISABLED", "true"],
  ])("may come from %s", async (name, value) => {
    process.env[name] = value;
    const { names } = record();
    new Desk().handle("a");
    expect(await names()).toEqual([]);
  });
});

describe("flush", () => {
  it("waits for what has ended, batches in flight included, and shuts nothing down", async () => {
    const answers: (() => void)[] = [];
    const exporter = {
      batches: [] as string[][],
      export(spans: { name: string }[], done: (result: { code: number }) => void) {
        this.batches.push(spans.map(({ name }) => name));
        answers.push(() => done({ code: 0 }));
      },
      shutdown: async () => {},
    };
    const telemetry = start({ customExporter: exporter, isBatchingEnabled: false });
    new Desk().classify("a");
    let isFlushed = false;
    const flushed = telemetry.flush().then(() => (isFlushed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([isFlushed, exporter.batches]).toEqual([false, [["Desk.classify"]]]);
    answers.splice(0).forEach((answer) => answer());
    await flushed;
    new Desk().classify("b");
    expect(exporter.batches).toHaveLength(2);
    answers.splice(0).forEach((answer) => answer());
  });
});

describe("shutdown", () => {
  it("exports what has ended, shuts exporters down once, and is idempotent", async () => {
    const calls: string[] = [];
    const exporter = {
      export: (spans: { name: string }[], done: (result: { code: number }) => void) => {
        calls.push(...spans.map(({ name }) => name));
        done({ code: 0 });
      },
      shutdown: async () => void calls.push("shutdown"),
    };
    const telemetry = start({ customExporter: exporter });
    new Desk().classify("a");
    const first = telemetry.shutdown();
    expect(telemetry.shutdown()).toBe(first);
    await first;
    await telemetry[Symbol.asyncDispose]();
    expect(calls).toEqual(["Desk.classify", "shutdown"]);
  });

  it("is what `await using` does at the end of the scope", async () => {
    const exporter = new InMemorySpanExporter();
    {
      await using telemetry = startTelemetry({ customExporter: exporter });
      expect(telemetry.status().processors).toHaveLength(1);
      new Desk().classify("a");
    }
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(["Desk.classify"]);
    expect(new Desk().classify("b")).toBe("B");
    expect(exporter.getFinishedSpans()).toHaveLength(1);
  });

  it("counts spans that end during and after it as dropped, and status answers for ever", async () => {
    const { telemetry } = record();
    let finish: () => void = () => {};
    const wait = traced("long", () => new Promise<void>((resolve) => (finish = resolve)));
    const during = wait();
    const finishDuring = finish;
    const after = wait();
    const finishAfter = finish;
    const foreign = trace.getTracer("app").startSpan("other");
    new Desk().classify("a");

    const closed = telemetry.shutdown();
    finishDuring();
    await during;
    await closed;
    finishAfter();
    await after;
    foreign.end();
    expect(telemetry.status().processors).toEqual([
      {
        name: "default",
        isDurable: false,
        ended: 4,
        recovered: 0,
        filtered: 0,
        queued: 0,
        inFlight: 0,
        exported: 1,
        rejected: 0,
        dropped: { shutdown: 3 },
      },
    ]);
    expect(telemetry.status().faults).toEqual({});
  });

  it("stops recording at once: calls just run, and nothing is registered with the API any more", async () => {
    const { telemetry } = record();
    const closing = telemetry.shutdown();
    expect(new Desk().handle("a")).toBe("A");
    expect(trace.getTracer("app").startSpan("other").isRecording()).toBe(false);
    await closing;
    expect(ledgerOf(telemetry, "default").ended).toBe(0);
  });

  it("called again later does nothing to the telemetry that has been started since", async () => {
    const first = record();
    await first.telemetry.shutdown();
    const second = record();
    await first.telemetry.shutdown();
    new Desk().classify("a");
    expect(await second.names()).toEqual(["Desk.classify"]);
    expect(() => startTelemetry()).toThrow(AlreadyStartedError);
  });

  it("takes back the default attributes", async () => {
    const { telemetry } = record({ customerIdentifier: "c-1" });
    const carried = (): object => injectContext({}, { include: ["customerIdentifier"] });
    expect(carried()).toEqual({ baggage: "spandrel.customerIdentifier=c-1" });
    await telemetry.shutdown();
    expect(carried()).toEqual({});
  });

  it("refuses processors afterwards, with the mend", async () => {
    const { telemetry } = record();
    await telemetry.shutdown();
    expect(() => telemetry.addProcessor({ exporter: new InMemorySpanExporter() })).toThrow(/start telemetry again/);
  });

  it("takes its listeners off the process", async () => {
    const count = (): number => process.listenerCount("exit") + process.listenerCount("beforeExit");
    const before = count();
    const { telemetry } = record();
    expect(count()).toBe(before + 2);
    await telemetry.shutdown();
    expect(count()).toBe(before);
    const { telemetry: unhandled } = record({ isExitHandled: false });
    expect(count()).toBe(before);
    await unhandled.shutdown();
  });
});

describe("a processor's handle", () => {
  it("removes it: what is queued is exported, the exporter shut down, the ledger kept", async () => {
    const { telemetry, names } = record({ autoFlush: "off" });
    const exporter = new InMemorySpanExporter();
    const handle = telemetry.addProcessor({ exporter });
    new Desk().classify("a");
    await handle.remove();
    await handle.remove();
    new Desk().classify("b");
    expect(await names()).toEqual(["Desk.classify", "Desk.classify"]);
    expect(exporter.getFinishedSpans()).toHaveLength(1);
    expect(ledgerOf(telemetry, handle.name)).toMatchObject({ ended: 1, exported: 1 });
    expect(ledgerOf(telemetry, "default")).toMatchObject({ ended: 2, exported: 2 });
  });
});
