import * as z from "zod";
import * as mini from "zod/mini";
import * as three from "zod/v3";

import { InvalidOptionError } from "../../lib/index.js";
import { resetLog } from "../../lib/internal/index.js";
import { traceSchema } from "../../lib/zod/index.js";
import { useTraces } from "../support/traces.js";
import { type AnySchema, FLAVOURS } from "./flavours.js";

afterEach(() => expect(run.current.faults).toEqual({}));
const run = useTraces();

/** What the spans are called that a call makes. */
function spansOf(call: () => unknown): string[] {
  run.current.reset();
  call();
  return run.current.spans.map(({ name }) => name);
}

describe("a traced schema", () => {
  it.each(
    Object.entries(FLAVOURS).flatMap(([flavour, schemas]) =>
      Object.entries(schemas).map(([name, schema]) => [flavour, name, schema] as const),
    ),
  )(
    "%s %s: is of the plain one's classes, has its definition and methods, and leaves it alone",
    (_flavour, _name, schema) => {
      const before = Object.getOwnPropertyDescriptors(schema);
      const copy = traceSchema(schema);
      expect(copy).not.toBe(schema);
      const after = Object.getOwnPropertyDescriptors(schema);
      // zod 4 lays a method of its class down on a schema when it is read for the first time.
      const laidDown = Object.keys(after).filter((key) => !(key in before));
      expect(laidDown.filter((key) => !(key in (Object.getPrototypeOf(schema) as object)))).toEqual([]);
      for (const key of laidDown) Reflect.deleteProperty(after, key);
      expect(after).toEqual(before);
      expect(Object.getPrototypeOf(copy)).toBe(Object.getPrototypeOf(schema));
      expect(Reflect.get(copy, "_def")).toBe(Reflect.get(schema, "_def"));
      for (const key of [...Object.keys(schema), ...Object.getOwnPropertyNames(Object.getPrototypeOf(schema))]) {
        expect([key, typeof Reflect.get(copy, key)]).toEqual([key, typeof Reflect.get(schema, key)]);
      }
      expect(spansOf(() => schema.safeParse(1))).toEqual([]);
      expect(spansOf(() => copy.safeParse(1))).toHaveLength(1);
    },
  );

  it("is instanceof what the plain one is", () => {
    expect(traceSchema(z.object({}))).toBeInstanceOf(z.ZodObject);
    expect(traceSchema(z.string())).toBeInstanceOf(z.core.$ZodString);
    expect(traceSchema(z.string())).not.toBeInstanceOf(z.ZodObject);
    expect(traceSchema(mini.object({}))).toBeInstanceOf(mini.ZodMiniObject);
    expect(traceSchema(three.object({}))).toBeInstanceOf(three.ZodObject);
  });

  it("has methods that look as they did, work on their own, and are one where they were one", () => {
    const plain = z.string();
    const { parse, safeParseAsync, spa } = traceSchema(plain, { name: "Text" });
    expect([parse.name, parse.length]).toEqual([plain.parse.name, plain.parse.length]);
    expect(["a", "b"].map((text) => parse(text))).toEqual(["a", "b"]);
    expect(run.current.spans.map(({ name }) => name)).toEqual(["validate Text", "validate Text"]);
    expect(spa).toBe(safeParseAsync);
  });

  it("hands on what else a method is given", () => {
    const error = (): string => "wrong";
    expect(traceSchema(z.string()).safeParse(1, { error }).error?.issues).toMatchObject([{ message: "wrong" }]);
    expect(traceSchema(three.string()).safeParse(1, { path: ["a"] }).error?.issues).toMatchObject([{ path: ["a"] }]);
  });

  it("asks whether it is optional without making a span of it", () => {
    const schemas = [z.string().optional(), z.string().nullable(), z.string(), three.string().optional()];
    const ask = (): unknown[] =>
      schemas.map((schema) => {
        const traced = traceSchema<AnySchema>(schema);
        return ["isOptional", "isNullable"].map((key) => (Reflect.get(traced, key) as () => boolean)());
      });
    expect(
      spansOf(() =>
        expect(ask()).toEqual([
          [true, false],
          [false, true],
          [false, false],
          [true, false],
        ]),
      ),
    ).toEqual([]);
  });

  it("has its metadata, by method and by registry", () => {
    const registry = z.registry<{ team: string }>();
    const plain = z
      .object({ name: z.string() })
      .register(registry, { team: "desk" })
      .meta({ title: "User", description: "Who asks" });
    const copy = traceSchema(plain);
    expect(copy.description).toBe("Who asks");
    expect(copy.meta()).toEqual({ title: "User", description: "Who asks" });
    expect(z.globalRegistry.get(copy)).toEqual(z.globalRegistry.get(plain));
    expect(registry.get(traceSchema(z.string().register(registry, { team: "mine" })))).toEqual({ team: "mine" });
    expect(traceSchema(three.string().describe("Who asks")).description).toBe("Who asks");
  });

  it("can be given metadata, a brand or a function to apply, and stays itself", () => {
    const registry = z.registry<{ team: string }>();
    const copy = traceSchema(z.string(), { name: "Text" });
    expect(copy.brand<"Text">()).toBe(copy);
    expect(copy.register(registry, { team: "desk" })).toBe(copy);
    expect(registry.get(copy)).toEqual({ team: "desk" });
    expect(copy.apply((schema) => schema)).toBe(copy);
  });

  it("keeps what somebody has put on the schema, by hand or by a class of their own", () => {
    const plain = Object.assign(z.string(), { label: "of mine" });
    expect(traceSchema(plain).label).toBe("of mine");
    const owner = Symbol("owner");
    const marked = Object.defineProperty(three.string(), owner, { value: "mine" });
    expect(Reflect.get(traceSchema(marked), owner)).toBe("mine");
  });

  it("can be made of a frozen schema", () => {
    const copy = traceSchema(Object.freeze(three.string()), { name: "Text" });
    expect(spansOf(() => copy.parse("x"))).toEqual(["validate Text"]);
  });

  it("is told of nothing that is put on the plain one later but its methods", () => {
    const plain = z.string();
    const copy = traceSchema(plain, { name: "Text" });
    plain.parse = () => "mine";
    expect(copy.parse("x")).toBe("mine");
  });
});

