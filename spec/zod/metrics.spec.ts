import { type Meter, metrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import * as z from "zod";

import { containedFaults, resetLog } from "../../lib/internal/index.js";
import { traceSchema } from "../../lib/zod/index.js";
import { Traces } from "../support/traces.js";

interface Rig {
  readonly provider: MeterProvider;
  points(): Promise<string[]>;
}

/** A provider that is read only when a spec asks for it. */
function makeProvider(): Rig {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  return {
    provider,
    async points() {
      exporter.reset();
      await provider.forceFlush();
      return (
        exporter
          .getMetrics()
          .flatMap(({ scopeMetrics }) => scopeMetrics)
          .flatMap(({ scope, metrics: found }) => found.map((metric) => ({ scope, metric })))
          // Telemetry has metrics of its own.
          .filter(({ metric }) => !metric.descriptor.name.startsWith("otel.sdk."))
          .flatMap(({ scope, metric: { descriptor, dataPoints } }) =>
            dataPoints.map(({ attributes, value }) => {
              const {
                "spandrel.validation.schema": schema,
                "spandrel.validation.method": method,
                "spandrel.validation.outcome": outcome,
                ...others
              } = attributes;
              expect(others).toEqual({});
              return `${scope.name} ${descriptor.name} ${descriptor.unit}: ${String(schema)} ${String(method)} ${String(outcome)} = ${String(value)}`;
            }),
          )
          .sort()
      );
    },
  };
}

let rig: Rig;
let traces: Traces | undefined;
beforeEach(() => {
  resetLog(() => {});
  rig = makeProvider();
});
afterEach(async () => {
  metrics.disable();
  await rig.provider.shutdown();
  await traces?.telemetry.shutdown();
  traces = undefined;
});

const POINT = "spandrel spandrel.validations {validation}:";
const Age = z.object({ age: z.number() });
const throwing = z.string().refine(() => {
  throw new RangeError("no such table");
});

// First: once telemetry has been started and shut down, it is off.
it("counts for an application that has metrics and has not started telemetry", async () => {
  metrics.setGlobalMeterProvider(rig.provider);
  traceSchema(Age, { record: "all", name: "Age" }).safeParse({ age: 36 });
  expect(await rig.points()).toEqual([`${POINT} Age safeParse valid = 1`]);
});

describe("the counter of validations", () => {
  it.each(["all", "failure", "metrics"] as const)(
    "has every validation by schema, method and outcome, with record %s",
    async (record) => {
      traces = new Traces();
      metrics.setGlobalMeterProvider(rig.provider);
      const Counted = traceSchema(Age, { record, name: "Age" });
      for (const age of [36, 37, "x"]) Counted.safeParse({ age });
      for (const age of [36, "x", "y"]) await Counted.parseAsync({ age }).catch(() => {});
      expect(() => traceSchema(throwing, { record, name: "Broken" }).parse("x")).toThrow(RangeError);
      await expect(async () => traceSchema(throwing, { record, name: "Broken" }).parseAsync("x")).rejects.toThrow(
        RangeError,
      );
      expect(await rig.points()).toEqual([
        `${POINT} Age parseAsync invalid = 2`,
        `${POINT} Age parseAsync valid = 1`,
        `${POINT} Age safeParse invalid = 1`,
        `${POINT} Age safeParse valid = 2`,
        `${POINT} Broken parse error = 1`,
        `${POINT} Broken parseAsync error = 1`,
      ]);
      const spans = { all: 8, failure: 6 - 1, metrics: 0 }[record];
      expect(traces.spans).toHaveLength(spans);
    },
  );

  it("does not make the issues of a failure that nobody looks at", async () => {
    traces = new Traces();
    metrics.setGlobalMeterProvider(rig.provider);
    const error = jest.fn(() => "wrong");
    const result = traceSchema(z.number({ error }), { record: "metrics", name: "Age" }).safeParse("x");
    expect(error).not.toHaveBeenCalled();
    expect(result.error?.issues[0]?.message).toBe("wrong");
    expect(await rig.points()).toEqual([`${POINT} Age safeParse invalid = 1`]);
  });

  it("is made once, at the first validation, and again for the provider that takes another's place", async () => {
    traces = new Traces();
    const Counted = traceSchema(Age, { record: "metrics", name: "Age" });
    Counted.safeParse({ age: 1 });
    const getMeter = jest.spyOn(rig.provider, "getMeter");
    metrics.setGlobalMeterProvider(rig.provider);
    expect(getMeter).not.toHaveBeenCalled();
    for (let n = 0; n < 3; n++) Counted.safeParse({ age: 1 });
    expect(getMeter.mock.calls).toEqual([["spandrel", expect.any(String), undefined]]);
    const second = makeProvider();
    metrics.disable();
    metrics.setGlobalMeterProvider(second.provider);
    Counted.safeParse({ age: 1 });
    expect(await rig.points()).toEqual([`${POINT} Age safeParse valid = 3`]);
    expect(await second.points()).toEqual([`${POINT} Age safeParse valid = 1`]);
    await second.provider.shutdown();
  });

  it("stands still while telemetry is off, and so does everything else", async () => {
    traces = new Traces({ isEnabled: false });
    metrics.setGlobalMeterProvider(rig.provider);
    for (const record of ["all", "failure", "metrics"] as const) {
      expect(traceSchema(Age, { record }).safeParse({ age: "x" }).success).toBe(false);
    }
    expect(await rig.points()).toEqual([]);
    expect(traces.spans).toEqual([]);
  });

  it.each(["getMeter", "createCounter", "add"])(
    "is given up where a provider throws in %s, and nobody notices but the log",
    (method) => {
      traces = new Traces();
      const throwingMethod = (): never => {
        throw new Error("no metrics");
      };
      const meter = {
        createCounter: method === "createCounter" ? throwingMethod : () => ({ add: throwingMethod }),
      } as unknown as Meter;
      metrics.setGlobalMeterProvider({ getMeter: method === "getMeter" ? throwingMethod : () => meter });
      const Counted = traceSchema(Age, { name: "Age" });
      for (let n = 0; n < 2; n++) expect(Counted.parse({ age: 36 })).toEqual({ age: 36 });
      expect(traces.spans.map(({ attributes }) => attributes["spandrel.validation.outcome"])).toEqual([
        "valid",
        "valid",
      ]);
      expect(containedFaults()).toEqual(
        method === "add" ? { SPANDREL_VALIDATION_UNRECORDED: 2 } : { SPANDREL_METRICS: 1 },
      );
    },
  );
});
