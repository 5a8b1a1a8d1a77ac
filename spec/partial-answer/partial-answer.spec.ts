import * as z from "zod";
import * as mini from "zod/mini";

import { PartialJsonError } from "../../lib/errors.js";
import { OpenArray } from "../../lib/partial-answer/open-array.js";
import { PartialAnswer } from "../../lib/partial-answer/partial-answer.js";
import { PartialJsonParser } from "../../lib/partial-json/partial-json-parser.js";
import { createResponseSchema } from "../../lib/response-schema/response-schema.js";
import { restoreUnfinished } from "../../lib/response-schema/restore-values.js";
import { plain } from "../../lib/partial-answer/value-structure.js";
import { expectSame } from "../support/expect-same.js";

const answerTo = <T>(schema: z.core.$ZodType<T>, strict = false): PartialAnswer<T> =>
  new PartialAnswer(createResponseSchema(schema, { strict }));

/** What is shown after each piece. */
const shownBy = (schema: z.core.$ZodType, ...pieces: readonly string[]): unknown[] => {
  const answer = answerTo(schema);
  return pieces.map((piece) => {
    answer.push(piece);
    return answer.snapshot;
  });
};

/** What is wrong after each piece. */
async function foundBy(schema: z.core.$ZodType, ...pieces: readonly string[]): Promise<unknown[][]> {
  const answer = answerTo(schema);
  const found: unknown[][] = [];
  for (const piece of pieces) {
    answer.push(piece);
    found.push((await answer.validateFinished()).map(({ path, code }) => [path.join("."), code]));
  }
  return found;
}