describe("a schema traced twice", () => {
  const schemas: [string, AnySchema][] = Object.entries(FLAVOURS).map(([flavour, { object }]) => [
    flavour,
    object as AnySchema,
  ]);

  it.each(schemas)("of %s is the same with the same options, and makes one span", (_flavour, schema) => {
    const once = traceSchema(schema, { name: "User" });
    expect(traceSchema(once)).toBe(once);
    expect(traceSchema(once, { name: "User", record: "all" })).toBe(once);
    expect(spansOf(() => traceSchema(once).parse({ name: "Ada" }))).toEqual(["validate User"]);
  });

  it.each(schemas)(
    "of %s has the options of the last time, and those of before where it has none",
    (_flavour, schema) => {
      const once = traceSchema(schema, { name: "User" });
      const quiet = traceSchema(once, { record: "metrics" });
      expect(spansOf(() => quiet.parse({ name: "Ada" }))).toEqual([]);
      expect(spansOf(() => traceSchema(quiet, { name: "Person" }).parse({ name: "Ada" }))).toEqual([]);
      expect(spansOf(() => once.parse({ name: "Ada" }))).toEqual(["validate User"]);
      expect(spansOf(() => traceSchema(quiet, { record: "all" }).parse({ name: "Ada" }))).toEqual(["validate User"]);
      expect(spansOf(() => traceSchema(once, { name: "Person" }).parse({ name: "Ada" }))).toEqual(["validate Person"]);
    },
  );
});

