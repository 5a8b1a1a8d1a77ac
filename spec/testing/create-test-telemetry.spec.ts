import { context, trace } from "@opentelemetry/api";
import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import {
  AlreadyStartedError,
  InvalidOptionError,
  type Telemetry,
  propagateAttributes,
  startTelemetry,
  traced,
} from "../../lib/index.js";
import { resetLog } from "../../lib/internal/index.js";
import { type TestTelemetry, type TestTelemetryOptions, createTestTelemetry } from "../../lib/testing/index.js";
import { startOtlpReceiver } from "../support/otlp-receiver.js";

const work = traced("work", (value: string) => value);
const saved = { ...process.env };
let said: string[] = [];
let telemetry: TestTelemetry | undefined;

beforeEach(() => {
  said = [];
  resetLog((line) => void said.push(line));
});
afterEach(async () => {
  await telemetry?.shutdown();
  telemetry = undefined;
  for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
});

const create = (options?: TestTelemetryOptions): TestTelemetry => (telemetry = createTestTelemetry(options));

describe("createTestTelemetry", () => {
  it("has a span in memory as soon as it has ended, in the order of ends, and says nothing", () => {
    create();
    const during = traced("outer", () => {
      work("inner");
      return telemetry?.spans().map(({ name }) => name);
    })();
    expect(during).toEqual(["work"]);
    expect(telemetry?.spans().map(({ name }) => name)).toEqual(["work", "outer"]);
    expect(said).toEqual([]);
  });

  it("reads no variable: nothing is sent, switched off or added on a machine that has some", async () => {
    const receiver = await startOtlpReceiver();
    Object.assign(process.env, {
      RESPAN_API_KEY: "key",
      RESPAN_BASE_URL: receiver.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_SDK_DISABLED: "true",
      OTEL_SERVICE_NAME: "ci",
      OTEL_RESOURCE_ATTRIBUTES: "host.name=ci",
      SPANDREL_ENABLED: "false",
      SPANDREL_CAPTURE_CONTENT: "false",
      SPANDREL_ENVIRONMENT: "ci",
      SPANDREL_BATCHING_ENABLED: "true",
      SPANDREL_LOG_LEVEL: "no level",
    });
    const { telemetry: started } = create();
    work("content");
    await started.flush();
    expect(telemetry?.tree({ attributes: true })).toEqual([
      {
        name: "work",
        kind: "task",
        attributes: {
          "traceloop.span.kind": "task",
          "traceloop.entity.name": "work",
          "traceloop.entity.path": "work",
          "traceloop.entity.input": '{"value":"content"}',
          "traceloop.entity.output": '"content"',
          "code.function.name": "anonymous",
        },
        children: [],
      },
    ]);
    expect(started.status().processors.map(({ name, exported }) => ({ name, exported }))).toEqual([
      { name: "default", exported: 1 },
    ]);
    expect(telemetry?.find("work").resource.attributes).toEqual(
      expect.objectContaining({ "service.name": "spandrel", "telemetry.distro.name": "spandrel" }),
    );
    expect(telemetry?.find("work").resource.attributes).not.toHaveProperty(["host.name"]);
    await telemetry?.shutdown();
    expect(receiver.requests).toEqual([]);
    await receiver.close();
  });

  it("takes the options of startTelemetry that say nothing of destinations", () => {
    const other = new InMemorySpanExporter();
    create({
      customerIdentifier: "acme",
      captureContent: false,
      processors: { debug: { exporter: other } },
      spanPostprocessCallback: (span) => (span.attributes["seen"] = true),
      redact: { patterns: [/acme/] },
    });
    traced({ name: "both", processors: ["default", "debug"] }, work)("content");
    traced({ name: "debugged", processors: ["debug"] }, () => "content")();
    expect(telemetry?.spans().map(({ name }) => name)).toEqual(["work", "both"]);
    expect(other.getFinishedSpans().map(({ name }) => name)).toEqual(["work", "both", "debugged"]);
    expect(telemetry?.find("both").attributes).toEqual(
      expect.objectContaining({ seen: true, "user.id": expect.stringContaining("[redacted") }),
    );
    expect(telemetry?.find("both").attributes["traceloop.entity.output"]).toBeUndefined();
  });

  it("instruments no library unless it is told to", () => {
    const enabled: string[] = [];
    const names = (options?: TestTelemetryOptions): string[] => {
      enabled.length = 0;
      resetLog((line) => void enabled.push(...(/SPANDREL_INSTRUMENT\w*: instrument (\w+)/.exec(line)?.slice(1) ?? [])));
      create({ logLevel: "debug", ...options });
      return enabled;
    };
    expect(names({ instruments: undefined })).toEqual([]);
    expect(names({ instruments: ["haystack"] })).toEqual(["haystack"]);
  });

  it.each(["apiKey", "baseUrl", "headers", "customExporter", "isBatchingEnabled", "isExitHandled"])(
    "does not take %s",
    (name) => {
      const options: object = { [name]: "secret-value" };
      expect(() => create(options)).toThrow(InvalidOptionError);
      expect(() => create(options)).toThrow(`createTestTelemetry ${name} to be left out`);
      expect(() => create(options)).not.toThrow("secret-value");
    },
  );

  it.each<[string, object | null]>([
    ["options", null],
    ["processors.default", { processors: { default: { exporter: new InMemorySpanExporter() } } }],
    ["clock", { clock: "slow" }],
    ["clock", { clock: null }],
    ["clock.start", { clock: { start: new Date(NaN) } }],
    ["clock.start", { clock: { start: -1 } }],
    ["clock.stepMillis", { clock: { stepMillis: -1 } }],
    ["clock.stepMillis", { clock: { stepMillis: Infinity } }],
    ["ids", { ids: "random" }],
    ["startTelemetry appname", { appname: "x" }],
  ])("refuses an option that cannot be used: %s of %p", (name, options) => {
    expect(() => create(options as TestTelemetryOptions)).toThrow(InvalidOptionError);
    expect(() => create(options as TestTelemetryOptions)).toThrow(`expected ${name} to be`);
  });
});

