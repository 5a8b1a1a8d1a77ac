import { runInNewContext } from "node:vm";
import { DEFAULT_CAPTURE_LIMITS, serializeValue } from "../../lib/capture/index.js";

const read = (value: unknown): unknown => JSON.parse(serializeValue(value, DEFAULT_CAPTURE_LIMITS));

class Ticket {
  readonly #secret = 1;
  id = "t-1";
  get double(): number {
    return this.#secret * 2;
  }
}

describe("values JSON has no form for", () => {
  const cases: [name: string, value: unknown, expected: unknown][] = [
    ["NaN", NaN, "NaN"],
    ["Infinity", [Infinity, -Infinity], ["Infinity", "-Infinity"]],
    ["minus zero", -0, 0],
    ["a bigint", 123n, "123n"],
    ["a negative bigint", -5n, "-5n"],
    ["a bigint of many digits", 2n ** 100_000n, "[BigInt of more than 4096 bits]"],
    ["a symbol", Symbol("why"), "[Symbol(why)]"],
    ["a function", function plan() {}, "[Function plan]"],
    [
      "a function without a name",
      (
        () => () =>
          1
      )(),
      "[Function]",
    ],
    ["a class", Ticket, "[Function Ticket]"],
    ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["an invalid date", new Date(NaN), "[Invalid Date]"],
    [
      "a map",
      new Map<unknown, unknown>([
        ["a", 1],
        [{ k: 1 }, [2]],
      ]),
      {
        "[Map]": [
          ["a", 1],
          [{ k: 1 }, [2]],
        ],
      },
    ],
    ["an empty map", new Map(), { "[Map]": [] }],
    ["a set", new Set([1, "b"]), { "[Set]": [1, "b"] }],
    ["a regular expression", /a"b/gi, '/a"b/gi'],
    ["a URL", new URL("http://host/path?q=1"), "http://host/path?q=1"],
    ["a buffer", Buffer.from("hello"), "[Buffer 5 bytes: 68 65 6c 6c 6f]"],
    ["a long byte array", new Uint8Array(1000), `[Uint8Array 1000 bytes: ${"00 ".repeat(16)}…]`],
    ["an embedding", new Float32Array([1, 2.5]), "[Float32Array 2 items: 1, 2.5]"],
    ["a long number array", new Float64Array(1536), "[Float64Array 1536 items: 0, 0, 0, 0, 0, 0, 0, 0, …]"],
    ["an array buffer", new ArrayBuffer(2), "[ArrayBuffer 2 bytes: 00 00]"],
    ["an empty array buffer", new ArrayBuffer(0), "[ArrayBuffer 0 bytes]"],
    ["a data view", new DataView(new ArrayBuffer(2), 1), "[DataView 1 bytes: 00]"],
    ["a class instance", new Ticket(), { "[class]": "Ticket", id: "t-1" }],
    ["an instance of an unnamed class", new (class {})(), { "[class]": "(anonymous)" }],
    ["an object without prototype", Object.assign(Object.create(null), { x: 1 }), { x: 1 }],
    ["an object of another realm", runInNewContext("({ x: [1, { y: 2 }] })"), { x: [1, { y: 2 }] }],
    ["boxed primitives", [new String("s"), new Number(1), new Boolean(false), Object(1n)], ["s", 1, false, "1n"]],
    ["a promise", Promise.resolve(1), "[Promise]"],
    ["weak collections", [new WeakMap(), new WeakSet(), new WeakRef({})], ["[WeakMap]", "[WeakSet]", "[WeakRef]"]],
    ["iterators", [new Map().keys(), new Set().values()], ["[Iterator]", "[Iterator]"]],
  ];
  it.each(cases)("reads %s", (_, value, expected) => {
    expect(read(value)).toStrictEqual(expected);
    expect(read({ before: 1, value, after: [value] })).toStrictEqual({ before: 1, value: expected, after: [expected] });
  });

  it("writes an error with its name, message, own fields, cause and stack", () => {
    class RateLimitError extends Error {
      status = 429;
    }
    const inner = Object.assign(new TypeError("inner"), { stack: "stack of inner" });
    const error = Object.assign(new RateLimitError("outer", { cause: inner }), { stack: "stack of outer" });
    expect(read(error)).toStrictEqual({
      name: "RateLimitError",
      message: "outer",
      status: 429,
      cause: { name: "TypeError", message: "inner", stack: "stack of inner" },
      stack: "stack of outer",
    });
  });

  it("writes the errors of an AggregateError and the name of a DOMException", () => {
    expect(read(new AggregateError([new RangeError("one")], "all"))).toMatchObject({
      name: "AggregateError",
      message: "all",
      errors: [{ name: "RangeError", message: "one" }],
    });
    expect(read(new DOMException("stopped", "AbortError"))).toMatchObject({ name: "AbortError", message: "stopped" });
  });

  it("ends a chain of causes that leads back to itself", () => {
    const error = Object.assign(new Error("loop"), { stack: "s" });
    error.cause = error;
    expect(read(error)).toStrictEqual({ name: "Error", message: "loop", cause: "[Circular ~]", stack: "s" });
  });

  it("asks toJSON as JSON.stringify does: with the key, once, and not the answer again", () => {
    const keys: unknown[] = [];
    const again = (): string => "asked again";
    const asked = { toJSON: (key: unknown) => (keys.push(key), { toJSON: again, x: 1 }) };
    const answer = { toJSON: "[Function again]", x: 1 };
    expect(read({ a: asked, b: [asked] })).toStrictEqual({ a: answer, b: [answer] });
    expect(keys).toStrictEqual(["a", "0"]);
  });

  it("writes what toJSON answers even where JSON has no form for it", () => {
    expect(read([{ toJSON: () => new Map([[1, 2n]]) }, { toJSON: () => undefined }])).toStrictEqual([
      { "[Map]": [[1, "2n"]] },
      null,
    ]);
  });

  it("writes an enclosing value met again as its path", () => {
    const value: Record<string, unknown> = { list: [{ deep: {} }] };
    const inner = (value["list"] as { deep: Record<string, unknown> }[])[0]?.deep;
    Object.assign(inner ?? {}, { top: value, list: value["list"] });
    expect(read(value)).toStrictEqual({ list: [{ deep: { top: "[Circular ~]", list: "[Circular ~.list]" } }] });
    const map = new Map<string, unknown>();
    map.set("self", map);
    expect(read(map)).toStrictEqual({ "[Map]": [["self", "[Circular ~]"]] });
  });
});
