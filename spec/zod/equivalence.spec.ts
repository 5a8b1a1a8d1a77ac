import { metrics } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { inspect } from "node:util";
import fc from "fast-check";
import * as z from "zod";

import { containedFaults, resetLog } from "../../lib/internal/index.js";
import { type SchemaRecord, traceSchema } from "../../lib/zod/index.js";
import { expectSame } from "../support/expect-same.js";
import { Traces } from "../support/traces.js";
import { type AnySchema, FLAVOURS } from "./flavours.js";

const METHODS = ["parse", "safeParse", "parseAsync", "safeParseAsync", "spa", "decode", "safeDecodeAsync", "encode"];
/** One of each kind, where a value costs more to make and to compare. */
const FEW_METHODS = ["parse", "safeParse", "safeParseAsync"];
const RECORDS: readonly SchemaRecord[] = ["all", "failure", "metrics"];

const thrower = (): never => {
  throw new Error("hostile");
};

/** Values that zod may accept, or not, made anew for each reader: some change when they are read. */
const plain = fc.oneof(
  fc.jsonValue(),
  fc.string(),
  fc.date(),
  fc.record(
    { name: fc.oneof(fc.string(), fc.integer()), age: fc.oneof(fc.integer(), fc.string()) },
    { requiredKeys: [] },
  ),
  fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string())),
);
const hostile: readonly (() => unknown)[] = [
  () => ({
    name: "Ada",
    age: 36,
    get note() {
      return thrower();
    },
  }),
  () => ({
    get name() {
      return thrower();
    },
  }),
  () => {
    let reads = 0;
    return {
      get name() {
        return `read ${++reads}`;
      },
      age: 36,
    };
  },
  () => {
    let reads = 0;
    return new Proxy({}, { get: (_, key) => (key === "name" ? `read ${++reads}` : undefined) });
  },
  () => new Proxy({ name: "Ada" }, { ownKeys: thrower, getOwnPropertyDescriptor: thrower, getPrototypeOf: thrower }),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  () => {
    const cycle: Record<string, unknown> = { name: "Ada" };
    cycle["self"] = cycle;
    return cycle;
  },
  () => ({ name: "Ada", toJSON: thrower }),
  () => ({ name: "A".repeat(70_000), tags: Array.from({ length: 2000 }, () => "tag") }),
  () => new Map([["name", "Ada"]]),
  () => Object.freeze({ name: "Ada", age: 36 }),
  () => thrower,
  () => Promise.resolve("Ada"),
  () => Symbol("Ada"),
  () => 36n,
];

const ITSELF = "the very value that was given";

/** Everything a caller can find out, except the stack. What is given back unchanged may not bear to be compared. */
function lookAt(returned: unknown, input: unknown): unknown {
  if (returned === input) return ITSELF;
  if (typeof returned !== "object" || returned === null || !("success" in returned)) return returned;
  const data: unknown = Reflect.get(returned, "data");
  const error = lookAtError(() => Reflect.get(returned, "error"));
  return { keys: Object.keys(returned), success: returned.success, data: data === input ? ITSELF : data, error };
}

function lookAtError(read: () => unknown): unknown {
  try {
    const error = read();
    if (typeof error !== "object" || error === null) return error;
    const { name, message, issues } = error as Record<string, unknown>;
    return { prototype: Object.getPrototypeOf(error) as unknown, name, message, issues: JSON.stringify(issues) };
  } catch (thrown) {
    return { thrown: String(thrown) };
  }
}

async function outcomeOf(schema: AnySchema, method: string, input: unknown): Promise<Record<string, unknown>> {
  let returned: unknown;
  try {
    returned = (Reflect.get(schema, method) as (data: unknown) => unknown)(input);
  } catch (error) {
    return { threw: lookAtError(() => error) };
  }
  if (!method.endsWith("Async") && method !== "spa") return { gave: lookAt(returned, input) };
  const isPromise = returned instanceof Promise;
  try {
    return { isPromise, gave: lookAt(await returned, input) };
  } catch (error) {
    return { isPromise, rejected: lookAtError(() => error) };
  }
}

async function expectEqual(
  schema: AnySchema,
  traced: AnySchema,
  methods: readonly string[],
  make: () => unknown,
  where: string,
): Promise<void> {
  for (const method of methods) {
    if (!(method in schema)) continue;
    const expected = await outcomeOf(schema, method, make());
    expectSame(await outcomeOf(traced, method, make()), expected, `${where}.${method}`);
  }
}

/** An error map of the user's that throws meets whoever reads the issues. */
const spoilt = z.string({ error: thrower });
const SCHEMAS = Object.entries({ ...FLAVOURS, zod: { ...FLAVOURS.zod, spoilt } });

describe.each(RECORDS)("a schema traced with record %s", (record) => {
  let traces: Traces;
  const provider = new MeterProvider();
  beforeAll(() => {
    metrics.setGlobalMeterProvider(provider);
    traces = new Traces();
  });
  afterAll(async () => {
    metrics.disable();
    await traces.telemetry.shutdown();
  });
  afterEach(() => {
    // To make an issue zod may look at the value once more, or ask the user's error map, and these may throw.
    expect(Object.keys(containedFaults()).filter((code) => code !== "SPANDREL_ISSUES_UNREADABLE")).toEqual([]);
    expect(traces.spans.length > 40).toBe(record !== "metrics");
    resetLog();
    traces.reset();
  });

  describe.each(SCHEMAS)("%s", (flavour, schemas) => {
    const pairs = Object.entries(schemas).map(
      ([name, schema]) => [name, schema, traceSchema(schema, { record })] as const,
    );

    it("gives and throws what the plain one does, for any value", async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...pairs), plain, async ([name, schema, traced], input) => {
          const before = inspect(input, { depth: null });
          await expectEqual(schema, traced, METHODS, () => input, `${flavour} ${name}`);
          expect(inspect(input, { depth: null })).toBe(before);
        }),
        { numRuns: 30 },
      );
    });

    it("gives and throws what the plain one does, for hostile values", async () => {
      for (const [name, schema, traced] of pairs) {
        for (const [at, make] of hostile.entries()) {
          await expectEqual(schema, traced, FEW_METHODS, make, `${flavour} ${name} of hostile value ${at}`);
        }
      }
    });
  });
});
