import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";

import { SchemaError } from "../../lib/errors.js";
import { PartialAnswer } from "../../lib/partial-answer/partial-answer.js";
import { PartialJsonParser } from "../../lib/partial-json/partial-json-parser.js";
import { createResponseSchema } from "../../lib/response-schema/response-schema.js";
import type { ResponseSchema } from "../../lib/response-schema/response-schema.js";
import type { ValidationIssue, ValidationResult } from "../../lib/response-schema/validation-issues.js";
import { expectSame } from "../support/expect-same.js";

/** A schema, and what a model may write for it. */
interface Case {
  readonly schema: z.ZodType;
  readonly wire: fc.Arbitrary<unknown>;
}

interface Range {
  /** Unions, intersections, catches and the like, which are validated as a whole. */
  readonly hasWholes: boolean;
  /** Values that no schema asks for: other kinds, missing and unknown members. */
  readonly isInvalid: boolean;
}

/** Each run of a user's check or transform. */
let calls: string[] = [];

function ran<T>(name: string, value: unknown, result: T): T {
  // zod puts members in the order in which their checks are done.
  calls.push(`${name} ${[...(JSON.stringify(value) ?? "")].sort().join("")}`);
  return result;
}

const text = fc.string({ maxLength: 4 });
const leaf = (schema: z.ZodType, wire: fc.Arbitrary<unknown>): Case => ({ schema, wire });

const syncLeaves: readonly Case[] = [
  leaf(z.string(), text),
  leaf(z.boolean(), fc.boolean()),
  leaf(z.enum(["a", "b"]), fc.constantFrom("a", "b")),
  leaf(z.any(), fc.jsonValue({ maxDepth: 2 })),
  leaf(
    z.string().refine((value) => ran("refine", value, value.length !== 2), "has two"),
    text,
  ),
  leaf(
    z.string().transform((value) => ran("transform", value, value.length)),
    text,
  ),
  leaf(z.string().default("default"), text),
];

const leaves: readonly Case[] = [
  ...syncLeaves,
  leaf(
    z
      .string()
      .refine(async (value) => ran("async refine", value, value.length !== 1), { error: "has one", abort: true }),
    text,
  ),
  leaf(
    z.number().transform(async (value) => ran("async transform", value, [value])),
    fc.integer(),
  ),
];

/** What does not keep to these may be taken for another branch of a union. */
const boundedLeaves: readonly Case[] = [
  leaf(z.string().min(2, "is short").max(3), text),
  leaf(z.int().min(0), fc.integer({ min: -2, max: 20 })),
];

const oddLeaves: readonly Case[] = [
  leaf(z.string().min(3).catch("caught"), text),
  leaf(z.string().min(3).prefault("before"), text),
  leaf(
    z.preprocess((value) => ran("preprocess", value, value), z.string().min(1)),
    text,
  ),
  leaf(z.coerce.number(), fc.constantFrom("1", "x", 2)),
  leaf(z.union([z.string(), z.array(z.string()).max(1)]), fc.oneof(text, fc.array(text, { maxLength: 2 }))),
];

const wrap = (inner: Case, schema: (inner: z.ZodType) => z.ZodType, isNull = false): Case => ({
  schema: schema(inner.schema),
  wire: isNull ? fc.option(inner.wire) : inner.wire,
});

/** Schemas that wrap another, and are no value of their own. */
const wrappers: readonly ((inner: Case) => Case)[] = [
  (inner) => wrap(inner, (schema) => schema.optional(), true),
  (inner) => wrap(inner, (schema) => schema.nullable(), true),
  (inner) => wrap(inner, (schema) => schema.optional().nullable(), true),
  (inner) => wrap(inner, (schema) => schema.readonly()),
  (inner) => wrap(inner, (schema) => z.lazy(() => schema)),
  (inner) => wrap(inner, (schema) => schema.transform((value) => ran("outer transform", value, { value }))),
  (inner) =>
    wrap(
      inner,
      (schema) => schema.optional().refine((value) => ran("outer refine", value, value !== ""), "is empty"),
      true,
    ),
];

const KEYS = ["a", "b", "c"];
type Shape = Readonly<Record<string, Case>>;

