import fc from "fast-check";
import { DEFAULT_CAPTURE_LIMITS, serializeValue } from "../../lib/capture/index.js";
import { codePoint } from "../support/code-point.js";

const write = (value: unknown): string => serializeValue(value, DEFAULT_CAPTURE_LIMITS);

describe("plain data within the limits", () => {
  it("is written exactly as JSON.stringify writes it", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: codePoint }), (value) => {
        expect(write(value)).toBe(JSON.stringify(value));
      }),
      { numRuns: 500 },
    );
  });

  it("is written exactly when it fills maxBytes to the last byte", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: "grapheme" }), (value) => {
        const native = JSON.stringify(value);
        const limits = { ...DEFAULT_CAPTURE_LIMITS, maxBytes: Buffer.byteLength(native) };
        expect(serializeValue(value, limits)).toBe(native);
      }),
      { numRuns: 500 },
    );
  });

  const texts: [name: string, unit: fc.Arbitrary<string>][] = [
    ["printable", fc.string({ unit: "grapheme-ascii" })],
    [
      "controls, quotes and breaks",
      fc.string({ unit: fc.constantFrom('"', "\\", "\n", "\u0000", "\u001f", "\u007f", "a", "bc d") }),
    ],
    ["wide", fc.string({ unit: fc.constantFrom("é", "中", "\u2028", "😀", "\n", "plain text of some length ") })],
    ["lone surrogates", fc.string({ unit: fc.constantFrom("\ud800", "\udfff", "😀", "a", '"') })],
  ];
  it.each(texts)("quotes long strings as JSON.stringify does: %s", (_, text) => {
    const long = fc.array(text, { minLength: 0, maxLength: 20 }).map((parts) => parts.join("some words between them "));
    fc.assert(
      fc.property(long, (value) => expect(write(value)).toBe(JSON.stringify(value))),
      { numRuns: 300 },
    );
  });

  it("finds every character that must be escaped, alone, first, inside and last in a long string", () => {
    const words = "thirty characters of plain text";
    for (let code = 0; code <= 0xff; code++) {
      const char = String.fromCharCode(code);
      for (const value of [char, char + words, words + char + words, words + char, words + "é" + char + words]) {
        expect(write(value)).toBe(JSON.stringify(value));
      }
    }
  });

  it("keeps the keys __proto__, constructor and toString as data", () => {
    const value: unknown = JSON.parse('{"__proto__":{"x":1},"constructor":2,"toString":null,"":3}');
    expect(write(value)).toBe('{"__proto__":{"x":1},"constructor":2,"toString":null,"":3}');
  });

  it("keeps the order of many different shapes", () => {
    const shapes = Array.from({ length: 3000 }, (_, i) => ({
      [`k${i % 2500}`]: i,
      [`k${(i * 7) % 2500}`]: -i,
      last: i,
    }));
    for (const shape of shapes) expect(write(shape)).toBe(JSON.stringify(shape));
  });

  it("drops undefined members, writes null for undefined and missing items, and null for undefined itself", () => {
    expect(write({ a: undefined, b: 1, c: undefined })).toBe('{"b":1}');
    expect(write({ a: undefined })).toBe("{}");
    expect(write([undefined, , 1])).toBe("[null,null,1]");
    expect(write(undefined)).toBe("null");
  });

  it("leaves out what is inherited, by symbol or not enumerable", () => {
    const value: object = Object.create(
      { inherited: 1 },
      { own: { value: 2, enumerable: true }, hidden: { value: 3 } },
    );
    Object.assign(value, { [Symbol("s")]: 4 });
    expect(write(value)).toBe('{"own":2}');
  });

  it("writes a value that stands in two places in both", () => {
    const shared = { x: [1] };
    expect(write({ a: shared, b: [shared, shared] })).toBe('{"a":{"x":[1]},"b":[{"x":[1]},{"x":[1]}]}');
  });
});
