import { trace } from "@opentelemetry/api";
import * as z from "zod";
import * as three from "zod/v3";

import { type TelemetryOptions, propagateAttributes, traced } from "../../lib/index.js";
import { traceSchema } from "../../lib/zod/index.js";
import { Traces } from "../support/traces.js";
import { content, eventsOf, everything, failure, validation } from "./validations.js";

let traces: Traces | undefined;
const start = (options: TelemetryOptions = {}): Traces => (traces = new Traces(options));
afterEach(async () => {
  expect(traces?.faults).toEqual({});
  await traces?.telemetry.shutdown();
});

const input = (span: string, all: Traces): unknown => all.attributes(span)["traceloop.entity.input"];

describe("content that is switched off", () => {
  const User = z
    .object({
      name: z.string(),
      get friends() {
        return z.array(User);
      },
      ages: z.record(z.string(), z.number()),
      home: z.tuple([z.object({ street: z.string() })], z.object({ door: z.string() })).optional(),
      rooms: z.array(z.object({ floor: z.string() })).optional(),
      pet: z.discriminatedUnion("kind", [z.object({ kind: z.literal("cat"), lives: z.string() })]).optional(),
      made: z
        .object({ from: z.string() })
        .transform(() => 1)
        .optional(),
      place: z
        .intersection(
          z.object({ city: z.string() }),
          z.lazy(() => z.object({ land: z.string() })),
        )
        .optional(),
      size: z
        .unknown()
        .pipe(z.object({ wide: z.string() }))
        .optional(),
      seats: z.map(z.string(), z.object({ row: z.string() })).optional(),
    })
    .catchall(z.object({ extra: z.string() }));
  const Traced = traceSchema(User, { name: "User" });
  const WRONG = {
    name: 1,
    friends: [{ name: 2, friends: [], ages: { maya: "x" } }],
    ages: { noah: "x" },
    home: [{ street: 1 }, { door: 1 }],
    rooms: [{ floor: 1 }],
    pet: { kind: "cat", lives: 1 },
    made: { from: 1 },
    place: { city: 1, land: 1 },
    size: { wide: 1 },
    seats: new Map([["ada", { row: 1 }]]),
    unknown: { extra: 1 },
  };
  const told = failure("User", "safeParse", [
    ["name", "invalid_type"],
    ["friends.0.name", "invalid_type"],
    ["friends.0.ages.*", "invalid_type"],
    ["ages.*", "invalid_type"],
    ["home.1.door", "invalid_type"],
    ["home.0.street", "invalid_type"],
    ["rooms.0.floor", "invalid_type"],
    ["pet.lives", "invalid_type"],
    ["made.from", "invalid_type"],
    ["place.city", "invalid_type"],
    ["place.land", "invalid_type"],
    ["size.wide", "invalid_type"],
    ["seats.*.row", "invalid_type"],
    ["*.extra", "invalid_type"],
  ]);

  it.each<[string, TelemetryOptions, (run: () => void) => void]>([
    ["for all", { captureContent: false }, (run) => run()],
    ["in a scope", {}, (run) => propagateAttributes({ captureContent: false }, run)],
  ])("%s leaves codes, places and outcomes, and no word of the value", (_where, options, around) => {
    const all = start(options);
    around(() => void Traced.safeParse(WRONG));
    around(() => void Traced.safeParse({ name: "Ada", friends: [], ages: {} }));
    expect(all.tree(everything)).toEqual([
      validation("User", "safeParse", "invalid", {}, [told]),
      validation("User", "safeParse", "valid"),
    ]);
  });

  it("leaves the same in a note of a failure", () => {
    const all = start({ captureContent: false });
    traceSchema(Traced, { record: "failure" }).safeParse(WRONG);
    traced("caller", () => traceSchema(Traced, { record: "failure" }).safeParse(WRONG))();
    expect(all.spans.map(eventsOf)).toEqual([[told], [told]]);
  });

  it("knows the properties that zod 3 declares", () => {
    const all = start({ captureContent: false });
    const shape = {
      name: three.string(),
      list: three.array(three.object({ inner: three.string() })).optional(),
      done: three.object({ deep: three.string() }).refine(() => true),
      late: three.lazy(() => three.object({ later: three.string() })),
      ages: three.record(three.number()),
    };
    traceSchema(three.object(shape), { name: "User" }).safeParse({
      list: [{}],
      done: {},
      late: {},
      ages: { noah: "x" },
    });
    expect(eventsOf(all.span("validate User"))).toEqual([
      failure(
        "User",
        "safeParse",
        ["name", "list.0.inner", "done.deep", "late.later", "ages.*"].map((path) => [path, "invalid_type"]),
      ),
    ]);
  });

  it("runs no default of the schema to know its properties", () => {
    const all = start({ captureContent: false });
    const next = jest.fn(() => "x");
    const schema = traceSchema(z.object({ name: z.string().default(next), age: z.number() }), { name: "User" });
    schema.safeParse({ name: "Ada" });
    expect(eventsOf(all.span("validate User"))).toEqual([failure("User", "safeParse", [["age", "invalid_type"]])]);
    expect(next).not.toHaveBeenCalled();
  });
});

