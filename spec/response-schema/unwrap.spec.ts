import * as z from "zod";
import type { $ZodType } from "zod/v4/core";

import { createResponseSchema } from "../../lib/response-schema/response-schema.js";
import { restoreValue } from "../../lib/response-schema/restore-values.js";

const unwrap = (schema: $ZodType, parsed: unknown): unknown =>
  createResponseSchema(schema, { strict: false }).unwrap(parsed);

interface Node {
  v?: string | undefined;
  next?: Node | undefined;
}
const Recursive: z.ZodType<Node> = z.object({ v: z.string().optional(), next: z.lazy(() => Recursive.optional()) });
const Opt = z.object({ a: z.string().optional() });
const Kinds = z.union([
  z.object({ type: z.literal("a"), x: z.string().nullable() }),
  z.object({ type: z.literal("b"), x: z.string().optional() }),
]);

describe("unwrapping", () => {
  it("takes the value out of its wrapper, and a bare value as it is", () => {
    expect(unwrap(z.array(z.string()), { items: ["a"] })).toStrictEqual(["a"]);
    expect(unwrap(z.array(z.string()), ["a"])).toStrictEqual(["a"]);
    expect(unwrap(z.string(), { value: "a" })).toBe("a");
    expect(unwrap(z.string(), "a")).toBe("a");
    expect(unwrap(z.string(), { toString: "a" })).toStrictEqual({ toString: "a" });
    expect(unwrap(z.object({ value: z.string() }), { value: "a" })).toStrictEqual({ value: "a" });
    expect(unwrap(z.string().optional(), { value: null })).toBeUndefined();
    expect(unwrap(z.string().nullable(), { value: null })).toBeNull();
  });

  it.each<[string, z.ZodType, unknown, unknown]>([
    ["an optional", z.string().optional(), null, undefined],
    ["a default", z.string().default("d"), null, undefined],
    ["a prefault", z.string().prefault("d"), null, undefined],
    ["an exactOptional", z.exactOptional(z.string()), null, undefined],
    ["a readonly, branded optional", z.string().optional().readonly().brand("B"), null, undefined],
    ["an optional transform", z.string().transform(Number).optional(), null, undefined],
    ["an optional pipe", z.string().optional().pipe(z.any()), null, undefined],
    ["a preprocess of an optional", z.preprocess((value) => value, z.string().optional()), null, undefined],
    ["an optional custom", z.custom<string>().meta({ type: "string" }).optional(), null, undefined],
    ["an optional coerced text", z.coerce.string().optional(), null, undefined],
    ["an optional union", z.union([z.string(), z.number()]).optional(), null, undefined],
    ["a union with an optional in it", z.union([z.string().optional(), z.number()]), null, undefined],
    ["a caught optional", z.string().optional().catch("c"), null, undefined],
    ["an optional of which one side takes null", z.string().nullable().and(z.string()).optional(), null, undefined],
    ["a nullable", z.string().nullable(), null, null],
    ["a nullish", z.string().nullish(), null, null],
    ["a default of null", z.string().nullable().default(null), null, null],
    ["a required text", z.string(), null, null],
    ["a caught text", z.string().catch("c"), null, null],
    ["a preprocess", z.preprocess((value) => value ?? "d", z.string()), null, null],
    ["an optional literal of null", z.literal(["a", null]).optional(), null, null],
    ["an optional null", z.null().optional(), null, null],
    ["an optional union with null", z.union([z.string(), z.null()]).optional(), null, null],
    ["an optional intersection with null", z.string().nullable().and(z.string().nullable()).optional(), null, null],
    ["an optional lazy null", z.lazy(() => z.string().nullable()).optional(), null, null],
    ["an optional anything", z.any().optional(), null, null],
  ])("keeps or drops the null of %s", (_, schema, given, restored) => {
    const value = unwrap(z.object({ x: schema }), { x: given });
    expect(value).toStrictEqual(restored === undefined ? {} : { x: restored });
    expect(Object.keys(value as object)).toStrictEqual(restored === undefined ? [] : ["x"]);
  });

  it.each<[string, z.ZodType, unknown, unknown]>([
    [
      "objects",
      z.object({ o: z.object({ a: z.string().optional(), b: z.string().nullable() }) }),
      { o: { a: null, b: null } },
      { o: { b: null } },
    ],
    ["arrays", z.array(Opt), { items: [{ a: null }, { a: "x" }] }, [{}, { a: "x" }]],
    ["records", z.record(z.string(), Opt), { k: { a: null } }, { k: {} }],
    ["a partial record's values", z.partialRecord(z.enum(["a", "b"]), z.string()), { a: null, b: "x" }, { b: "x" }],
    ["a record of optionals", z.record(z.enum(["a", "b"]), z.string().optional()), { a: null, b: "x" }, { b: "x" }],
    ["a catchall", z.object({}).catchall(Opt), { k: { a: null } }, { k: {} }],
    ["an object's unknown keys, as they are", Opt, { a: null, z: { a: null } }, { z: { a: null } }],
    [
      "a recursion",
      Recursive,
      { v: null, next: { v: "x", next: { v: null, next: null } } },
      { next: { v: "x", next: {} } },
    ],
    [
      "both sides of an intersection",
      Opt.and(z.object({ b: z.string().optional(), c: z.string().nullable() })),
      { a: null, b: null, c: null },
      { c: null },
    ],
    [
      "objects that both sides have",
      z.object({ o: Opt }).and(z.object({ o: z.object({ b: z.string().optional() }) })),
      { o: { a: null, b: null } },
      { o: {} },
    ],
    [
      "lists that both sides have",
      z.array(Opt).and(z.array(z.object({ b: z.string().optional() }))),
      { value: [{ a: null, b: null }] },
      [{}],
    ],
    [
      "a tuple that one side has",
      z.object({ t: z.tuple([z.string(), z.number()]) }).and(z.object({ t: z.any() })),
      { t: { "0": "a", "1": 1 } },
      { t: ["a", 1] },
    ],
    [
      "a tuple that the other side has",
      z.object({ t: z.any() }).and(z.object({ t: z.tuple([z.string(), z.number()]) })),
      { t: { "0": "a", "1": 1 } },
      { t: ["a", 1] },
    ],
    [
      "what a preprocess stands before",
      z.object({ p: z.preprocess((value) => value, Opt) }),
      { p: { a: null } },
      { p: {} },
    ],
    ["what a transform takes", Opt.transform((value) => value.a), { a: null }, {}],
    [
      "keys that are names of Object's",
      z.object({ constructor: z.string().optional() }),
      JSON.parse('{"constructor":null,"__proto__":null}'),
      JSON.parse('{"__proto__":null}'),
    ],
  ])("reaches into %s", (_, schema, given, restored) => {
    expect(unwrap(schema, given)).toStrictEqual(restored);
  });

  const Tuple = z.tuple([z.string(), z.number().optional(), Opt.optional()]);
  it.each<[string, z.ZodType, unknown, unknown]>([
    ["an array", Tuple, ["a", 1, { a: null }], ["a", 1, {}]],
    ["an array with nulls at its end", Tuple, ["a", null, null], ["a"]],
    ["an array with a null in it", Tuple, ["a", null, {}], ["a", undefined, {}]],
    ["an array that is too long", Tuple, ["a", 1, {}, 4], ["a", 1, {}, 4]],
    ["an object", Tuple, { "0": "a", "1": null, "2": { a: null } }, ["a", undefined, {}]],
    ["an object of nulls", Tuple, { "0": "a", "1": null, "2": null }, ["a"]],
    ["an unfinished object", Tuple, { "0": "a" }, ["a"]],
    ["an object with a rest", z.tuple([z.string()], Opt), { "0": "a", rest: [{ a: null }] }, ["a", {}]],
    ["an object without one", z.tuple([z.string()], Opt), { "0": "a", rest: [] }, ["a"]],
    ["an empty object", z.tuple([]), {}, []],
    ["something else", Tuple, "x", "x"],
  ])("makes a tuple of %s", (_, schema, given, restored) => {
    expect(unwrap(schema, { value: given })).toStrictEqual(restored);
  });

  it.each<[string, z.ZodType, unknown, unknown]>([
    ["its tag", Kinds, { type: "b", x: null }, { type: "b" }],
    ["its tag, first", Kinds, { type: "a", x: null }, { type: "a", x: null }],
    ["its tag, though the rest is wrong", Kinds, { type: "b", x: 1 }, { type: "b", x: 1 }],
    [
      "its tag, unfinished",
      z.union([
        z.object({ t: z.literal("a"), x: z.string().nullable(), y: z.string() }),
        z.object({ t: z.literal("b"), x: z.string().optional(), y: z.string(), z: z.string() }),
      ]),
      { t: "b", x: null },
      { t: "b" },
    ],
    [
      "its keys",
      z.union([Opt, z.object({ a: z.string().nullable(), b: z.string() })]),
      { a: null, b: "x" },
      { a: null, b: "x" },
    ],
    ["keys it lacks", z.union([z.object({ a: z.string().nullable(), b: z.string() }), Opt]), { a: null }, {}],
    [
      "the kind of a value",
      z.union([z.array(z.string()), z.tuple([z.string(), z.number().optional()]), Opt]),
      { a: null },
      {},
    ],
    [
      "the kind of a part",
      z.union([
        z.object({ p: z.string(), q: z.string().nullable() }),
        z.object({ p: z.number(), q: z.string().optional() }),
      ]),
      { p: 1, q: null },
      { p: 1 },
    ],
    [
      "the kind of a part below",
      z.union([
        z.object({ p: z.array(z.string()), q: z.string().nullable() }),
        z.object({ p: z.array(z.number()), q: z.string().optional() }),
      ]),
      { p: [1], q: null },
      { p: [1] },
    ],
    [
      "a bound",
      z.union([
        z.object({ p: z.number().max(5), q: z.string().nullable() }),
        z.object({ p: z.number(), q: z.string().optional() }),
      ]),
      { p: 9, q: null },
      { p: 9 },
    ],
    [
      "a format",
      z.union([
        z.object({ p: z.email(), q: z.string().nullable() }),
        z.object({ p: z.string(), q: z.string().optional() }),
      ]),
      { p: "x", q: null },
      { p: "x" },
    ],
    [
      "a length",
      z.union([
        z.object({ p: z.array(z.string()).min(2), q: z.string().nullable() }),
        z.object({ p: z.array(z.string()), q: z.string().optional() }),
      ]),
      { p: ["x"], q: null },
      { p: ["x"] },
    ],
    [
      "a record's keys",
      z.union([
        z.object({ p: z.record(z.enum(["a"]), z.string()), q: z.string().nullable() }),
        z.object({ p: z.record(z.string(), z.string()), q: z.string().optional() }),
      ]),
      { p: { b: "x" }, q: null },
      { p: { b: "x" } },
    ],
    [
      "an enum",
      z.union([
        z.object({ p: z.enum(["a"]), q: z.string().nullable() }),
        z.object({ p: z.enum(["b"]), q: z.string().optional() }),
      ]),
      { p: "b", q: null },
      { p: "b" },
    ],
    [
      "a coerced date",
      z.union([
        z.object({ p: z.number(), q: z.string().nullable() }),
        z.object({ p: z.coerce.date(), q: z.string().optional() }),
      ]),
      { p: "2026-01-01", q: null },
      { p: "2026-01-01" },
    ],
    [
      "a tuple's length",
      z.union([
        z.object({ p: z.tuple([z.string(), z.string()]), q: z.string().nullable() }),
        z.object({ p: z.tuple([z.string()]), q: z.string().optional() }),
      ]),
      { p: ["x"], q: null },
      { p: ["x"] },
    ],
    [
      "an intersection's keys",
      z.union([Opt, z.object({ a: z.string().nullable() }).and(z.object({ b: z.string() }))]),
      { a: null, b: "x" },
      { a: null, b: "x" },
    ],
    ["order, when both fit", z.union([Opt, z.object({ a: z.string().nullable() })]), { a: null }, {}],
    [
      "its kind, though all of it is wrong",
      z.union([z.array(z.string()), z.object({ p: z.string(), q: z.string().optional() })]),
      { p: 1, q: null },
      { p: 1 },
    ],
    ["a nullable's inside", Kinds.nullable(), { type: "b", x: null }, { type: "b" }],
    [
      "a property that may not be there",
      z.union([
        z.object({ a: z.string().nullable(), b: z.never().optional() }),
        z.object({ a: z.string().optional(), b: z.string() }),
      ]),
      { a: null, b: "x" },
      { b: "x" },
    ],
  ])("finds the branch of a union by %s", (_, schema, given, restored) => {
    expect(unwrap(schema, { value: given })).toStrictEqual(restored);
  });

  it("runs no code of the user's, and so cannot be thrown out of its way", () => {
    const fail = (): never => {
      throw new Error("called");
    };
    const Refined = z.object({ a: z.string().refine(fail).overwrite(fail).optional() }).refine(fail);
    const Other = z.object({
      a: z.stringFormat("own", fail).nullable(),
      b: z.string().check(z.property("length", z.any().refine(fail))),
    });
    const schema = z.union([Refined, Other, z.string().transform(fail), z.preprocess(fail, z.string())]);
    expect(unwrap(schema, { value: { a: null, b: "x" } })).toStrictEqual({ a: null, b: "x" });
    expect(unwrap(schema, { value: { a: "x" } })).toStrictEqual({ a: "x" });
  });

  it.each([[undefined], [null], [7], ["x"], [[]], [{}], [{ value: undefined }]])(
    "takes unfinished and odd input: %j",
    (parsed) => {
      for (const schema of [
        z.object({ a: Tuple }),
        Kinds,
        z.array(Opt),
        Recursive,
        z.record(z.string(), Opt).and(Opt),
      ]) {
        expect(() => unwrap(schema, parsed)).not.toThrow();
      }
    },
  );

  it("walks a shared part of nested unions once", () => {
    let schema: z.ZodType = z.string().optional();
    let value: unknown = null;
    for (let depth = 0; depth < 40; depth += 1) {
      schema = z.union([z.object({ n: schema, x: z.string() }), z.object({ n: schema, y: z.string() })]);
      value = { n: value, y: "y" };
    }
    const restored = JSON.stringify(restoreValue(schema, value));
    expect(restored).toContain('{"n":{"y":"y"},"y":"y"}');
  });
});