describe("telemetry that is running already", () => {
  it("is shut down where it is an earlier test's, whose spans remain", async () => {
    const earlier = create({ clock: "fixed", ids: "fixed" });
    work("1");
    const later = create();
    work("2");
    await earlier.shutdown();
    work("3");
    const outputs = (one: TestTelemetry): unknown[] =>
      one.spans().map((span) => span.attributes["traceloop.entity.output"]);
    expect([outputs(earlier), outputs(later)]).toEqual([['"1"'], ['"2"', '"3"']]);
    expect(later.openSpans()).toEqual([]);
    expect(later.spans()[0]?.spanContext().spanId).not.toBe("0000000000000001");
  });

  it("is an error where startTelemetry has started it, and goes on", async () => {
    const exporter = new InMemorySpanExporter();
    await using real: Telemetry = startTelemetry({
      customExporter: exporter,
      instruments: [],
      isExitHandled: false,
      isBatchingEnabled: false,
    });
    expect(() => create()).toThrow("createTestTelemetry was called while telemetry of startTelemetry is running");
    expect(() => create({ ids: "fixed", clock: "fixed" })).toThrow(AlreadyStartedError);
    work("1");
    const [span, ...others] = exporter.getFinishedSpans();
    expect(others).toEqual([]);
    expect(span?.spanContext().spanId).not.toBe("0000000000000001");
    expect(span?.startTime[0]).toBeGreaterThan(Date.UTC(2024, 1, 1) / 1000);
    expect(real.status().processors).toHaveLength(1);
  });

  it("keeps startTelemetry from starting, until its shutdown", async () => {
    const running = create();
    expect(() => startTelemetry({ customExporter: new InMemorySpanExporter() })).toThrow(AlreadyStartedError);
    await running.shutdown();
    await startTelemetry({ customExporter: new InMemorySpanExporter(), isExitHandled: false }).shutdown();
  });
});

describe("shutdown", () => {
  it.each<[string, (running: TestTelemetry) => Promise<void>]>([
    ["its own", (running) => running.shutdown()],
    ["that of the telemetry in it", (running) => running.telemetry.shutdown()],
    ["the end of its scope", (running) => running[Symbol.asyncDispose]()],
  ])("%s stops recording and gives clock and ids back", async (_which, stop) => {
    const running = create({ clock: "fixed", ids: "fixed" });
    work("1");
    await stop(running);
    work("2");
    expect(running.spans().map((span) => span.startTime[0])).toEqual([Date.UTC(2024, 0, 1) / 1000]);
    expect(() => running.find("work")).not.toThrow();

    const exporter = new InMemorySpanExporter();
    const real = startTelemetry({ customExporter: exporter, instruments: [], isExitHandled: false });
    traced("open", () => expect(running.openSpans()).toEqual([]))();
    await real.shutdown();
    const [span] = exporter.getFinishedSpans();
    expect(Math.abs((span?.startTime[0] ?? 0) * 1000 - Date.now())).toBeLessThan(60_000);
    expect(span?.spanContext().spanId).not.toMatch(/^0{12}/);
  });
});

it("carries context attributes and the active span from call to call, as telemetry does", async () => {
  create();
  await propagateAttributes({ threadIdentifier: "t" }, () =>
    trace.getTracer("mine").startActiveSpan("outer", async (span) => {
      await null;
      work("1");
      span.end();
    }),
  );
  expect(context.active()).toBeDefined();
  expect(telemetry?.tree({ attributes: ["respan.threads.thread_identifier"] })).toEqual([
    {
      name: "outer",
      attributes: { "respan.threads.thread_identifier": "t" },
      children: [{ name: "work", kind: "task", attributes: { "respan.threads.thread_identifier": "t" }, children: [] }],
    },
  ]);
});