/** The wire of an object: what may be left out is null or not there. Others are added, or members left out. */
function objectWire(shape: Shape, tag: object, { isInvalid }: Range): fc.Arbitrary<unknown> {
  const isOptional = (name: string): boolean => shape[name]?.schema._zod.optin !== undefined;
  const members = fc.record(
    Object.fromEntries(
      Object.entries(shape).map(([name, { wire }]) => [name, isOptional(name) ? fc.option(wire) : wire]),
    ),
    { requiredKeys: isInvalid ? [] : Object.keys(shape).filter((name) => !isOptional(name)) },
  );
  const extra = isInvalid
    ? fc.dictionary(fc.constantFrom("x", "a", "__proto__", "toString"), text, { maxKeys: 1 })
    : fc.constant({});
  return fc
    .tuple(members, extra)
    .map(([known, more]) => Object.fromEntries([...Object.entries({ ...tag, ...known }), ...Object.entries(more)]));
}

/** What a user checks of a container. */
const ownChecks: readonly ((schema: z.ZodType) => z.ZodType)[] = [
  (schema) => schema,
  (schema) => schema.refine((value) => ran("own refine", value, JSON.stringify(value).length % 2 > 0), "is even"),
  (schema) => schema.refine(async (value) => ran("own async", value, JSON.stringify(value).length % 3 > 0), "is third"),
];

function objects(inner: fc.Arbitrary<Case>, range: Range, tag: Readonly<Record<string, z.ZodType>> = {}) {
  const kinds: readonly ((shape: z.ZodRawShape) => z.ZodObject)[] = [
    (shape) => z.object(shape),
    (shape) => z.strictObject(shape),
    (shape) => z.looseObject(shape),
    (shape) => z.object(shape).catchall(z.string().refine((value) => ran("catchall", value, value.length > 1))),
  ];
  const values = Object.fromEntries(
    Object.entries(tag).map(([key, schema]) => [key, [...(schema._zod.values ?? [])][0]]),
  );
  return fc
    .tuple(
      fc.dictionary(fc.constantFrom(...KEYS), inner, { maxKeys: 3 }),
      fc.constantFrom(...kinds.slice(0, range.isInvalid ? 4 : 1)),
    )
    .map(([found, kind]) => {
      const shape: Shape = { ...found };
      const schemas = Object.fromEntries(Object.entries(shape).map(([name, { schema }]) => [name, schema]));
      return { schema: kind({ ...tag, ...schemas }), wire: objectWire(shape, values, range) };
    });
}

function arrays(inner: fc.Arbitrary<Case>, { isInvalid }: Range): fc.Arbitrary<Case> {
  return fc.tuple(inner, fc.constantFrom(0, 0, isInvalid ? 1 : 0)).map(([{ schema, wire }, min]) => ({
    schema: z.array(schema).min(min),
    wire: fc.array(wire, { maxLength: 4 }),
  }));
}

/** As an array, or as the object that stands for one in strict mode. */
function tuples(inner: fc.Arbitrary<Case>, range: Range): fc.Arbitrary<Case> {
  const isLeftOut = ({ schema }: Case): boolean => schema._zod.optin !== undefined;
  // zod 4.6 gives every asynchronous item beyond the named ones the index of the last.
  const beyond = fc.constantFrom(...syncLeaves, leaf(z.array(z.string()), fc.array(text, { maxLength: 2 })));
  return fc
    .tuple(fc.array(inner, { minLength: 1, maxLength: 3 }), fc.option(beyond, { nil: undefined }), fc.boolean())
    .map(([items, rest, isObject]) => {
      const schemas = items.map(({ schema }) => schema) as [z.ZodType, ...z.ZodType[]];
      const fixed = fc.tuple(...items.map((item) => (isLeftOut(item) ? fc.option(item.wire) : item.wire)));
      const more = fc.array(rest?.wire ?? text, { maxLength: rest !== undefined || range.isInvalid ? 2 : 0 });
      return {
        schema: rest === undefined ? z.tuple(schemas) : z.tuple(schemas, rest.schema),
        wire: fc
          .tuple(fixed, more)
          .map(([values, others]) =>
            isObject && range.hasWholes ? { ...values, ...(rest && { rest: others }) } : [...values, ...others],
          ),
      };
    });
}

function records(inner: fc.Arbitrary<Case>, range: Range): fc.Arbitrary<Case> {
  const hasOdd = range.hasWholes && range.isInvalid;
  const keys = fc.constantFrom<z.core.$ZodRecordKey[]>(z.string(), ...(hasOdd ? [z.string().min(2)] : []));
  const kinds = fc.constantFrom<(typeof z.record)[]>(z.record, ...(hasOdd ? [z.looseRecord] : []));
  return fc.tuple(inner, keys, kinds).map(([{ schema, wire }, key, record]) => ({
    schema: record(key as z.ZodString, schema),
    wire: fc.dictionary(fc.constantFrom("k", "kk", "1", "22"), wire, { maxKeys: 3 }).map((found) => ({ ...found })),
  }));
}

