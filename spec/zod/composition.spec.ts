import * as z from "zod";
import * as mini from "zod/mini";
import * as three from "zod/v3";

import { createResponseSchema } from "../../lib/response-schema/index.js";
import { traceSchema } from "../../lib/zod/index.js";
import { RIGHT, MESSAGES, WRONG, answersIn, useRig } from "../instructor/extraction-rig.js";
import { expectSame } from "../support/expect-same.js";
import { Traces } from "../support/traces.js";
import { eventsOf } from "./validations.js";

let traces: Traces;
beforeEach(() => void (traces = new Traces()));
afterEach(async () => {
  expect(traces.faults).toEqual({});
  await traces.telemetry.shutdown();
});

interface Tree {
  name: string;
  kids: Tree[];
}
const Tree = z.object({
  name: z.string(),
  get kids() {
    return z.array(Tree);
  },
});

/** Schemas whose form in others, and as JSON, has something to lose. */
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  object: z.object({ a: z.string(), b: z.number().optional() }),
  described: z.object({ a: z.string().describe("first") }).meta({ title: "Pair", description: "two" }),
  identified: z.object({ a: z.string() }).meta({ id: "Identified" }),
  optional: z.string().optional(),
  default: z.string().default("none"),
  catch: z.string().catch("none"),
  readonly: z.object({ a: z.string() }).readonly(),
  list: z.array(z.string()).min(1),
  tuple: z.tuple([z.string()], z.number()),
  union: z.union([z.string(), z.object({ a: z.literal(1) })]),
  told: z.discriminatedUnion("kind", [z.object({ kind: z.literal("a") }), z.object({ kind: z.literal("b") })]),
  record: z.record(z.string(), z.number()),
  enum: z.enum(["a", "b"]),
  pipe: z.string().transform((text) => text.length),
  preprocess: z.preprocess((value) => value, z.string()),
  lazy: z.lazy(() => z.string()),
  intersection: z.object({ a: z.string() }).and(z.object({ b: z.string() })),
  refined: z
    .string()
    .min(2)
    .max(9)
    .refine((text) => text !== "ab"),
  email: z.email(),
  tree: Tree,
  mini: mini.object({ a: mini.optional(mini.string()) }) as unknown as z.ZodType,
};
const VALUES: readonly unknown[] = [
  undefined,
  null,
  "a",
  "abc",
  1,
  ["a"],
  ["a", 1],
  {},
  { a: "x" },
  { a: 1 },
  { a: "x", b: "y" },
  { kind: "b" },
  { name: "x", kids: [{ name: "y", kids: [] }] },
  { name: "x", kids: [{ name: 1 }] },
  "a@b.example",
];

const OUTER: Readonly<Record<string, (inner: z.ZodType) => z.ZodType>> = {
  "a property": (inner) => z.object({ inner }),
  "a list": (inner) => z.array(inner),
  "a union": (inner) => z.union([inner, z.boolean()]),
  "an option": (inner) => z.optional(inner),
  "a default": (inner) => z._default(inner, "given"),
  "a record": (inner) => z.record(z.string(), inner),
  "a pipe": (inner) => z.pipe(inner, z.unknown()),
  "a lazy one": (inner) => z.lazy(() => inner),
};
const wrapped = (value: unknown): unknown[] => [value, { inner: value }, [value, value], { a: value }];

/** JSON Schema, with definitions in place of the references to them: where zod puts them is its own affair. */
function jsonOf(schema: z.ZodType): unknown {
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const unfold = (node: unknown, depth: number): unknown => {
    if (typeof node !== "object" || node === null) return node;
    if (depth === 0) return "…";
    if (Array.isArray(node)) return node.map((one) => unfold(one, depth - 1));
    const { $ref, $defs: _, $schema: _s, ...own } = node as Record<string, unknown>;
    if ($ref !== undefined) {
      const path = String($ref).split("/").slice(1);
      const found = path.reduce<unknown>((at, key) => Reflect.get(at as object, key), root);
      const { $ref: next, ...target } = { ...(found as Record<string, unknown>), ...own };
      return unfold(next === undefined ? target : { ...target, $ref: next }, depth);
    }
    return Object.fromEntries(Object.entries(own).map(([key, value]) => [key, unfold(value, depth - 1)]));
  };
  return unfold(root, 12);
}

