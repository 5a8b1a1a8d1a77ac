import * as z from "zod";
import * as mini from "zod/mini";
import type { $ZodType } from "zod/v4/core";

import { InvalidOptionError } from "../../lib/errors.js";
import { createResponseSchema } from "../../lib/response-schema/response-schema.js";
import { unionMembers } from "../../lib/response-schema/zod-input.js";

const string = { type: "string" };
const object = (properties: object, required: string[] = Object.keys(properties)): object => ({
  type: "object",
  properties,
  required,
});

/** The wire schema of a property `x` in the modes that are not strict. */
function wireOf(schema: $ZodType): unknown {
  const { jsonSchema } = createResponseSchema(z.object({ x: schema as z.ZodType }), { strict: false });
  return jsonSchema.properties?.["x"];
}

describe("a response schema", () => {
  it.each<[string, $ZodType, string | undefined, string]>([
    ["an object", z.object({ a: z.string() }), undefined, "object"],
    ["a transformed object", z.object({ a: z.string() }).transform(({ a }) => a), undefined, "object"],
    ["a lazy object", z.lazy(() => z.object({ a: z.string() })), undefined, "object"],
    ["an intersection of objects", z.object({ a: z.string() }).and(z.object({ b: z.string() })), undefined, "object"],
    [
      "a described one",
      z
        .object({ a: z.string() })
        .describe("d")
        .and(z.object({ b: z.string() })),
      undefined,
      "object",
    ],
    ["an array", z.array(z.string()), "items", "array"],
    ["a frozen, limited array", z.array(z.string()).min(1).readonly(), "items", "array"],
    ["a text", z.string(), "value", "string"],
    ["an enum", z.enum(["a"]), "value", "string"],
    ["a tuple", z.tuple([z.string(), z.string()]), "value", "array"],
  ])("of %s has an object at its root", (_, schema, wrapperKey, type) => {
    for (const strict of [true, false]) {
      const { jsonSchema, ...response } = createResponseSchema(schema, { strict });
      expect(response).toMatchObject({ wrapperKey, isWrapped: wrapperKey !== undefined, isStrict: strict });
      expect(jsonSchema.type).toBe("object");
      if (wrapperKey === undefined) continue;
      expect(jsonSchema.properties).toEqual({ [wrapperKey]: expect.objectContaining({ type }) as unknown });
      expect(jsonSchema.required).toEqual([wrapperKey]);
    }
  });

  it("of a union, of a nullable or of what cannot be merged wraps it", () => {
    const Union = z.discriminatedUnion("t", [z.object({ t: z.literal("a") }), z.object({ t: z.literal("b") })]);
    const a = object({ t: { type: "string", const: "a" } });
    const b = object({ t: { type: "string", const: "b" } });
    expect(createResponseSchema(Union, { strict: false }).jsonSchema).toEqual(object({ value: { anyOf: [a, b] } }));
    const Nullable = z.object({ a: z.string() }).nullable();
    expect(createResponseSchema(Nullable, { strict: false }).jsonSchema).toEqual(
      object({ value: { anyOf: [object({ a: string }), { type: "null" }] } }),
    );
    const Odd = z
      .object({ a: z.string() })
      .describe("d")
      .and(z.object({ a: z.number() }));
    expect(createResponseSchema(Odd, { strict: false })).toMatchObject({
      wrapperKey: "value",
      jsonSchema: { type: "object" },
    });
  });

  it("of an open map is an object where that is allowed", () => {
    const { jsonSchema, isWrapped } = createResponseSchema(z.record(z.string(), z.number()), { strict: false });
    expect(isWrapped).toBe(false);
    expect(jsonSchema).toEqual({ type: "object", propertyNames: string, additionalProperties: { type: "number" } });
  });

  it.each<[string, $ZodType, string, string | undefined]>([
    ["nothing", z.object({}), "response", undefined],
    ["a title", z.object({}).meta({ title: "User profile (v2)", description: "A user" }), "User_profile_v2", "A user"],
    ["an id", z.object({}).meta({ id: "NameFromId" }), "NameFromId", undefined],
    ["a title and an id", z.object({}).meta({ id: "NameOfBoth", title: "Shown" }), "Shown", undefined],
    ["a title in a script without letters of the API", z.object({}).meta({ title: "用户" }), "response", undefined],
    ["a long title", z.object({}).meta({ title: "x".repeat(80) }), "x".repeat(64), undefined],
    [
      "what a transform stands on",
      z.object({}).meta({ title: "Below", description: "D" }).transform(String),
      "Below",
      "D",
    ],
    ["the outermost description", z.object({}).describe("inner").readonly().describe("outer"), "response", "outer"],
    ["zod/mini's register", mini.object({}).register(z.globalRegistry, { title: "Mini" }), "Mini", undefined],
  ])("takes its name and description from %s", (_, schema, name, description) => {
    expect(createResponseSchema(schema, { strict: false })).toMatchObject({ name, description });
  });

  it("takes a given name as it is, and refuses one that the API would", () => {
    expect(createResponseSchema(z.object({}).meta({ title: "T" }), { name: "get-user_2", strict: true }).name).toBe(
      "get-user_2",
    );
    for (const name of ["", "a b", "é", "x".repeat(65)]) {
      expect(() => createResponseSchema(z.object({}), { name, strict: true })).toThrow(InvalidOptionError);
    }
  });

  it("reads the items of an array one by one", async () => {
    const List = z
      .array(z.object({ n: z.coerce.number(), s: z.string().optional() }))
      .min(2)
      .readonly();
    const { itemSchema } = createResponseSchema(List, { strict: true });
    expect(itemSchema?.unwrap({ n: "1", s: null })).toEqual({ n: "1" });
    const result = await itemSchema?.validate({ n: "1" });
    // The type of an item is inferred.
    const item: { n: number; s?: string | undefined } | undefined = result?.success === true ? result.data : undefined;
    expect(item).toEqual({ n: 1 });
    expect(createResponseSchema(z.object({ items: z.array(z.string()) }), { strict: true }).itemSchema).toBeUndefined();
  });

  it("infers what validation gives", async () => {
    const response = createResponseSchema(z.object({ when: z.coerce.date(), n: z.number().default(1) }), {
      strict: true,
    });
    const result = await response.validate(response.unwrap({ when: "2026-01-01T00:00:00Z", n: null }));
    const data: { when: Date; n: number } | undefined = result.success ? result.data : undefined;
    expect(data).toEqual({ when: new Date("2026-01-01T00:00:00Z"), n: 1 });
    // @ts-expect-error -- the data are no text
    const _wrong: string | undefined = result.success ? result.data : undefined;
  });

  it("knows the members of a union", () => {
    const A = z.object({ a: z.string() });
    const B = z.object({ b: z.string() });
    const C = z.object({ c: z.string() });
    expect(unionMembers(z.union([A, z.union([B, C])]).readonly())).toEqual([A, B, C]);
    expect(unionMembers(A)).toEqual([A]);
  });
});