function unions(inner: fc.Arbitrary<Case>, range: Range): fc.Arbitrary<Case> {
  const tagged = fc
    .tuple(objects(inner, range, { t: z.literal("one") }), objects(inner, range, { t: z.literal("two") }))
    .map(([one, two]) => ({
      schema: z.discriminatedUnion("t", [one.schema, two.schema]),
      wire: fc.oneof(one.wire, two.wire),
    }));
  const free = fc.array(inner, { minLength: 1, maxLength: 3 }).map((members) => ({
    schema: z.union(members.map(({ schema }) => schema)),
    wire: fc.oneof(...members.map(({ wire }) => wire)),
  }));
  const both = objects(inner, { ...range, isInvalid: false }).map(({ schema, wire }) => ({
    schema: z.intersection(schema, z.object({})),
    wire,
  }));
  return range.isInvalid ? fc.oneof(tagged, free, both) : tagged;
}

function cases(range: Range): fc.Arbitrary<Case> {
  const some = [...leaves, ...(range.isInvalid ? boundedLeaves : [])];
  const { any } = fc.letrec<{ any: Case }>((tie) => {
    const inner = fc.oneof({ weight: 3, arbitrary: tie("any") }, { weight: 1, arbitrary: fc.constantFrom(...some) });
    const container = fc
      .tuple(
        fc.oneof(objects(inner, range), arrays(inner, range), tuples(inner, range), records(inner, range)),
        fc.constantFrom(...ownChecks),
      )
      .map(([{ schema, wire }, check]) => ({ schema: check(schema), wire }));
    return {
      any: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constantFrom(...some, ...(range.hasWholes && range.isInvalid ? oddLeaves : [])),
        container,
        container,
        fc.tuple(inner, fc.constantFrom(...wrappers)).map(([one, wrapper]) => wrapper(one)),
        ...(range.hasWholes ? [unions(inner, range)] : []),
      ),
    };
  });
  return any.map((one) => (range.isInvalid ? { ...one, wire: sometimesWrong(one.wire) } : one));
}

const sometimesWrong = (wire: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 20, arbitrary: wire }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) });

const cuts = fc.oneof(fc.constant([1]), fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }));

type Result = ValidationResult<unknown>;

interface Answered {
  readonly schema: ResponseSchema<unknown>;
  readonly text: string;
  readonly pieces: readonly string[];
}

/** A response schema and an answer to it, bare or wrapped, in pieces. */
function answers(range: Range): fc.Arbitrary<Answered> {
  return cases(range).chain((one) =>
    fc
      .tuple(fc.constant(one.schema), one.wire, fc.boolean(), fc.boolean(), fc.constantFrom(0, 1), cuts)
      .map(([zodSchema, wire, isStrict, isBare, indent, lengths]) => {
        const schema = createSchema(zodSchema, isStrict);
        const isWrapped = schema.wrapperKey !== undefined && !isBare;
        const written = JSON.stringify(isWrapped ? { [schema.wrapperKey]: wire } : wire, null, indent);
        const shown = { text: written, schema: describeSchema(zodSchema) };
        return {
          schema,
          text: written,
          pieces: [...cut(written, lengths)],
          [fc.toStringMethod]: () => JSON.stringify(shown),
        };
      }),
  );
}

/** A counterexample is read as a schema. */
function describeSchema(schema: z.core.$ZodType): unknown {
  const { type, checks, ...def } = schema._zod.def;
  const show = (value: unknown): unknown => {
    if (typeof value === "function") return "function";
    if (typeof value !== "object" || value === null) return value;
    if ("_zod" in value) return describeSchema(value as z.core.$ZodType);
    if (Array.isArray(value)) return value.map(show);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, show(one)]));
  };
  return { type, ...(checks && { checks: checks.length }), ...(show(def) as object) };
}

/** Not everything that is generated can be asked for in strict mode, or at all. */
function createSchema(zodSchema: z.ZodType, isStrict: boolean): ResponseSchema<unknown> {
  try {
    return createResponseSchema(zodSchema, { strict: isStrict });
  } catch (error) {
    if (isStrict && error instanceof SchemaError) return createSchema(zodSchema, false);
    throw error;
  }
}

function* cut(written: string, lengths: readonly number[]): Generator<string> {
  let at = 0;
  for (let index = 0; at < written.length; index++) {
    const end = at + (lengths[index % lengths.length] ?? 1);
    yield written.slice(at, end);
    at = end;
  }
}

