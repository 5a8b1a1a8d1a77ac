import { PartialJsonError, SpandrelError } from "../../lib/errors.js";
import { PartialJsonParser } from "../../lib/partial-json/partial-json-parser.js";

function parserOf(...pieces: string[]): PartialJsonParser {
  const parser = new PartialJsonParser();
  for (const piece of pieces) parser.push(piece);
  return parser;
}

function errorOf(run: () => unknown): PartialJsonError {
  try {
    run();
  } catch (error) {
    if (error instanceof PartialJsonError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("PartialJsonParser", () => {
  it("does what its example says", () => {
    const parser = new PartialJsonParser();
    parser.push('{"title":"Lake Gen');
    expect(parser.value).toEqual({ title: "Lake Gen" });
    parser.push('eva","depth":31');
    expect(parser.value).toStrictEqual({ title: "Lake Geneva" });
    expect(parser.isComplete(["title"])).toBe(true);
    parser.push("0}");
    expect(parser.finish()).toEqual({ title: "Lake Geneva", depth: 310 });
  });

  it.each<[string, unknown]>([
    ["", undefined],
    [" \n", undefined],
    ["{", {}],
    ['{"na', {}],
    ['{"name"', {}],
    ['{"name" :', {}],
    ['{"name":"', { name: "" }],
    ['{"name":[', { name: [] }],
    ['{"a":1', {}],
    ['{"a":1 ', { a: 1 }],
    ["[1", []],
    ["[1,", [1]],
    ["[-1.5e3]", [-1500]],
    ["[tru", []],
    ["[true", [true]],
    ["[[1],[2", [[1], []]],
    ["nul", undefined],
    ["null", null],
    ["12", undefined],
    ["12 ", 12],
    ['"ab\\', "ab"],
    ['"ab\\u00e', "ab"],
    ['"ab\\u00e9', "abé"],
    ['"a\ud83d', "a"],
    ['"a\ud83d\ude00', "a\ud83d\ude00"],
    ['"a\\ud83d', "a"],
    ['"a\\ud83d\\ude0', "a"],
    ['"a\\ud83d\ude00', "a\ud83d\ude00"],
    ['"a\ud83d"', "a\ud83d"],
    ['"a\ud83db', "a\ud83db"],
    ['"a\ude00', "a\ude00"],
  ])("shows of %j what is certain: %j", (text, shown) => {
    expect(parserOf(text).value).toStrictEqual(shown);
    expect(parserOf(...text.split("")).value).toStrictEqual(shown);
  });

  it("takes a repeated key's value away once the key has been read again, and keeps its place", () => {
    const parser = parserOf('{"a":{"x":1},"b":2,"a');
    expect(parser.value).toStrictEqual({ a: { x: 1 }, b: 2 });
    expect(parser.isComplete(["a", "x"])).toBe(true);
    parser.push('"');
    expect(parser.value).toStrictEqual({ a: undefined, b: 2 });
    expect(parser.isComplete(["a"])).toBe(false);
    parser.push(":3");
    expect(parser.value).toStrictEqual({ a: undefined, b: 2 });
    parser.push(',"b":"');
    expect(parser.value).toStrictEqual({ a: 3, b: "" });
    parser.push('"}');
    expect(JSON.stringify(parser.finish())).toBe('{"a":3,"b":""}');
  });

  it("makes an own property of __proto__", () => {
    const value = parserOf('{"__proto__":{"polluted":1},"constructor":2,"__proto__":[3').value;
    expect(Object.keys(Object(value))).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Reflect.get(Object(value), "polluted")).toBeUndefined();
  });

  it("grows its containers in place", () => {
    const parser = parserOf('{"items":[{"id":1},{');
    const root = parser.value as { items: unknown[] };
    const { items } = root;
    const [first, second] = items;
    parser.push('"id":2}],"done":true}');
    expect(parser.finish()).toBe(root);
    expect(root).toStrictEqual({ items: [{ id: 1 }, { id: 2 }], done: true });
    expect(root.items).toBe(items);
    expect(items[0]).toBe(first);
    expect(items[1]).toBe(second);
  });

  it("names items by numbers and members by strings", () => {
    const parser = parserOf('{"0":[{"a":"text"},1],"b":[2');
    const isComplete = (...path: (string | number)[]) => parser.isComplete(path);
    expect(isComplete("0")).toBe(true);
    expect(isComplete("0", 0, "a")).toBe(true);
    expect(isComplete("0", 1)).toBe(true);
    for (const path of [[0], ["0", "0"], ["0", "length"], ["0", -1], ["0", 0.5], ["0", 2], ["0", 0, "a", 0]]) {
      expect(isComplete(...path)).toBe(false);
    }
    expect(isComplete("toString")).toBe(false);
    expect(isComplete("b")).toBe(false);
    expect(isComplete("b", 0)).toBe(false);
    expect(isComplete()).toBe(false);
  });

  it.each<[string, string, unknown]>([
    ["1", " ", 1],
    ["tru", "e", true],
    ['"a', '"', "a"],
    ["[", "]", []],
  ])("completes the root %s%s with its last character, or what follows a number", (text, rest, value) => {
    const parser = parserOf(text);
    expect(parser.isComplete([])).toBe(false);
    parser.push(rest);
    expect(parser.isComplete([])).toBe(true);
    expect(parser.finish()).toEqual(value);
  });

  it("completes a number at the root by finish", () => {
    const parser = parserOf("-1", "2");
    expect(parser.isComplete([])).toBe(false);
    expect(parser.finish()).toBe(-12);
    expect(parser.isComplete([])).toBe(true);
    expect(parser.value).toBe(-12);
    expect(parser.finish()).toBe(-12);
    expect(errorOf(() => parser.push(" 3")).offset).toBe(4);
  });

  it.each(["", "  ", "{", '{"a"', '{"a":', '{"a":1', "[1,", '"a', '"\\u00', "-", "1.", "1e", "tru", "[[]"])(
    "does not finish %j, and then nothing more",
    (text) => {
      const parser = parserOf(text);
      const error = errorOf(() => parser.finish());
      expect(parser.value).toStrictEqual(parserOf(text).value);
      expect(error.offset).toBe(text.length);
      expect(error.message).toMatch(
        new RegExp(`^SPANDREL_PARTIAL_JSON: the text ends at offset ${text.length}, before`),
      );
      expect(errorOf(() => parser.push("1"))).toBe(error);
      expect(errorOf(() => parser.finish())).toBe(error);
    },
  );

  it("reads 100,000 levels, one unit at a time or all at once", () => {
    const depth = 100_000;
    const text = '{"a":['.repeat(depth / 2) + "]}".repeat(depth / 2);
    for (const pieces of [[text], text.split("")]) {
      const parser = new PartialJsonParser();
      for (const piece of pieces) parser.push(piece);
      let levels = 0;
      for (let node = parser.finish(); typeof node === "object"; levels++) node = Object.values(Object(node))[0];
      expect(levels).toBe(depth);
    }
    const parser = parserOf(text.slice(0, 3 * depth + depth / 3));
    const path = Array.from({ length: depth - 1 }, (_, level) => (level % 2 === 0 ? "a" : 0));
    expect(parser.isComplete(path)).toBe(true);
    expect(parser.isComplete(path.slice(0, depth / 4))).toBe(false);
  });
});

describe("PartialJsonError", () => {
  it("says what, where, and how to mend it, and nothing of the text", () => {
    const error = errorOf(() => parserOf('{"secret":"s3cr3t",', "}"));
    expect(error).toBeInstanceOf(SpandrelError);
    expect(error).toMatchObject({ name: "PartialJsonError", code: "SPANDREL_PARTIAL_JSON", offset: 19 });
    expect(error.message).toBe(
      "SPANDREL_PARTIAL_JSON: expected a key in quotes at offset 19 of the text. " +
        "Push one JSON text as RFC 8259 has it: no comments, no trailing commas, nothing around it.",
    );
  });

  it("comes again from every push and finish, and leaves what was shown", () => {
    const parser = parserOf('{"list":[1,2');
    const error = errorOf(() => parser.push(',"ab\u0001c"]}'));
    expect(error.offset).toBe(16);
    for (const again of [() => parser.push(""), () => parser.push('c"]}'), () => parser.finish()]) {
      expect(errorOf(again)).toBe(error);
    }
    expect(parser.value).toEqual({ list: [1, 2, "ab"] });
    expect(parser.isComplete(["list", 1])).toBe(true);
    expect(parser.isComplete(["list", 2])).toBe(false);
  });

  it.each<[string, unknown]>([
    ["1,", undefined],
    ["1x", undefined],
    ["01", undefined],
    ["[1x", []],
    ["[1}", []],
    ['{"a":1]', {}],
    ["[1 2", [1]],
    ['{"a":tru]', {}],
  ])("of %j leaves no value that is shown by the wrong unit", (text, shown) => {
    const parser = new PartialJsonParser();
    errorOf(() => parser.push(text));
    expect(parser.value).toStrictEqual(shown);
  });
});