describe("without strict mode, the schema of", () => {
  it.each<[string, $ZodType, unknown]>([
    [
      "an object leaves it open",
      z.object({ a: z.string(), b: z.string().optional() }),
      object({ a: string, b: string }, ["a"]),
    ],
    ["a strict object", z.strictObject({ a: z.string() }), { ...object({ a: string }), additionalProperties: false }],
    [
      "a catchall",
      z.object({ a: z.string() }).catchall(z.number()),
      { ...object({ a: string }), additionalProperties: { type: "number" } },
    ],
    ["a default keeps it", z.number().default(3), { type: "number", default: 3 }],
    ["a nullable", z.string().nullable(), { type: ["string", "null"] }],
    ["a literal", z.literal("a"), { type: "string", const: "a" }],
    ["anything", z.any(), {}],
    [
      "a text keeps its keywords",
      z.string().min(3).max(5).regex(/^a/),
      { type: "string", minLength: 3, maxLength: 5, pattern: "^a" },
    ],
    ["two patterns", z.string().regex(/a/).regex(/b/), { type: "string", allOf: [{ pattern: "a" }, { pattern: "b" }] }],
    [
      "two divisors",
      z.number().multipleOf(2).multipleOf(3),
      { type: "number", allOf: [{ multipleOf: 2 }, { multipleOf: 3 }] },
    ],
    ["an integer", z.int(), { type: "integer" }],
    ["a readonly is written all the same", z.string().readonly(), string],
    [
      "an exclusive union",
      z.xor([z.string().min(1), z.number()]),
      { anyOf: [{ type: "string", minLength: 1 }, { type: "number" }] },
    ],
    [
      "a union of unions",
      z.union([z.array(z.xor([z.int(), z.literal("a")])), z.boolean()]),
      {
        anyOf: [
          { type: "array", items: { anyOf: [{ type: "integer" }, { type: "string", const: "a" }] } },
          { type: "boolean" },
        ],
      },
    ],
    [
      "a record",
      z.record(z.string(), z.xor([z.string().min(1), z.int()])),
      {
        type: "object",
        propertyNames: string,
        additionalProperties: { anyOf: [{ type: "string", minLength: 1 }, { type: "integer" }] },
      },
    ],
    [
      "a tuple",
      z.tuple([z.string(), z.number()]),
      {
        type: "array",
        prefixItems: [string, { type: "number" }],
        items: { anyOf: [string, { type: "number" }] },
        minItems: 2,
        maxItems: 2,
      },
    ],
    [
      "a tuple of one kind",
      z.tuple([z.string(), z.string()]),
      { type: "array", prefixItems: [string, string], items: string, minItems: 2, maxItems: 2 },
    ],
    [
      "a tuple with a rest",
      z.tuple([z.string()], z.number()),
      { type: "array", prefixItems: [string], items: { type: "number" }, minItems: 1 },
    ],
    ["an empty tuple", z.tuple([]), { type: "array", prefixItems: [], items: {}, maxItems: 0 }],
    ["an array", z.array(z.literal("a")), { type: "array", items: { type: "string", const: "a" } }],
    [
      "an intersection",
      z
        .object({ a: z.string() })
        .describe("One")
        .and(z.object({ b: z.string() })),
      { ...object({ a: string, b: string }), description: "One" },
    ],
    [
      "an intersection that is none",
      z.array(z.string()).and(z.string()),
      { allOf: [{ type: "array", items: string }, string] },
    ],
  ])("%s", (_, schema, wire) => {
    expect(wireOf(schema)).toEqual(wire);
  });

  it("a recursion refers to definitions, only those in use, and with nothing beside the reference", () => {
    const Tree = z.object({
      get next() {
        return Tree.optional().describe("Next");
      },
    });
    const jsonSchema = createResponseSchema(z.array(Tree).meta({ id: "Forest" }), { strict: false }).jsonSchema;
    const name = Object.keys(jsonSchema.$defs ?? {}).find((one) => one !== "Forest") ?? "";
    const $ref = `#/$defs/${name}`;
    expect(jsonSchema).toEqual({
      ...object({ items: { $ref: "#/$defs/Forest" } }),
      $defs: {
        Forest: { type: "array", items: { $ref } },
        [name]: { type: "object", properties: { next: { description: "Next", anyOf: [{ $ref }] } } },
      },
    });
  });
});