const looks = fc.array(fc.constantFrom("nothing", "snapshot", "validate", "validate later"), {
  minLength: 1,
  maxLength: 8,
});

/** Reads the answer, with a look at it after each piece. */
async function read({ schema, pieces }: Answered, kinds: readonly string[]): Promise<PartialAnswer<unknown>> {
  const answer = new PartialAnswer(schema);
  const later: Promise<unknown>[] = [];
  for (const [index, piece] of pieces.entries()) {
    answer.push(piece);
    const kind = kinds[index % kinds.length];
    if (kind === "snapshot") void answer.snapshot;
    if (kind === "validate") await answer.validateFinished();
    if (kind === "validate later") later.push(answer.validateFinished());
  }
  await Promise.all(later);
  return answer;
}

const sorted = (issues: readonly ValidationIssue[]): string[] => issues.map((issue) => JSON.stringify(issue)).sort();
function expectSameResult(result: Result, expected: Result, where: string): void {
  if (result.success || expected.success) return expectSame(result, expected, where);
  // Asynchronous checks put theirs in the order in which they end.
  expect(sorted(result.issues)).toEqual(sorted(expected.issues));
}

const isAboutSize = ({ code, message }: ValidationIssue): boolean =>
  code.startsWith("too_") && message.includes("array");

