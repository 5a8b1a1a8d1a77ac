import fc from "fast-check";
import * as z from "zod";

import { createResponseSchema } from "../../lib/response-schema/response-schema.js";
import { findStrictViolations } from "../support/strict-rules.js";

/**
 * A schema, its plain inputs, and how a model in strict mode writes one of them. `missing` is no input: it is what a
 * property that may be left out has when it is.
 */
interface Case {
  readonly schema: z.ZodType;
  readonly input: fc.Arbitrary<unknown>;
  readonly encode: (value: unknown) => unknown;
  readonly isOptional: boolean;
  readonly takesNull: boolean;
  readonly kind: string;
}

const same = (value: unknown): unknown => value;
const leaf = (kind: string, schema: z.ZodType, input: fc.Arbitrary<unknown>): Case => ({
  schema,
  input,
  encode: same,
  isOptional: false,
  takesNull: false,
  kind,
});

const leaves: fc.Arbitrary<Case> = fc.constantFrom(
  leaf("string", z.string(), fc.string({ maxLength: 4 })),
  leaf("string", z.string().min(2), fc.string({ minLength: 2, maxLength: 4 })),
  leaf("string", z.enum(["a", "b"]), fc.constantFrom("a", "b")),
  leaf("number", z.number(), fc.integer()),
  leaf("number", z.number().min(3).max(9), fc.integer({ min: 3, max: 9 })),
  leaf(
    "number",
    z.int().transform((n) => n + 1),
    fc.integer(),
  ),
  leaf("boolean", z.boolean(), fc.boolean()),
  leaf("boolean", z.literal(true), fc.constant(true)),
);

/** On the wire a null is a null where the schema has one: what is missing there cannot be written. */
function optional(inner: Case, wrap: (schema: z.ZodType) => z.ZodType): Case {
  return { ...inner, schema: wrap(inner.schema), isOptional: !inner.takesNull };
}

function nullable(inner: Case): Case {
  return {
    ...inner,
    schema: inner.schema.nullable(),
    input: fc.option(inner.input),
    encode: (value) => (value === null ? null : inner.encode(value)),
    takesNull: true,
    kind: "nullable",
  };
}

function list(inner: Case): Case {
  return {
    schema: z.array(inner.schema),
    input: fc.array(inner.input, { maxLength: 3 }),
    encode: (value) => (value as unknown[]).map(inner.encode),
    isOptional: false,
    takesNull: false,
    kind: "array",
  };
}

function object(members: Readonly<Record<string, Case>>, fixed: Readonly<Record<string, z.ZodType>> = {}): Case {
  const names = Object.keys(members);
  const literals = Object.fromEntries(
    Object.entries(fixed).map(([key, schema]) => [key, [...(schema._zod.values ?? [])][0]]),
  );
  return {
    schema: z.object({
      ...fixed,
      ...Object.fromEntries(names.map((name) => [name, members[name]?.schema ?? z.any()])),
    }),
    input: fc
      .record(Object.fromEntries(names.map((name) => [name, members[name]?.input ?? fc.constant(0)])), {
        requiredKeys: names.filter((name) => members[name]?.isOptional !== true),
      })
      .map((value) => ({ ...literals, ...value })),
    encode: (value) => ({
      ...literals,
      ...Object.fromEntries(
        names.map((name) => {
          const given = value as Record<string, unknown>;
          return [name, Object.hasOwn(given, name) ? members[name]?.encode(given[name]) : null];
        }),
      ),
    }),
    isOptional: false,
    takesNull: false,
    kind: "object",
  };
}

/** The branches of a union, told apart by the kind of their values or by a tag. */
function union(members: readonly Case[]): Case {
  const branches = members.map((schema) => ({ ...schema, input: schema.input.map((value) => ({ value, schema })) }));
  return {
    schema: z.union(members.map(({ schema }) => schema)),
    input: fc.oneof(...branches.map(({ input }) => input)).map(({ value }) => value),
    encode: (value) => members.find(({ schema }) => schema.safeParse(value).success)?.encode(value),
    isOptional: false,
    takesNull: members.some(({ takesNull }) => takesNull),
    kind: "union",
  };
}

function tuple(items: readonly Case[], rest: Case | undefined): Case {
  const schemas = items.map(({ schema }) => schema) as [z.ZodType, ...z.ZodType[]];
  const isOneKind = rest === undefined && new Set(schemas.map((schema) => JSON.stringify(wireOf(schema)))).size === 1;
  const encode = (value: unknown): unknown => {
    const given = value as unknown[];
    if (isOneKind) return given.map((member, index) => items[index]?.encode(member));
    const keyed = items.map((item, index) => [String(index), item.encode(given[index])]);
    return { ...Object.fromEntries(keyed), ...(rest && { rest: given.slice(items.length).map(rest.encode) }) };
  };
  return {
    schema: rest === undefined ? z.tuple(schemas) : z.tuple(schemas, rest.schema),
    input: fc
      .tuple(
        fc.tuple(...items.map(({ input }) => input)),
        fc.array(rest?.input ?? fc.constant(0), { maxLength: rest === undefined ? 0 : 2 }),
      )
      .map(([fixed, more]) => [...fixed, ...more]),
    encode,
    isOptional: false,
    takesNull: false,
    kind: "tuple",
  };
}