describe.each(Object.entries(SCHEMAS))("a traced schema (%s)", (_name, schema) => {
  const traced = traceSchema(schema);

  it("is in others what the plain one is, and makes no span there", () => {
    for (const [outer, wrap] of Object.entries(OUTER)) {
      const [plain, own] = [wrap(schema), wrap(traced)];
      for (const value of VALUES.flatMap(wrapped)) {
        const [expected, actual] = [plain.safeParse(value), own.safeParse(value)];
        expectSame(
          [actual.data, actual.error?.issues],
          [expected.data, expected.error?.issues],
          `${outer}: ${JSON.stringify(value)}`,
        );
      }
      expect([outer, jsonOf(own)]).toEqual([outer, jsonOf(plain)]);
    }
    expect(traces.spans).toEqual([]);
  });

  it("has the plain one's JSON Schema, and is asked a model for as it is", () => {
    expect(jsonOf(traced)).toEqual(jsonOf(schema));
    const [own, plain] = [traced, schema].map((one) => createResponseSchema(one, { strict: false }));
    expect([own?.name, own?.description, own?.isWrapped]).toEqual([plain?.name, plain?.description, plain?.isWrapped]);
    if (schema !== Tree) expect(own?.jsonSchema).toEqual(plain?.jsonSchema);
  });
});

describe("what is made of a traced schema", () => {
  const User = traceSchema(z.object({ name: z.string() }).meta({ title: "User" }), { name: "User" });

  it("has its metadata where a derived schema has them, and is not traced", () => {
    const derived = [
      User.optional(),
      User.extend({ age: z.number() }),
      User.partial(),
      User.refine(() => true),
      User.describe("x"),
      User.clone(),
      User.array(),
      User.or(z.string()),
    ];
    for (const one of derived) one.safeParse({ name: "Ada", age: 36 });
    z.parse(User, { name: "Ada" });
    expect(traces.spans).toEqual([]);
    expect(User.describe("x").meta()).toEqual({ title: "User", description: "x" });
    expect(traceSchema(User.extend({ age: z.number() })).safeParse({ name: "Ada" }).error?.issues).toHaveLength(1);
    expect(traces.spans.map(({ name }) => name)).toEqual(["validate object"]);
  });

  it("is in zod 3 what the plain one would be", () => {
    const plain = three.object({ name: three.string() });
    const traced = traceSchema(plain);
    for (const make of [
      (one: typeof plain) => three.object({ one }),
      (one: typeof plain) => one.extend({ age: three.number() }),
      (one: typeof plain) => one.array(),
    ]) {
      for (const value of [{ one: { name: 1 } }, { name: "Ada", age: 36 }, [{ name: "Ada" }]]) {
        const [expected, actual] = [make(plain).safeParse(value), make(traced).safeParse(value)];
        expect([actual.data, actual.error?.issues]).toEqual([expected.data, expected.error?.issues]);
      }
    }
    expect(traces.spans).toEqual([]);
  });

  it("keeps what a schema validates by where it is not its definition that says so", () => {
    const plain = z.instanceof(Date);
    const issues = (schema: z.ZodType): unknown => z.object({ at: schema }).safeParse({ at: 1 }).error?.issues;
    expect(issues(traceSchema(plain))).toEqual(issues(plain));
  });
});

describe("a traced response model", () => {
  const rig = useRig();
  const Person = z.object({ name: z.string(), age: z.number() }).meta({ id: "Person" });
  const User = traceSchema(Person);
  const MODES = ["tools", "json_schema", "json", "md_json"] as const;

  it.each(MODES)("is asked for, validated and asked for again as the plain one, in mode %s", async (mode) => {
    const ask = { responseModel: User, messages: MESSAGES };
    const instructor = rig.instructor([answersIn(mode, WRONG, "Person"), answersIn(mode, RIGHT, "Person")], { mode });
    expect(await instructor.create(ask)).toEqual(JSON.parse(RIGHT));
    await rig.instructor([answersIn(mode, RIGHT, "Person")], { mode }).create({ ...ask, responseModel: Person });
    const [first, , plain] = rig.bodies;
    expect({ ...first, model: "gpt" }).toEqual({ ...plain, model: "gpt" });
    const names = traces.spans.map(({ name }) => name);
    expect(names).toEqual(["chat gpt", "chat gpt", "instructor.create", "chat gpt-2", "instructor.create"]);
    expect(
      traces.spans
        .slice(0, 3)
        .flatMap(eventsOf)
        .map((event) => event["spandrel.validation.paths"]),
    ).toEqual([["age"]]);
  });

  it("is streamed in parts", async () => {
    const instructor = rig.instructor([answersIn("tools", RIGHT, "Person")]);
    let last: unknown;
    for await (const partial of instructor.createPartial({ responseModel: User, messages: MESSAGES })) last = partial;
    expect(last).toEqual(JSON.parse(RIGHT));
    const list = rig.instructor([answersIn("tools", `{"items":[${RIGHT}]}`)]);
    const items: unknown[] = [];
    for await (const item of list.createIterable({ responseModel: User, messages: MESSAGES })) items.push(item);
    expect(items).toEqual([JSON.parse(RIGHT)]);
  });
});
