import { type Meter, metrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";

import { containedFaults } from "../../lib/internal/index.js";
import type { ProcessorLedger } from "../../lib/processors/index.js";
import { observeLedgers } from "../../lib/telemetry/ledger-metrics.js";
import { freshTelemetry, said } from "./rig.js";

freshTelemetry();

const LEDGER: ProcessorLedger = {
  name: "default",
  isDurable: false,
  ended: 100,
  recovered: 0,
  filtered: 10,
  queued: 7,
  inFlight: 5,
  exported: 50,
  rejected: 3,
  dropped: { queue_full: 11, export_failed: 4, export_timeout: 2, shutdown: 6, redaction_failed: 1, filter_error: 1 },
};

let exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
let provider = new MeterProvider();
let undo: (() => void)[] = [];

/** A provider that is read only when a spec asks for it. */
function makeProvider(): MeterProvider {
  exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  return new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
}

beforeEach(() => {
  provider = makeProvider();
  undo = [];
});
afterEach(async () => {
  for (const stop of undo) stop();
  metrics.disable();
  await provider.shutdown();
});

function observe(...args: Parameters<typeof observeLedgers>): () => void {
  const stop = observeLedgers(...args);
  undo.push(stop);
  return stop;
}

/** Every point as "metric: component type/name[ error] = value". */
async function points(): Promise<string[]> {
  exporter.reset();
  await provider.forceFlush();
  return exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics)
    .flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => {
        const error = attributes["error.type"] === undefined ? "" : ` ${String(attributes["error.type"])}`;
        const of = `${String(attributes["otel.component.type"])}/${String(attributes["otel.component.name"])}`;
        return `${descriptor.name} ${descriptor.unit}: ${of}${error} = ${String(value)}`;
      }),
    )
    .sort();
}

const nextTurn = (): Promise<unknown> => new Promise(setImmediate);
const PROCESSED = "otel.sdk.processor.span.processed {span}: spandrel_span_processor";
const EXPORTED = "otel.sdk.exporter.span.exported {span}: spandrel_span_exporter";
const QUEUED = "otel.sdk.processor.span.queue.size {span}: spandrel_span_processor";
const IN_FLIGHT = "otel.sdk.exporter.span.inflight {span}: spandrel_span_exporter";

describe("the metrics of the ledgers", () => {
  it("are OpenTelemetry's for SDK components, and count every routed span", async () => {
    metrics.setGlobalMeterProvider(provider);
    observe(() => [LEDGER]);
    expect(await points()).toEqual([
      `${EXPORTED}/default = 50`,
      `${EXPORTED}/default export_failed = 4`,
      `${EXPORTED}/default export_timeout = 2`,
      `${EXPORTED}/default rejected = 3`,
      `${IN_FLIGHT}/default = 5`,
      `${PROCESSED}/default = 59`,
      `${PROCESSED}/default already_shutdown = 6`,
      `${PROCESSED}/default filter_error = 1`,
      `${PROCESSED}/default queue_full = 11`,
      `${PROCESSED}/default redaction_failed = 1`,
      `${QUEUED}/default = 7`,
    ]);
    expect(59 + 6 + 1 + 11 + 1 + 7 + 5).toBe(LEDGER.ended - LEDGER.filtered);
  });

  it("are read when they are collected, for every processor of the moment", async () => {
    metrics.setGlobalMeterProvider(provider);
    let ledgers: ProcessorLedger[] = [];
    observe(() => ledgers);
    expect(await points()).toEqual([]);
    ledgers = ["a", "b"].map((name) => ({ ...LEDGER, name, dropped: {} }));
    const found = await points();
    expect(found.filter((point) => point.startsWith(PROCESSED))).toEqual([
      `${PROCESSED}/a = 53`,
      `${PROCESSED}/b = 53`,
    ]);
    expect(found).toHaveLength(10);
  });

  it("go to a provider that is registered later in the same turn, once", async () => {
    observe(() => [LEDGER]);
    await Promise.resolve();
    metrics.setGlobalMeterProvider(provider);
    await nextTurn();
    expect(await points()).toHaveLength(11);
  });

  it("are registered once where a provider is there at the start", async () => {
    metrics.setGlobalMeterProvider(provider);
    const getMeter = jest.spyOn(provider, "getMeter");
    observe(() => [LEDGER]);
    await nextTurn();
    await nextTurn();
    expect(getMeter.mock.calls).toEqual([["spandrel", expect.any(String), undefined]]);
  });

  it("do not keep a process that has nothing else to do", () => {
    const unref = jest.spyOn(Object.getPrototypeOf(setImmediate(() => {})) as NodeJS.Immediate, "unref");
    observe(() => []);
    expect(unref).toHaveBeenCalledTimes(1);
    unref.mockRestore();
  });

  it("are nothing without a provider, or after the undoing, in this turn too", async () => {
    const read = jest.fn(() => [LEDGER]);
    observe(read);
    await nextTurn();
    observe(read)();
    metrics.setGlobalMeterProvider(provider);
    await nextTurn();
    const stop = observe(read);
    stop();
    stop();
    expect(await points()).toEqual([]);
    expect(read).not.toHaveBeenCalled();
  });

  it("leave nothing behind over 100 starts", async () => {
    metrics.setGlobalMeterProvider(provider);
    const reads: number[] = [];
    for (let n = 0; n < 100; n++) observeLedgers(() => (reads.push(n), [LEDGER]))();
    observe(() => (reads.push(100), [LEDGER]));
    expect(await points()).toHaveLength(11);
    expect(reads).toEqual([100]);
  });

  it.each(["getMeter", "createObservableCounter", "addBatchObservableCallback"])(
    "are given up where a provider throws in %s, and nobody notices but the log",
    async (method) => {
      const meter = new Proxy(provider.getMeter("app"), {
        get(target, key): unknown {
          if (key === method) throw new Error("no metrics");
          return Reflect.get(target, key);
        },
      });
      const getMeter = (): Meter => {
        if (method === "getMeter") throw new Error("no metrics");
        return meter;
      };
      metrics.setGlobalMeterProvider({ getMeter });
      expect(() => observe(() => [LEDGER])()).not.toThrow();
      await nextTurn();
      expect(containedFaults()).toEqual({ SPANDREL_METRICS: 1 });
      expect(said).toEqual([expect.stringContaining("registering the metrics of the ledgers failed")]);
    },
  );

  it("survive a meter that cannot let go, and a ledger that cannot be read", async () => {
    metrics.setGlobalMeterProvider(provider);
    const stop = observe(() => {
      throw new Error("no ledger");
    });
    expect(await points()).toEqual([]);
    expect(containedFaults()).toEqual({ SPANDREL_METRICS: 1 });
    const { prototype } = provider.getMeter("app").constructor;
    const remove = jest.spyOn(prototype, "removeBatchObservableCallback").mockImplementation(() => {
      throw new Error("no way");
    });
    expect(stop).not.toThrow();
    remove.mockRestore();
    expect(containedFaults()).toEqual({ SPANDREL_METRICS: 2 });
  });
});