function wireOf(schema: z.ZodType): unknown {
  return createResponseSchema(z.object({ x: schema }), { strict: true }).jsonSchema.properties?.["x"];
}

const property = (inner: fc.Arbitrary<Case>): fc.Arbitrary<Case> =>
  fc.oneof(
    inner,
    inner.map((one) => optional(one, (schema) => schema.optional())),
    inner.map((one) => optional(one, (schema) => schema.transform((value) => ({ value })).optional())),
    inner.map((one) => optional(one, (schema) => schema.default("default"))),
  );

const KEYS = ["a", "b", "c"];
const members = (inner: fc.Arbitrary<Case>): fc.Arbitrary<Record<string, Case>> =>
  fc.dictionary(fc.constantFrom(...KEYS), property(inner), { maxKeys: 3 }).map((found) => ({ ...found }));

/** `isAmbiguous` allows unions whose branches no value tells apart. */
function cases(isAmbiguous: boolean): fc.Arbitrary<Case> {
  const { any } = fc.letrec<{ any: Case }>((tie) => {
    const inner = tie("any");
    const tagged = fc
      .tuple(members(inner), members(inner))
      .map(([one, two]) => union([object(one, { t: z.literal("one") }), object(two, { t: z.literal("two") })]));
    const free = fc.array(inner, { minLength: 1, maxLength: 3 }).map(union);
    const kinds = fc
      .uniqueArray(
        inner.filter(({ kind }) => !["nullable", "union", "tuple"].includes(kind)),
        { minLength: 1, maxLength: 3, selector: ({ kind }) => kind },
      )
      .map(union);
    return {
      any: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaves,
        members(inner).map((found) => object(found)),
        inner.map(list),
        inner.filter(({ kind }) => kind !== "nullable").map(nullable),
        tagged,
        isAmbiguous ? free : kinds,
        fc
          .tuple(fc.array(inner, { minLength: 1, maxLength: 2 }), fc.option(inner, { nil: undefined }))
          .map(([items, rest]) => tuple(items, rest)),
        members(inner).map((found) => ({
          ...object(found),
          schema: z.intersection(object(found).schema, z.object({})),
        })),
      ),
    };
  });
  return any;
}

/** A counterexample is read as a schema. */
function withText(one: Case): Case {
  const text = (): string => JSON.stringify(createResponseSchema(one.schema, { strict: false }).jsonSchema);
  return { ...one, [fc.toStringMethod]: text } as Case;
}

const withInput = (isAmbiguous: boolean): fc.Arbitrary<[Case, unknown]> =>
  cases(isAmbiguous).chain((one) => one.input.map((value): [Case, unknown] => [withText(one), value]));

const encodeAtRoot = (one: Case, value: unknown, wrapperKey: string | undefined): unknown =>
  JSON.parse(JSON.stringify(wrapperKey === undefined ? one.encode(value) : { [wrapperKey]: one.encode(value) }));

describe("what a model writes in strict mode", () => {
  it("validates to the same as the plain input does", async () => {
    await fc.assert(
      fc.asyncProperty(withInput(false), async ([one, value]) => {
        const response = createResponseSchema(one.schema, { strict: true });
        expect(findStrictViolations(response.jsonSchema)).toEqual([]);
        const restored = response.unwrap(encodeAtRoot(one, value, response.wrapperKey));
        expect(await response.validate(restored)).toEqual(await response.validate(value));
      }),
      { numRuns: 400 },
    );
  });

  it("is accepted also where branches of a union cannot be told apart", async () => {
    await fc.assert(
      fc.asyncProperty(withInput(true), async ([one, value]) => {
        const response = createResponseSchema(one.schema, { strict: true });
        expect(findStrictViolations(response.jsonSchema)).toEqual([]);
        const restored = response.unwrap(encodeAtRoot(one, value, response.wrapperKey));
        expect(await response.validate(restored)).toMatchObject({ success: true });
      }),
      { numRuns: 400 },
    );
  });

  it("may come without the nulls, as other modes have it", async () => {
    await fc.assert(
      fc.asyncProperty(withInput(false), async ([one, value]) => {
        const response = createResponseSchema(one.schema, { strict: false });
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(await response.validate(response.unwrap(plain))).toEqual(await response.validate(value));
      }),
      { numRuns: 200 },
    );
  });
});