function isPrefixOf(shown: unknown, truth: unknown): boolean {
  if (shown === undefined) return true;
  if (typeof shown === "string") return typeof truth === "string" && truth.startsWith(shown);
  if (Array.isArray(shown)) return Array.isArray(truth) && shown.every((item, at) => isPrefixOf(item, truth[at]));
  if (typeof shown !== "object" || shown === null) return Object.is(shown, truth);
  if (typeof truth !== "object" || truth === null || Array.isArray(truth)) return false;
  return Object.keys(shown).every(
    (key) => Object.hasOwn(truth, key) && isPrefixOf(Reflect.get(shown, key), Reflect.get(truth, key)),
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/** What the parser has, apart from it: a member whose key came again and has no value yet is not there. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, copyOf(member)]));
}

/** An object without the wrapper's key, of which it is not known whether that is still to come. */
function isBare(answer: unknown, { wrapperKey }: ResponseSchema<unknown>): boolean {
  const isObject = typeof answer === "object" && answer !== null && !Array.isArray(answer);
  return wrapperKey !== undefined && isObject && !Object.hasOwn(answer, wrapperKey);
}

describe("PartialAnswer, of any schema and any answer", () => {
  it("finishes with what the whole answer validates to, and runs each check once", async () => {
    await fc.assert(
      fc.asyncProperty(answers({ hasWholes: true, isInvalid: true }), looks, async (answered, kinds) => {
        const { schema, text: written } = answered;
        calls = [];
        const expected = await schema.validate(schema.unwrap(JSON.parse(written)));
        // A union does not wait for what it no longer needs.
        await new Promise(setImmediate);
        const expectedCalls = calls.sort();
        calls = [];
        const answer = await read(answered, kinds);
        const result = await answer.finish();
        const issues = await answer.validateFinished();
        await new Promise(setImmediate);

        expectSameResult(result, expected, written);
        expect(issues).toEqual(result.success ? [] : result.issues);
        // zod looks at no item of a list that is too long or too short; we have by then.
        if (expected.success || !expected.issues.some(isAboutSize)) expect(calls.sort()).toEqual(expectedCalls);
        expectSame(answer.snapshot, schema.unwrap(JSON.parse(written)), "snapshot");
      }),
      { numRuns: 350 },
    );
  });

  it("gives issues in zod's order where nothing is asynchronous", async () => {
    await fc.assert(
      fc.asyncProperty(answers({ hasWholes: true, isInvalid: true }), looks, async (answered, kinds) => {
        const whole = answered.schema.unwrap(JSON.parse(answered.text));
        const result = await (await read(answered, kinds)).finish();
        calls = [];
        const expected = await answered.schema.validate(whole);
        fc.pre(!calls.some((call) => /async|transform|own|outer/.test(call)));
        expect(result).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it("shows what the schema makes of the JSON so far, at once and for good", () => {
    fc.assert(
      fc.property(answers({ hasWholes: false, isInvalid: true }), ({ schema, pieces }) => {
        const answer = new PartialAnswer(schema);
        const parser = new PartialJsonParser();
        let last: unknown;
        for (const piece of pieces) {
          answer.push(piece);
          parser.push(piece);
          const shown = deepFreeze(answer.snapshot);
          const isWaiting = !parser.isComplete([]) && isBare(parser.value, schema);
          expectSame(shown, isWaiting ? undefined : schema.unwrap(copyOf(parser.value)), JSON.stringify(parser.value));
          expect(shown === last).toBe(isDeepStrictEqual(shown, last));
          last = shown;
        }
      }),
      { numRuns: 200 },
    );
  });

  it("shows only what the finished value will have, and never changes what it has shown", async () => {
    await fc.assert(
      fc.asyncProperty(answers({ hasWholes: true, isInvalid: false }), fc.boolean(), async (answered, isValidated) => {
        const { schema, text: written, pieces } = answered;
        const truth = schema.unwrap(JSON.parse(written));
        const answer = new PartialAnswer(schema);
        let last: unknown;
        const copies: [unknown, unknown][] = [];
        for (const piece of pieces) {
          answer.push(piece);
          if (isValidated) await answer.validateFinished();
          const shown = answer.snapshot;
          expect(isPrefixOf(shown, truth)).toBe(true);
          expect(isPrefixOf(last, shown)).toBe(true);
          expect(shown === last).toBe(isDeepStrictEqual(shown, last));
          copies.push([shown, copyOf(shown)]);
          last = shown;
        }
        await answer.finish();
        expectSame(answer.snapshot, truth, "finished");
        for (const [shown, copy] of copies) expectSame(shown, copy, "afterwards");
      }),
      { numRuns: 200 },
    );
  });

  it("tells of an issue as soon as the value at its path is complete", async () => {
    await fc.assert(
      fc.asyncProperty(answers({ hasWholes: false, isInvalid: true }), async ({ schema, text: written, pieces }) => {
        const parsed: unknown = JSON.parse(written);
        const result = await schema.validate(schema.unwrap(parsed));
        fc.pre(!result.success && !result.issues.some(isAboutSize));
        const issues = result.success ? [] : result.issues;
        const isWrapped = schema.wrapperKey !== undefined && Object.hasOwn(Object(parsed), schema.wrapperKey);
        const prefix = isWrapped ? [schema.wrapperKey] : [];
        const isWaiting = isBare(parsed, schema);
        const answer = new PartialAnswer(schema);
        const parser = new PartialJsonParser();
        for (const piece of pieces) {
          answer.push(piece);
          parser.push(piece);
          const isAtRoot = parser.isComplete(prefix);
          const isTold = ({ path }: ValidationIssue): boolean =>
            isAtRoot || (!isWaiting && parser.isComplete([...prefix, ...path]));
          const found = await answer.validateFinished();
          const expected = sorted(issues.filter(isTold));
          expect(sorted(found)).toEqual(expect.arrayContaining(expected));
          expect(sorted(issues)).toEqual(expect.arrayContaining(sorted(found)));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("takes the last value of a repeated key", async () => {
    const Leaf = z.string().refine((value) => value.length !== 1, "has one");
    const List = z.array(z.string().refine(async (value) => value.length !== 1, "has one"));
    const Inner = z.object({ a: Leaf.optional(), b: List.optional(), 1: z.number().optional() });
    const Checked = Inner.refine(({ b }) => b?.length !== 2, "has two");
    const schemas: readonly z.ZodType[] = [
      z.object({ a: Checked.optional(), b: Inner.optional() }).catchall(Checked),
      z.strictObject({ a: Inner.nullish(), b: z.union([Checked, z.string()]).optional() }),
      z.array(Checked.optional()).max(3),
      z.record(z.string(), Checked),
    ];
    const keys = fc.constantFrom("a", "b", "1", "items", "value");
    const written = (value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
      fc
        .array(fc.tuple(keys, value), { maxLength: 5 })
        .map((members) => `{${members.map(([key, one]) => `"${key}":${one}`).join(",")}}`);
    const plain = fc.constantFrom('""', '"x"', '"xx"', "null", "0", "-0", "[]", '["x"]', '["x","yy"]', '["yy"]');
    const texts = written(fc.oneof(written(plain), written(plain), plain));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...schemas), texts, cuts, looks, async (zodSchema, answered, lengths, kinds) => {
        const schema = createResponseSchema(zodSchema, { strict: false });
        const pieces = [...cut(answered, lengths)];
        const answer = await read({ schema, text: answered, pieces }, kinds);
        const whole = schema.unwrap(JSON.parse(answered));
        expectSameResult(await answer.finish(), await schema.validate(whole), answered);
        expectSame(answer.snapshot, whole, answered);
        expect(JSON.stringify(answer.snapshot)).toBe(JSON.stringify(whole));
      }),
      { numRuns: 250 },
    );
  });
});