describe("the name of a schema", () => {
  const nameOf = (schema: AnySchema): string | undefined => spansOf(() => schema.safeParse(1))[0];

  it("is its title, its id, or what kind of schema it is", () => {
    expect(nameOf(traceSchema(z.string().meta({ title: "Title", id: "name-1" })))).toBe("validate Title");
    expect(nameOf(traceSchema(z.string().meta({ title: "", id: "name-2" })))).toBe("validate name-2");
    expect(nameOf(traceSchema(z.string().describe("A text")))).toBe("validate string");
    expect(nameOf(traceSchema(z.looseObject({})))).toBe("validate object");
    expect(nameOf(traceSchema(mini.string().register(z.globalRegistry, { title: "Mini" })))).toBe("validate Mini");
    expect(nameOf(traceSchema(mini.string()))).toBe("validate string");
    expect(nameOf(traceSchema(three.discriminatedUnion("a", [three.object({ a: three.literal(1) })])))).toBe(
      "validate discriminatedUnion",
    );
  });

  it("is the kind where the metadata cannot be read", () => {
    const hostile = {
      get title() {
        throw new Error("hostile");
      },
    };
    const schema = z.string();
    schema.meta = (() => hostile) as never;
    expect(nameOf(traceSchema(schema))).toBe("validate string");
  });
});

describe("what cannot be traced", () => {
  const thrown = (...args: unknown[]): unknown => {
    try {
      return (traceSchema as (...args: unknown[]) => unknown)(...args);
    } catch (error) {
      return error instanceof InvalidOptionError ? [error.option, error.message] : error;
    }
  };

  it.each<[string, unknown[], string, string]>([
    ["no schema", [undefined], "traceSchema schema", "a schema of zod or zod/mini, got undefined"],
    ["a text", ["sk-1"], "traceSchema schema", 'a schema of zod or zod/mini, got "…" (string)'],
    [
      "something that parses",
      [{ parse: JSON.parse, safeParse: JSON.parse }],
      "traceSchema schema",
      "a schema of zod or zod/mini, got an object",
    ],
    [
      "a schema without methods",
      [new z.core.$ZodString({ type: "string" })],
      "traceSchema schema",
      "a schema of zod or zod/mini, got an object",
    ],
    [
      "an unknown option",
      [z.string(), { recrod: "all" }],
      "traceSchema recrod",
      'one of record, name, got "all" (string)',
    ],
    [
      "a record of its own",
      [z.string(), { record: "none" }],
      "traceSchema record",
      'all, failure, metrics, got "none" (string)',
    ],
    ["an empty name", [z.string(), { name: "" }], "traceSchema name", 'a non-empty string, got "" (string)'],
    ["a name that is none", [z.string(), { name: 1 }], "traceSchema name", "a non-empty string, got 1 (number)"],
    ["options that are none", [z.string(), "all"], "traceSchema options", 'an object, got "all" (string)'],
    ["null for options", [z.string(), null], "traceSchema options", "an object, got null"],
    ["a list of options", [z.string(), []], "traceSchema options", "an object, got an array"],
  ])("is %s", (_what, args, option, message) => {
    expect(thrown(...args)).toEqual([option, `SPANDREL_INVALID_OPTION: expected ${option} to be ${message}`]);
  });

  it("is a schema that cannot be copied: it stays as it is, and that is said", () => {
    const schema = z.string();
    schema.clone = () => {
      throw new Error("no copies");
    };
    expect(traceSchema(schema, { name: "Text" })).toBe(schema);
    expect(run.current.lines).toEqual([
      'spandrel: SPANDREL_SCHEMA_NOT_TRACED: tracing the schema "Text" failed and was contained: Error: no copies\n',
    ]);
    expect(run.current.faults).toEqual({ SPANDREL_SCHEMA_NOT_TRACED: 1 });
    resetLog();
  });
});