describe("a snapshot", () => {
  const Trip = z.object({
    title: z.string().default("Trip"),
    note: z.string().optional(),
    stops: z.array(z.string().transform((name) => name.length)),
  });

  it("has what is known, without defaults, transforms and the nulls that stand for missing", () => {
    expect(shownBy(Trip, "", " {", '"no', 'te": null, "stops"', ': ["Ba', 'sel", "Be', 'rn"]}')).toEqual([
      undefined,
      {},
      {},
      {},
      { stops: ["Ba"] },
      { stops: ["Basel", "Be"] },
      { stops: ["Basel", "Bern"] },
    ]);
  });

  it("is the same object until something changes", () => {
    const answer = answerTo(Trip);
    const seen = ['{"title":"Lake', '"', ' , "no', 'te" :', " nul", "l", ', "stops"', ":", "[", " ", "]", "} "].map(
      (piece) => {
        answer.push(piece);
        return answer.snapshot;
      },
    );
    expect(new Set(seen).size).toBe(2);
    expect(seen[0]).toEqual({ title: "Lake" });
    expect(seen.at(-1)).toEqual({ title: "Lake", stops: [] });
  });

  it("is the same object when a value that was shown whole is closed", () => {
    const Tagged = z.discriminatedUnion("t", [z.object({ t: z.literal("a"), note: z.string().optional() })]);
    const [before, after] = shownBy(z.array(Tagged), '{"items":[{"t":"a","note":null', "}] }");
    expect(before).toEqual([{ t: "a" }]);
    expect(after).toBe(before);
  });

  it("shares what is closed with the one before", () => {
    const List = z.array(z.object({ a: z.object({ b: z.number().optional() }), c: z.string().optional() }));
    const [first, second] = shownBy(List, '{"items":[{"a":{"b":null},"c":null},{"a":{"b":1}', ',"c":"x') as {
      a: unknown;
    }[][];
    expect(first).toEqual([{ a: {} }, { a: { b: 1 } }]);
    expect(second).toEqual([{ a: {} }, { a: { b: 1 }, c: "x" }]);
    expect(second?.[0]).toBe(first?.[0]);
    expect(second?.[1]?.a).toBe(first?.[1]?.a);
  });

  it("does not grow with values of any kind", () => {
    const Any = z.object({ any: z.any(), list: z.array(z.unknown()), either: z.union([z.any(), z.string()]) }).loose();
    const pieces = [
      '{"any":{"a":[1',
      ",2]},",
      '"list":[{"b":[',
      '3]}],"either":{"c":["x"',
      ',"y"]},"more":{"d":[',
      "]}}",
    ];
    const seen = shownBy(Any, ...pieces);
    expect(seen).toEqual([
      { any: { a: [] } },
      { any: { a: [1, 2] } },
      { any: { a: [1, 2] }, list: [{ b: [] }] },
      { any: { a: [1, 2] }, list: [{ b: [3] }], either: { c: ["x"] } },
      { any: { a: [1, 2] }, list: [{ b: [3] }], either: { c: ["x", "y"] }, more: { d: [] } },
      { any: { a: [1, 2] }, list: [{ b: [3] }], either: { c: ["x", "y"] }, more: { d: [] } },
    ]);
  });

  it("has an array for a tuple that is written as an object", () => {
    const Pair = z.object({ pair: z.tuple([z.string(), z.number().optional()]) });
    expect(shownBy(Pair, '{"pair":{"0":"a', '","1":', "null", "}}")).toStrictEqual([
      { pair: ["a"] },
      { pair: ["a"] },
      { pair: ["a"] },
      { pair: ["a"] },
    ]);
    expect(shownBy(Pair, '{"pair":["a",null', "]}")).toStrictEqual([{ pair: ["a"] }, { pair: ["a"] }]);
  });

  it("has the members of the branch that the answer began with", () => {
    const Tagged = z.discriminatedUnion("t", [
      z.object({ t: z.literal("a"), x: z.null() }),
      z.object({
        t: z.literal("b"),
        x: z.string().optional(),
        y: z.enum(["one", "two"]),
        z: z.string(),
        w: z.string(),
      }),
    ]);
    expect(shownBy(z.object({ it: Tagged }), '{"it":{"t":"b","x":null', ',"y":"tw')).toEqual([
      { it: { t: "b" } },
      { it: { t: "b", y: "tw" } },
    ]);
  });

  it("keeps a member named __proto__ a member", () => {
    const [shown, later] = shownBy(z.looseObject({}), '{"__proto__":{"a":"b', '"}, "c":1}');
    expectSame(shown, JSON.parse('{"__proto__":{"a":"b"}}'), "shown");
    expectSame(later, JSON.parse('{"__proto__":{"a":"b"},"c":1}'), "later");
  });

  it("has no member whose key came again until its new value begins", () => {
    const pieces = ['{"a":{"x":[1', '],"y":2},"b":3,', '"a"', ":[4", "],", '"b":5}'];
    expect(shownBy(z.looseObject({}), ...pieces)).toEqual([
      { a: { x: [] } },
      { a: { x: [1], y: 2 }, b: 3 },
      { b: 3 },
      { a: [], b: 3 },
      { a: [4], b: 3 },
      { a: [4], b: 5 },
    ]);
  });

  it("has the new value of a key that came again at once", () => {
    const pieces = ['{"a":{"x":[1', ']},"a":{"y":[2', ']},"b":0,"b":-0}'];
    const [first, second, third] = shownBy(z.looseObject({}), ...pieces);
    expect([first, second]).toEqual([{ a: { x: [] } }, { a: { y: [] } }]);
    expectSame(third, { a: { y: [2] }, b: -0 }, "third");
    expectSame(shownBy(z.looseObject({}), '{"a":0,"b":1', ',"a":-0}')[1], { a: -0, b: 1 }, "in pieces");
  });

  it("keeps the nulls among a list's items", () => {
    expect(shownBy(z.array(z.string().optional()), "[null,")).toEqual([[null]]);
    expect(shownBy(z.tuple([z.string()], z.string().optional()), '["a",null,')).toEqual([["a", null]]);
  });

  it("keeps the nulls of members that the schema does not name", () => {
    expect(shownBy(z.object({}), '{"toString":null,')).toEqual([JSON.parse('{"toString":null}')]);
  });

  it("drops the nulls that stand for entries left out of a map", () => {
    expect(shownBy(z.record(z.string(), z.string().optional()), '{"a":null,"b":"')).toStrictEqual([{ b: "" }]);
  });

  it("has no member of which only the key is known", () => {
    expect(shownBy(z.looseObject({}), '{"toString"', ":", "1}")).toEqual([{}, {}, JSON.parse('{"toString":1}')]);
  });

  it("is what the wrapper holds", () => {
    expect(shownBy(z.array(z.string()), "{", '"items"', ':["a', '"],"more":[1]', "}")).toEqual([
      undefined,
      undefined,
      ["a"],
      ["a"],
      ["a"],
    ]);
  });

  it("is the bare answer where the wrapper was left out", () => {
    expect(shownBy(z.array(z.string()), "[", '"a"]')).toEqual([[], ["a"]]);
    expect(shownBy(z.string().nullable(), '"a', 'b"')).toEqual(["a", "ab"]);
  });

  it("waits for the end of a bare object, as the wrapper may still come", () => {
    const Maybe = z.object({ a: z.number() }).nullable();
    expect(shownBy(Maybe, '{"a":1', "}")).toEqual([undefined, { a: 1 }]);
    expect(shownBy(Maybe, '{"a":1', ',"value":{"a":2}}')).toEqual([undefined, { a: 2 }]);
    expect(shownBy(Maybe, '{"value":{"a":1}', ',"value"', ":null}")).toEqual([{ a: 1 }, undefined, null]);
  });

  it("is undefined for a root that was left out", () => {
    expect(shownBy(z.string().optional(), '{"value":"a"', ',"value":null}')).toEqual(["a", undefined]);
  });
});