describe("content that is on", () => {
  it("passes through redaction as any other", () => {
    const all = start();
    traceSchema(z.object({ password: z.string() }), { name: "Login" }).parse({ password: "hunter2" });
    traceSchema(z.record(z.string(), z.number()), { name: "Ages" }).safeParse({
      "Bearer abcdefghijklmnop0123456789": "x",
    });
    const text = JSON.stringify(all.spans.map(everything));
    expect(text).toContain('{\\"data\\":{\\"password\\":\\"[redacted]\\"}}');
    expect(text).not.toMatch(/hunter2|abcdefghijklmnop/);
  });

  it("is what was given, even where a preprocessing step writes into it", () => {
    const all = start();
    const Filled = z.preprocess((given) => Object.assign(given as object, { age: 36 }), z.object({ age: z.number() }));
    traceSchema(Filled, { name: "Filled" }).parse({ when: new Date(0), deep: [{ list: [null] }] });
    expect(all.tree(everything)).toEqual([
      validation("Filled", "parse", "valid", content({ when: new Date(0), deep: [{ list: [null] }] }, { age: 36 })),
    ]);
  });

  it.each<[string, (count: () => number) => object]>([
    [
      "a getter",
      (count) => ({
        get reads() {
          return count();
        },
      }),
    ],
    [
      "a getter deep inside",
      (count) => ({
        reads: 0,
        list: [
          {
            get reads() {
              return count();
            },
          },
        ],
      }),
    ],
    ["a proxy", (count) => new Proxy({ reads: 0 }, { get: (_, key) => (key === "reads" ? count() : undefined) })],
    ["toJSON", (count) => ({ toJSON: () => count(), reads: 0 })],
    ["a hidden toJSON", (count) => Object.defineProperty({ reads: 0 }, "toJSON", { value: () => count() })],
    [
      "an instance",
      (count) =>
        new (class {
          constructor() {
            Object.defineProperty(this, "reads", { enumerable: true, get: () => count() });
          }
        })(),
    ],
    ["a getter on a list", (count) => Object.defineProperty([0], 0, { enumerable: true, get: () => count() })],
    [
      "a function's name",
      (count) => ({ reads: 0, run: Object.defineProperty(() => {}, "name", { get: () => String(count()) }) }),
    ],
  ])("is read after the schema has read it, where reading runs code: %s", (_kind, make) => {
    const all = start();
    let reads = 0;
    const atValidation: number[] = [];
    const Read = traceSchema(
      z.unknown().refine(() => atValidation.push(reads)),
      { name: "Read" },
    );
    Read.parse(make(() => ++reads));
    expect(atValidation).toEqual([0]);
    expect(reads).toBeGreaterThan(0);
    expect(input("validate Read", all)).toEqual(expect.any(String));
  });

  it("is bounded, and shows values that JSON has no form for", () => {
    const all = start({ capture: { maxItems: 2 } });
    const cycle: Record<string, unknown> = { size: 1n };
    cycle["self"] = cycle;
    traceSchema(z.unknown(), { name: "Odd" }).parse(cycle);
    traceSchema(z.unknown(), { name: "Long" }).parse(Array.from({ length: 6000 }, (_, at) => at));
    traceSchema(z.unknown(), { name: "None" }).parse(undefined);
    expect(input("validate Odd", all)).toBe('{"data":{"size":"1n","self":"[Circular ~.data]"}}');
    expect(input("validate Long", all)).toBe('{"data":[0,1,"[cut: 5998 more items]"]}');
    expect(all.attributes("validate None")).toMatchObject({ "traceloop.entity.input": "{}" });
    expect(Object.keys(all.attributes("validate None"))).not.toContain("traceloop.entity.output");
  });

  it("is not looked at where the trace is left out, and the span is still the parent of what is below", () => {
    const all = start();
    let reads = 0;
    const given = {
      get name() {
        reads++;
        return "Ada";
      },
    };
    const seen: unknown[] = [];
    const schema = z.object({ name: z.string().refine(() => seen.push(trace.getActiveSpan()?.isRecording())) });
    const User = traceSchema(schema, { name: "User" });
    const run = traced({ name: "left out", sampleRate: 0 }, () => User.parse(given));
    expect(run()).toEqual({ name: "Ada" });
    const once = reads;
    schema.parse(given);
    expect({ reads, seen, spans: all.spans }).toEqual({ reads: 2 * once, seen: [false, undefined], spans: [] });
  });
});
