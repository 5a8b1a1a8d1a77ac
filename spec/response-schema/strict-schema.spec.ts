import * as z from "zod";
import * as mini from "zod/mini";
import { $ZodObject, $ZodString } from "zod/v4/core";
import type { $ZodType } from "zod/v4/core";

import { SchemaError } from "../../lib/errors.js";
import { createResponseSchema } from "../../lib/response-schema/response-schema.js";
import { findStrictViolations } from "../support/strict-rules.js";

const closed = (properties: Record<string, unknown>, more: object = {}): object => ({
  type: "object",
  ...more,
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const string = { type: "string" };
const nullableString = { type: ["string", "null"] };

/** The wire schema of a property `x`, which every row below puts into an object. */
function wireOf(schema: $ZodType): unknown {
  const { jsonSchema } = createResponseSchema(z.object({ x: schema as z.ZodType }), { strict: true });
  expect(findStrictViolations(jsonSchema)).toEqual([]);
  return jsonSchema.properties?.["x"];
}

const Tree = z.object({
  label: z.string(),
  get children() {
    return z.array(Tree);
  },
  get parent() {
    return Tree.optional().describe("Where it hangs");
  },
});

describe("the strict schema of", () => {
  it.each<[string, $ZodType, unknown]>([
    ["a string", z.string(), string],
    ["an optional", z.string().optional(), nullableString],
    ["a nullable", z.string().nullable(), nullableString],
    ["a nullish", z.string().nullish(), nullableString],
    ["an exactOptional", z.exactOptional(z.string()), nullableString],
    ["a default", z.number().default(3), { type: ["number", "null"] }],
    ["a prefault", z.string().prefault("q"), nullableString],
    ["a nonoptional", z.string().optional().nonoptional(), string],
    ["a catch", z.string().catch("x"), string],
    ["a readonly", z.string().readonly(), string],
    ["a brand", z.string().brand("Name"), string],
    ["a transform", z.string().transform((text) => text.length), string],
    ["a preprocess", z.preprocess((value) => value, z.string()), string],
    ["a pipe", z.string().pipe(z.coerce.number()), string],
    ["a lazy", z.lazy(() => z.string()), string],
    ["a promise", z.promise(z.string()), string],
    ["a described optional", z.string().optional().describe("Who"), { ...nullableString, description: "Who" }],
    ["a title", z.string().meta({ title: "T", examples: ["e"] }), { type: "string", title: "T" }],
    ["a null", z.null(), { type: "null" }],
    ["an integer", z.int(), { type: "integer" }],
    ["a 32-bit integer", z.int32(), { type: "integer", minimum: -2147483648, maximum: 2147483647 }],
    ["a literal", z.literal("a"), { type: "string", enum: ["a"] }],
    ["a null literal", z.literal(null), { type: "null" }],
    ["literals", z.literal(["a", 1, null]), { type: ["string", "number", "null"], enum: ["a", 1, null] }],
    ["an enum", z.enum(["a", "b"]), { type: "string", enum: ["a", "b"] }],
    ["an optional enum", z.enum(["a"]).optional(), { type: ["string", "null"], enum: ["a", null] }],
    ["a mixed enum", z.enum({ A: 1, B: "x" }), { type: ["number", "string"], enum: [1, "x"] }],
    [
      "a union",
      z.union([z.string().max(3), z.boolean()]),
      { anyOf: [{ type: "string", description: "at most 3 characters" }, { type: "boolean" }] },
    ],
    [
      "a union of types, optional",
      z.union([z.string(), z.number()]).optional(),
      { type: ["string", "number", "null"] },
    ],
    ["a union with never", z.union([z.string(), z.never()]), { anyOf: [string] }],
    ["an exclusive union", z.xor([z.string(), z.number()]), { anyOf: [string, { type: "number" }] }],
    [
      "an optional union",
      z.union([z.enum(["a"]), z.number().min(1)]).optional(),
      { anyOf: [{ type: "string", enum: ["a"] }, { type: "number", minimum: 1 }, { type: "null" }] },
    ],
    [
      "a discriminated union",
      z.discriminatedUnion("t", [z.object({ t: z.literal("a") }), z.object({ t: z.literal("b"), n: z.number() })]),
      {
        anyOf: [
          closed({ t: { type: "string", enum: ["a"] } }),
          closed({ t: { type: "string", enum: ["b"] }, n: { type: "number" } }),
        ],
      },
    ],
    [
      "an optional object",
      z.object({ a: z.string() }).optional().describe("It"),
      { anyOf: [closed({ a: string }, { description: "It" }), { type: "null" }] },
    ],
    [
      "a nested optional",
      z.object({ a: z.array(z.object({ b: z.string().optional() })) }),
      closed({ a: { type: "array", items: closed({ b: nullableString }) } }),
    ],
    ["a strict object", z.strictObject({ a: z.string() }), closed({ a: string })],
    ["a loose object", z.looseObject({ a: z.string() }), closed({ a: string })],
    ["a catchall", z.object({ a: z.string() }).catchall(z.number()), closed({ a: string })],
    ["an empty object", z.object({}), closed({})],
    [
      "a property that may only be missing",
      z.object({ a: z.string(), b: z.never().optional() }),
      closed({ a: string }),
    ],
    ["an array", z.array(z.string()).min(1).max(9), { type: "array", items: string, minItems: 1, maxItems: 9 }],
    [
      "an optional array",
      z.array(z.string()).optional(),
      { anyOf: [{ type: "array", items: string }, { type: "null" }] },
    ],
    [
      "a tuple of one kind",
      z.tuple([z.number(), z.number()]),
      { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 },
    ],
    [
      "a tuple",
      z.tuple([z.string(), z.number().optional()]),
      closed({ "0": string, "1": { type: ["number", "null"] } }),
    ],
    [
      "a tuple with a rest",
      z.tuple([z.string()], z.boolean()),
      closed({ "0": string, rest: { type: "array", items: { type: "boolean" } } }),
    ],
    ["an empty tuple", z.tuple([]), closed({})],
    ["a record of known keys", z.record(z.enum(["a", "b"]), z.string()), closed({ a: string, b: string })],
    ["a record of one key", z.record(z.literal("a"), z.string()), closed({ a: string })],
    [
      "a partial record",
      z.partialRecord(z.enum(["a", "b"]), z.string()),
      closed({ a: nullableString, b: nullableString }),
    ],
    ["a coerced date", z.coerce.date(), { type: "string", format: "date-time" }],
    ["a coerced bigint", z.coerce.bigint(), { type: "string", pattern: "^-?\\d+$" }],
    [
      "a codec",
      z.codec(z.iso.date(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() }),
      { type: "string", format: "date" },
    ],
    ["a custom schema that says what it is", z.custom<string>().meta({ type: "string" }), string],
    ["a template literal", z.templateLiteral(["v", z.int()]), { type: "string", pattern: "^v-?\\d+$" }],
  ])("%s", (_, schema, wire) => {
    expect(wireOf(schema)).toEqual(wire);
  });

  it.each<[string, $ZodType, unknown]>([
    [
      "lengths",
      z.string().min(3).max(1000),
      { type: "string", description: "at least 3 characters; at most 1000 characters" },
    ],
    [
      "one length",
      z.string().length(1).describe("Grade"),
      { type: "string", description: "Grade (exactly 1 character)" },
    ],
    [
      "bounds",
      z.number().min(1).lt(9).multipleOf(2),
      { type: "number", minimum: 1, exclusiveMaximum: 9, multipleOf: 2 },
    ],
    [
      "two divisors",
      z.number().multipleOf(2).multipleOf(3),
      { type: "number", multipleOf: 2, description: "a multiple of 3" },
    ],
    ["a pattern", z.string().regex(/^a+$/), { type: "string", pattern: "^a+$" }],
    [
      "two patterns",
      z.string().regex(/a/).endsWith("z"),
      { type: "string", pattern: "a", description: "matching /.*z$/" },
    ],
    ["a pattern with look-around", z.string().regex(/^(?!x)/), { type: "string", description: "matching /^(?!x)/" }],
    [
      "a pattern with a back-reference",
      z.string().regex(/(.)\1/),
      { type: "string", description: "matching /(.)\\1/" },
    ],
    ["an email", z.email(), { type: "string", format: "email" }],
    ["a time in UTC", z.iso.datetime(), { type: "string", format: "date-time", description: "in UTC, ending in Z" }],
    ["a time with its offset", z.iso.datetime({ offset: true }), { type: "string", format: "date-time" }],
    ["a format of JSON Schema's that is not supported", z.url(), { type: "string", description: "format uri" }],
    [
      "a keyword from meta",
      z.array(z.string()).meta({ uniqueItems: true, contains: { const: "a" } }),
      { type: "array", items: string, description: 'no item twice; contains: {"const":"a"}' },
    ],
    [
      "a property count from meta",
      z.object({ a: z.string() }).meta({ minProperties: 1, maxProperties: 2 }),
      closed({ a: string }, { description: "at least 1 property; at most 2 properties" }),
    ],
  ])("%s says in words what the wire cannot", (_, schema, wire) => {
    expect(wireOf(schema)).toEqual(wire);
  });

  it.each<[string, $ZodType, unknown]>([
    [
      "objects",
      z
        .object({ a: z.string(), c: z.object({ d: z.string() }) })
        .describe("One")
        .and(z.object({ b: z.string().optional(), c: z.object({ e: z.string() }).describe("Two") })),
      closed(
        { a: string, c: closed({ d: string, e: string }, { description: "Two" }), b: nullableString },
        { description: "One" },
      ),
    ],
    [
      "two described objects",
      z
        .object({ a: z.string() })
        .describe("One")
        .and(z.object({ b: z.string() }).describe("Two")),
      closed({ a: string, b: string }, { description: "One\nTwo" }),
    ],
    [
      "a property of both",
      z
        .object({ n: z.number().min(1).max(9) })
        .describe("One")
        .and(z.object({ n: z.int().min(2).max(5) })),
      closed({ n: { type: "integer", minimum: 2, maximum: 5 } }, { description: "One" }),
    ],
    [
      "an enum of both",
      z
        .object({ e: z.enum(["a", "b"]) })
        .describe("One")
        .and(z.object({ e: z.enum(["b", "c"]) })),
      closed({ e: { type: "string", enum: ["b"] } }, { description: "One" }),
    ],
    [
      "an array of both",
      z
        .object({ l: z.array(z.object({ a: z.string() })) })
        .describe("One")
        .and(z.object({ l: z.array(z.object({ b: z.string() })) })),
      closed({ l: { type: "array", items: closed({ a: string, b: string }) } }, { description: "One" }),
    ],
    [
      "an object and a union",
      z
        .object({ a: z.string() })
        .describe("One")
        .and(z.union([z.object({ b: z.string() }), z.object({ c: z.string() })])),
      { description: "One", anyOf: [closed({ a: string, b: string }), closed({ a: string, c: string })] },
    ],
    [
      "named objects",
      z
        .object({ a: z.string() })
        .meta({ id: "NamedA" })
        .and(z.object({ b: z.string() })),
      closed({ a: string, b: string }),
    ],
  ])("an intersection of %s is one object", (_, schema, wire) => {
    expect(wireOf(schema)).toEqual(wire);
  });

  it("a recursive object refers to the root", () => {
    expect(createResponseSchema(Tree, { strict: true }).jsonSchema).toEqual(
      closed({
        label: string,
        children: { type: "array", items: { $ref: "#" } },
        parent: { description: "Where it hangs", anyOf: [{ $ref: "#" }, { type: "null" }] },
      }),
    );
  });

  it("a recursive object below the root refers to a definition", () => {
    const { jsonSchema } = createResponseSchema(z.array(Tree), { strict: true });
    expect(findStrictViolations(jsonSchema)).toEqual([]);
    const [name = "", more] = Object.keys(jsonSchema.$defs ?? {});
    const $ref = `#/$defs/${name}`;
    expect(more).toBeUndefined();
    expect(jsonSchema).toEqual({
      ...closed({ items: { type: "array", items: { $ref } } }),
      $defs: {
        [name]: closed({
          label: string,
          children: { type: "array", items: { $ref } },
          parent: { description: "Where it hangs", anyOf: [{ $ref }, { type: "null" }] },
        }),
      },
    });
  });

  it("an object with an id is at the root all the same, and keeps the definitions that are used", () => {
    const Part = z.object({ n: z.string() }).meta({ id: "a/b~c" });
    const Whole = z
      .object({ part: Part.describe("The part"), same: Part.optional() })
      .meta({ id: "Whole", description: "All" });
    const $ref = "#/$defs/a~1b~0c";
    const { jsonSchema } = createResponseSchema(Whole, { strict: true });
    expect(findStrictViolations(jsonSchema)).toEqual([]);
    expect(jsonSchema).toEqual({
      ...closed(
        { part: { description: "The part", anyOf: [{ $ref }] }, same: { anyOf: [{ $ref }, { type: "null" }] } },
        { description: "All" },
      ),
      $defs: { "a/b~c": closed({ n: string }) },
    });
  });

  it("a null that a definition takes already is not said twice", () => {
    const Maybe = z.string().nullable().meta({ id: "MaybeText" });
    const { jsonSchema } = createResponseSchema(z.object({ a: Maybe, b: Maybe.optional() }), { strict: true });
    expect(jsonSchema).toEqual({
      ...closed({ a: { $ref: "#/$defs/MaybeText" }, b: { $ref: "#/$defs/MaybeText" } }),
      $defs: { MaybeText: nullableString },
    });
  });

  it("a schema of zod/mini or of zod's core is the same", () => {
    const wire = closed({ a: { ...nullableString, description: "at least 3 characters" } });
    expect(wireOf(mini.object({ a: mini.optional(mini.string().check(mini.minLength(3))) }))).toEqual(wire);
    expect(wireOf(new $ZodObject({ type: "object", shape: { a: new $ZodString({ type: "string" }) } }))).toEqual(
      closed({ a: string }),
    );
  });
});

describe("strict mode refuses", () => {
  const anything = /accepts anything, .* Say what may be in it/;
  it.each<[string, $ZodType, string, RegExp]>([
    [
      "a record",
      z.record(z.string(), z.number()),
      "x",
      /is a map with open keys, .*\. Write an array of \{ key, value \} objects, or use mode "tools"/,
    ],
    ["a loose object of nothing", z.looseObject({}), "x", /open keys/],
    ["a record of a pattern's keys", z.looseRecord(z.string().regex(/^a/), z.number()), "x", /open keys/],
    ["a record in an array", z.array(z.object({ m: z.record(z.string(), z.number()) })), "x[].m", /open keys/],
    ["a record in a tuple", z.tuple([z.string(), z.record(z.string(), z.number())]), "x[1]", /open keys/],
    ["a record in a union", z.union([z.string(), z.record(z.string(), z.number())]), "x", /open keys/],
    [
      "a record in a definition",
      z.object({ m: z.record(z.string(), z.number()) }).meta({ id: "Holder" }),
      "x.m",
      /open keys/,
    ],
    ["z.json()", z.json(), "x", /open keys/],
    ["z.any()", z.any(), "x", anything],
    ["z.unknown() that is optional", z.unknown().optional(), "x", anything],
    ["a list of anything", z.array(z.any()), "x[]", anything],
    ["a never", z.never(), "x", /accepts nothing\. Leave it out/],
    ["a union of nevers", z.union([z.never(), z.never()]), "x", /accepts nothing/],
    [
      "an intersection that is none",
      z
        .object({ a: z.string() })
        .describe("d")
        .and(z.object({ a: z.number() })),
      "x",
      /is an intersection that is not one object.*\.extend\(\)/,
    ],
    ["an intersection of a list and a text", z.intersection(z.array(z.string()), z.string()), "x", /not one object/],
    ["an intersection of two that recur", z.intersection(recursive("a"), recursive("b")), "x", /not one object/],
  ])("%s", (_, schema, path, message) => {
    const make = (): unknown => createResponseSchema(z.object({ x: schema as z.ZodType }), { strict: true });
    expect(make).toThrow(message);
    expect(make).toThrow(SchemaError);
    expect(make).toThrow(expect.objectContaining({ code: "SPANDREL_SCHEMA_UNSUPPORTED", path }));
  });
});

function recursive(description: string): z.ZodType {
  const node = z.object({
    get next() {
      return node;
    },
  });
  return node.describe(description);
}

describe("every mode refuses", () => {
  const rows: [string, $ZodType, RegExp][] = [
    ["date", z.date(), /Write z\.iso\.datetime\(\), or z\.coerce\.date\(\)/],
    ["bigint", z.bigint(), /z\.coerce\.bigint\(\)/],
    ["map", z.map(z.string(), z.string()), /array of \{ key, value \}/],
    ["set", z.set(z.string()), /z\.array\(…\), with a \.transform\(\) to a Set/],
    ["undefined", z.undefined(), /\.optional\(\)/],
    ["void", z.void(), /\.optional\(\)/],
    ["literal", z.literal(undefined), /Literals undefined and bigint/],
    ["literal", z.literal(["a", 3n]), /Literals undefined and bigint/],
    ["custom", z.custom(), /\.meta\(\{ type: "string" \}\)/],
    ["custom", z.instanceof(URL), /\.meta/],
    ["transform", z.transform((value) => value), /z\.string\(\)\.transform/],
    ["symbol", z.symbol(), /Leave it out/],
    ["function", z.function(), /Leave it out/],
    ["file", z.file(), /Leave it out/],
    ["nan", z.nan(), /Leave it out/],
  ];
  it.each(rows.flatMap((row) => [true, false].map((strict) => [...row, strict] as const)))(
    "a %s",
    (type, schema, message, strict) => {
      const make = (): unknown => createResponseSchema(z.object({ list: z.array(schema as z.ZodType) }), { strict });
      expect(make).toThrow(`\`list[]\` of the response schema is z.${type}(), which JSON cannot express. `);
      expect(make).toThrow(message);
    },
  );

  it("two schemas of one id, with zod's reason", () => {
    const schema = z.object({ a: z.string().meta({ id: "Twice" }), b: z.number().meta({ id: "Twice" }) });
    expect(() => createResponseSchema(schema, { strict: false })).toThrow(
      expect.objectContaining({
        code: "SPANDREL_SCHEMA_UNSUPPORTED",
        path: "",
        message: expect.stringContaining("the response schema cannot be written") as unknown,
        cause: expect.objectContaining({ message: expect.stringContaining("Twice") as unknown }) as unknown,
      }),
    );
  });
});