describe("validateFinished", () => {
  it("tells of each part as soon as it is finished", async () => {
    const Order = z.object({
      id: z.string().min(3),
      items: z.array(z.object({ n: z.number(), tags: z.array(z.string()).min(3) })).min(2),
      total: z.number(),
    });
    const item = [
      ["items.0.n", "invalid_type"],
      ["items.0.tags", "too_small"],
    ] as const;
    await expect(
      foundBy(Order, '{"id":"a', '"', ',"items":[{"n":"x"', ',"tags":["a","b"', "]", "}", "]", "}"),
    ).resolves.toEqual([
      [],
      [["id", "too_small"]],
      [["id", "too_small"], item[0]],
      [["id", "too_small"], item[0]],
      [["id", "too_small"], ...item],
      [["id", "too_small"], ...item],
      [["id", "too_small"], ...item, ["items", "too_small"]],
      [["id", "too_small"], ...item, ["items", "too_small"], ["total", "invalid_type"]],
    ]);
  });

  it("reaches below wrappers, into tuples and maps", async () => {
    const Deep = z.object({
      a: z.array(z.int()).optional().nullable().readonly(),
      b: z.lazy(() => z.tuple([z.string().min(2)], z.boolean())),
      c: z.record(z.string(), z.string().min(2)).default({}),
      d: z.object({ e: z.int() }).transform(({ e }) => e),
    });
    await expect(
      foundBy(Deep, '{"a":[0.5,', '1],"b":["x",', '0 ,true],"c":{"k":"x"', '},"d":{"e":0.5 ', "}"),
    ).resolves.toEqual([
      [["a.0", "invalid_type"]],
      [
        ["a.0", "invalid_type"],
        ["b.0", "too_small"],
      ],
      [
        ["a.0", "invalid_type"],
        ["b.1", "invalid_type"],
        ["b.0", "too_small"],
        ["c.k", "too_small"],
      ],
      [
        ["a.0", "invalid_type"],
        ["b.1", "invalid_type"],
        ["b.0", "too_small"],
        ["c.k", "too_small"],
        ["d.e", "invalid_type"],
      ],
      [
        ["a.0", "invalid_type"],
        ["b.1", "invalid_type"],
        ["b.0", "too_small"],
        ["c.k", "too_small"],
        ["d.e", "invalid_type"],
      ],
    ]);
  });

  it("takes unions, intersections, catches, codecs, preprocessed values and checked maps as one part", async () => {
    const short = z.object({ s: z.string().min(2) });
    const codec = z.codec(short, z.any(), { decode: (value): unknown => value, encode: () => ({ s: "" }) });
    const wholes = [
      z.union([short, z.number()]),
      z.intersection(short, z.object({})),
      codec,
      z.preprocess((value) => value, short),
      z.record(z.string().max(1), z.string().min(2)),
      z.record(z.enum(["s"]), z.string().min(2)),
      z.object({ x: z.string() }).pipe(z.any()).catch("caught").pipe(short),
    ];
    for (const whole of wholes) {
      const found = await foundBy(z.object({ whole }), '{"whole":{"s":"x"', "}");
      expect(found[0]).toEqual([]);
      expect(found[1]).toHaveLength(1);
    }
  });

  it("runs no check below such a part before it is whole", async () => {
    const List = z.object({ list: z.array(z.string().min(2)) });
    const Whole = z.object({ whole: z.preprocess((value) => value, List) });
    const found = await foundBy(Whole, '{"whole":{"list":["x"', "]", "}");
    expect(found).toEqual([[], [], [["whole.list.0", "too_small"]]]);
  });

  it("runs the checks of a tuple's item that was left out once", async () => {
    const run = jest.fn(() => true);
    const answer = answerTo(z.tuple([z.string(), z.string().optional().refine(run)]));
    answer.push('["a",null');
    await answer.validateFinished();
    answer.push("]");
    await answer.finish();
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("runs the checks of unknown members once", async () => {
    const run = jest.fn(() => true);
    const answer = answerTo(z.object({ a: z.string().optional() }).catchall(z.string().refine(run)));
    answer.push('{"a":"","b":"x"');
    await answer.validateFinished();
    answer.push("}");
    await expect(answer.finish()).resolves.toEqual({ success: true, data: { a: "", b: "x" } });
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("takes what a loose map lets through as it is", async () => {
    const answer = answerTo(z.looseRecord(z.string().max(1), z.array(z.int())));
    answer.push('{"long":[1,');
    await answer.validateFinished();
    answer.push('"x"]}');
    await expect(answer.finish()).resolves.toEqual({ success: true, data: { long: [1, "x"] } });
  });

  it("runs the checks of a finished part once, in the end too", async () => {
    const ran: string[] = [];
    const run = <T>(name: string, result: T): T => (ran.push(name), result);
    const Item = z
      .object({ n: z.string().transform((n) => run(`transform ${n}`, n.length)) })
      .refine(() => run("item", true));
    const Order = z
      .object({
        id: z.string().refine(async () => run("id", true)),
        items: z.array(Item).refine(() => run("items", true)),
      })
      .transform((order) => run("order", order.items));
    const answer = answerTo(Order);
    for (const unit of '{"id":"a","items":[{"n":"b"},{"n":"cc"}]}') {
      answer.push(unit);
      await answer.validateFinished();
    }
    await expect(answer.finish()).resolves.toEqual({ success: true, data: [{ n: 1 }, { n: 2 }] });
    await expect(answer.finish()).resolves.toEqual({ success: true, data: [{ n: 1 }, { n: 2 }] });
    await expect(answer.validateFinished()).resolves.toEqual([]);
    expect(ran).toEqual(["id", "transform b", "item", "transform cc", "item", "items", "order"]);
  });

  it("lets asynchronous checks run at the same time, and waits for those of earlier calls", async () => {
    const waiting: (() => void)[] = [];
    const slow = z
      .string()
      .refine((text) => new Promise<boolean>((done) => waiting.push(() => done(text === "a"))), "bad");
    const answer = answerTo(z.array(slow));
    answer.push('["a","b"');
    const first = answer.validateFinished();
    answer.push(',"c"');
    const second = answer.validateFinished();
    expect(waiting).toHaveLength(3);
    waiting.splice(0, 2).forEach((finish) => finish());
    expect((await first).map(({ path }) => path)).toEqual([[1]]);
    waiting.forEach((finish) => finish());
    expect((await second).map(({ path }) => path)).toEqual([[1], [2]]);
  });

  it("rejects, now and ever after, with what a check throws", async () => {
    const ran: string[] = [];
    const fail = z.string().refine(async (text) => {
      ran.push(text);
      throw new Error("no database");
    });
    const answer = answerTo(z.object({ a: fail, b: z.string() }));
    answer.push('{"a":"x"');
    await expect(answer.validateFinished()).rejects.toThrow("no database");
    await expect(answer.validateFinished()).rejects.toThrow("no database");
    answer.push(',"b":""}');
    await expect(answer.finish()).rejects.toThrow("no database");
    expect(ran).toEqual(["x"]);
  });

  it("rejects also with what a check throws at once", async () => {
    const fail = jest.fn(() => {
      throw new Error("no database");
    });
    const answer = answerTo(z.array(z.string().refine(fail)));
    answer.push('["x"');
    await expect(answer.validateFinished()).rejects.toThrow("no database");
    await expect(answer.validateFinished()).rejects.toThrow("no database");
    answer.push("]");
    await expect(answer.finish()).rejects.toThrow("no database");
    expect(fail).toHaveBeenCalledTimes(1);
  });

  it("forgets what was wrong with a member whose key comes again", async () => {
    const Order = z.object({ a: z.string().min(3), b: z.array(z.string().min(3)) });
    const pieces = ['{"a":"x"', ',"b":["y"', '],"a"', ':"long"', ',"b":["long"', "]", ',"a":"x"}'];
    await expect(foundBy(Order, ...pieces)).resolves.toEqual([
      [["a", "too_small"]],
      [
        ["a", "too_small"],
        ["b.0", "too_small"],
      ],
      [["b.0", "too_small"]],
      [["b.0", "too_small"]],
      [],
      [],
      [["a", "too_small"]],
    ]);
  });

  it("tells once of a value that comes again after another", async () => {
    const Once = z.object({ a: z.string().min(3) }).loose();
    await expect(foundBy(Once, '{"a":"x"', ',"a":"long"', ',"a":"x"', ',"a":"x"')).resolves.toEqual([
      [["a", "too_small"]],
      [],
      [["a", "too_small"]],
      [["a", "too_small"]],
    ]);
  });

  it("takes no inherited property for a member", async () => {
    const Odd = z.object({ toString: z.string().optional(), a: z.string().min(2) });
    await expect(foundBy(Odd, '{"a":"x"', ',"toString":"y"}')).resolves.toEqual([
      [["a", "too_small"]],
      [["a", "too_small"]],
    ]);
  });

  it("leaves members named __proto__ out, as zod does", async () => {
    const Odd = z.object({ a: z.string() }).catchall(z.array(z.string().min(3)));
    await expect(foundBy(Odd, '{"__proto__":["x"', '],"a":""}')).resolves.toEqual([[], []]);
    await expect(foundBy(Odd, '{"__proto__":["x"]', ',"a":""}')).resolves.toEqual([[], []]);
  });

  it("gives a user's own messages the whole path, and the value as it was answered", async () => {
    const said: unknown[] = [];
    const error = (issue: { path?: PropertyKey[] | undefined; input?: unknown }): string => {
      said.push([issue.path, issue.input]);
      return "wrong";
    };
    const answer = answerTo(z.object({ list: z.array(z.strictObject({ a: z.string({ error }) }, { error })) }));
    answer.push('{"list":[{"a":1,');
    await answer.validateFinished();
    expect(said.splice(0)).toEqual([[["list", 0, "a"], 1]]);
    answer.push('"b":2}');
    await answer.validateFinished();
    expect(said).toEqual([
      [["list", 0, "a"], 1],
      [["list", 0], { a: 1, b: 2 }],
    ]);
  });

  it("asks no default for its value before that is wanted", async () => {
    let asked = 0;
    const Late = z.object({ a: z.object({ b: z.string() }).default(() => ({ b: `${++asked}` })) });
    const answer = answerTo(Late);
    asked = 0;
    answer.push('{"a":{"b":""');
    await answer.validateFinished();
    answer.push("}}");
    await expect(answer.finish()).resolves.toEqual({ success: true, data: { a: { b: "" } } });
    expect(asked).toBe(0);
  });

  it("says of a union what the branch that got furthest lacks", async () => {
    const Either = z.union([z.object({ t: z.literal("a") }), z.object({ t: z.literal("b"), n: z.number() })]);
    await expect(foundBy(z.object({ x: z.array(Either) }), '{"x":[{"t":"b","n":"1"}')).resolves.toEqual([
      [["x.0.n", "invalid_type"]],
    ]);
  });

  it("takes schemas of zod/mini", async () => {
    const Mini = mini.object({ a: mini.optional(mini.array(mini.string().check(mini.minLength(2)))) });
    await expect(foundBy(Mini, '{"a":["x"')).resolves.toEqual([[["a.0", "too_small"]]]);
  });
});

describe("finish", () => {
  it("gives the typed value, without any look before", async () => {
    const answer = answerTo(z.object({ a: z.string().transform((text) => text.length), b: z.number().default(2) }));
    answer.push('{"a":"abc"}');
    const result: { success: true; data: { a: number; b: number } } | { success: false } = await answer.finish();
    expect(result).toEqual({ success: true, data: { a: 3, b: 2 } });
  });

  it("gives what the container makes of its parts", async () => {
    const Frozen = z.strictObject({ a: z.array(z.string()).readonly(), b: z.string().catch("caught") }).readonly();
    const answer = answerTo(Frozen);
    answer.push('{"a":["x"');
    await answer.validateFinished();
    answer.push('],"b":1}');
    const result = await answer.finish();
    expect(result).toEqual({ success: true, data: { a: ["x"], b: "caught" } });
    expect(result.success && Object.isFrozen(result.data) && Object.isFrozen(result.data.a)).toBe(true);
  });

  it("says of a list that is too long that, and nothing of its items", async () => {
    const answer = answerTo(z.array(z.string().min(2)).max(1));
    answer.push('["a"');
    await expect(answer.validateFinished()).resolves.toHaveLength(1);
    answer.push(',"b"]');
    await expect(answer.finish()).resolves.toMatchObject({ issues: [{ path: [], code: "too_big" }] });
  });

  it("runs no check of a container of which a part failed for good", async () => {
    const run = jest.fn(() => true);
    const answer = answerTo(z.object({ a: z.number() }).refine(run));
    answer.push('{"a":""');
    await answer.validateFinished();
    answer.push("}");
    await expect(answer.finish()).resolves.toMatchObject({ issues: [{ path: ["a"] }] });
    expect(run).not.toHaveBeenCalled();
  });

  it("closes a number at the root", async () => {
    const answer = answerTo(z.number().max(20));
    answer.push("12");
    expect([answer.isClosed, answer.snapshot]).toEqual([false, undefined]);
    await expect(answer.finish()).resolves.toEqual({ success: true, data: 12 });
    expect([answer.isClosed, answer.snapshot]).toEqual([true, 12]);
  });

  it("takes a null for an optional root that was left out", async () => {
    const answer = answerTo(z.string().optional());
    answer.push('{"value":null}');
    await expect(answer.validateFinished()).resolves.toEqual([]);
    await expect(answer.finish()).resolves.toEqual({ success: true, data: undefined });
  });

  it("rejects where the JSON is not whole", async () => {
    const answer = answerTo(z.object({ a: z.string() }));
    answer.push('{"a":"x"');
    await expect(answer.finish()).rejects.toThrow(PartialJsonError);
    expect(answer.isClosed).toBe(false);
    expect(() => answer.push("}")).toThrow(PartialJsonError);
  });
});

describe("push", () => {
  it("throws on what is no JSON, and on more behind the value", () => {
    const answer = answerTo(z.object({ a: z.string() }));
    expect(() => answer.push('{"a":x')).toThrow(PartialJsonError);
    expect(answer.snapshot).toEqual({});
    const closed = answerTo(z.object({}));
    closed.push("{} \n");
    expect(closed.isClosed).toBe(true);
    expect(() => closed.push("{")).toThrow(PartialJsonError);
  });
});

describe("a deep answer", () => {
  interface Node {
    readonly child?: Node | undefined;
    readonly n: string;
  }
  const Node: z.ZodType<Node> = z.lazy(() => z.object({ n: z.string(), child: Node.optional() }));
  /** More than zod can follow. */
  const DEPTH = 3_000;
  const opening = '{"n":"x","child":'.repeat(DEPTH);

  it("is shown and validated, also when it closes all at once", async () => {
    const answer = answerTo(Node);
    for (let at = 0; at < opening.length; at += 500) {
      answer.push(opening.slice(at, at + 500));
      void answer.snapshot;
      if (at % 2_000 === 0) await expect(answer.validateFinished()).resolves.toEqual([]);
    }
    answer.push(`{"n":1}${"}".repeat(DEPTH)}`);
    const result = await answer.finish();
    expect(result).toMatchObject({ issues: [{ code: "invalid_type" }] });
  });

  it("takes schemas that refer to themselves by getters", async () => {
    const Category = z.object({
      n: z.string().min(2),
      get children() {
        return z.array(Category).optional();
      },
    });
    await expect(foundBy(Category, '{"n":"ok","children":[{"n":"x"', "}]}")).resolves.toEqual([
      [["children.0.n", "too_small"]],
      [["children.0.n", "too_small"]],
    ]);
  });
});

describe("an open list", () => {
  it("tells of each closed item once", () => {
    const live: unknown[] = ["a", "b", "c"];
    const list = new OpenArray(live, plain);
    list.update(2);
    expect(list.takeFresh().map(({ key }) => key)).toEqual([0, 1]);
    list.update(3);
    expect(list.takeFresh().map(({ key }) => key)).toEqual([2]);
  });
});

describe("the path to the place being read", () => {
  it.each<[string, (string | number)[]]>([
    ["", []],
    ["{", []],
    ['{"a', []],
    ['{"a"', ["a"]],
    ['{"a":"x', ["a"]],
    ['{"a":1,', []],
    ['{"a":[', ["a", 0]],
    ['{"a":[1,', ["a", 1]],
    ['{"a":[1,{"b":', ["a", 1, "b"]],
    ['{"a":[1,{"b":{}}', ["a", 2]],
    ["{}", []],
    ["[[]]", []],
  ])("is, in %j, %j", (text, path) => {
    const parser = new PartialJsonParser();
    parser.push(text);
    expect(parser.openPath).toEqual(path);
  });
});

describe("an unfinished value", () => {
  it("is taken for what it has become once it is finished", () => {
    const One = z.object({ t: z.literal("one"), x: z.string().optional() });
    const Other = z.object({ t: z.string(), x: z.null() });
    expect(shownBy(z.object({ it: z.union([One, Other]) }), '{"it":{"x":null,"t":"on', '"', "}")).toEqual([
      { it: { t: "on" } },
      { it: { t: "on" } },
      { it: { t: "on", x: null } },
    ]);
  });

  it("is taken for the branch that nothing in it speaks against", () => {
    const Either = z.union([
      z.object({ k: z.string(), x: z.null() }),
      z.object({ k: z.enum(["one", "two"]), x: z.string().optional(), y: z.string(), z: z.string() }),
      z.object({ k: z.number() }),
    ]);
    expect(restoreUnfinished(z.union([Either.options[1], Either.options[0]]), { k: "tw", x: null })).toEqual({
      k: "tw",
    });
    expect(restoreUnfinished(z.union([Either.options[1], Either.options[0]]), { k: "wt", x: null })).toEqual({
      k: "wt",
      x: null,
    });
  });
});
