import { checkTracesData, decodeTracesData, encodeTracesData } from "../../lib/otlp/index";
import { makeSpan } from "./make-span";

function encode(value: unknown): unknown {
  const { text } = encodeTracesData([makeSpan({ attributes: { value } })]);
  expect(checkTracesData(text)).toEqual([]);
  return JSON.parse(text).resourceSpans[0].scopeSpans[0].spans[0].attributes?.[0].value;
}

describe("an attribute value", () => {
  // The first five are what the stock JsonTraceSerializer 0.223 gets wrong.
  it.each([
    ["1e30, beyond int64", 1e30, { doubleValue: 1e30 }],
    ["NaN", NaN, { doubleValue: "NaN" }],
    ["Infinity", Infinity, { doubleValue: "Infinity" }],
    ["-Infinity", -Infinity, { doubleValue: "-Infinity" }],
    ["a lone surrogate", "a\ud83db\udc00", { stringValue: "a\ufffdb\ufffd" }],
    ["a lone surrogate in a long text", `${"x".repeat(200)}\ud83d`, { stringValue: `${"x".repeat(200)}\ufffd` }],
    ["a whole surrogate pair", "👋", { stringValue: "👋" }],
    ["text that looks like an escape", "\\ud83d", { stringValue: "\\ud83d" }],
    ["controls and quotes", '\0\u001b"\\\u2028', { stringValue: '\0\u001b"\\\u2028' }],
    ["an integer", 42, { intValue: "42" }],
    ["minus zero", -0, { intValue: "0" }],
    ["2^53, exact", 2 ** 53, { intValue: "9007199254740992" }],
    ["2^62, exact", 2 ** 62, { intValue: "4611686018427387904" }],
    ["the least int64", -(2 ** 63), { intValue: "-9223372036854775808" }],
    ["2^63, one too many", 2 ** 63, { doubleValue: 2 ** 63 }],
    ["a fraction", 0.1, { doubleValue: 0.1 }],
    ["the smallest double", 5e-324, { doubleValue: 5e-324 }],
    ["a bigint within int64", 2n ** 63n - 1n, { intValue: "9223372036854775807" }],
    ["a bigint beyond int64", 2n ** 63n, { stringValue: "9223372036854775808" }],
    ["false", false, { boolValue: false }],
    ["bytes", new Uint8Array([0, 255, 16]), { bytesValue: "AP8Q" }],
    ["a slice of a buffer", Buffer.from("abcd").subarray(1, 3), { bytesValue: "YmM=" }],
    ["a date", new Date(0), { stringValue: "1970-01-01T00:00:00.000Z" }],
    ["an invalid date", new Date(NaN), { stringValue: "Invalid Date" }],
    ["an empty list", [], { arrayValue: {} }],
    [
      "a list with holes",
      [1, null, undefined, "x"],
      { arrayValue: { values: [{ intValue: "1" }, {}, {}, { stringValue: "x" }] } },
    ],
    ["numbers in a typed array", new Float64Array([1.5]), { arrayValue: { values: [{ doubleValue: 1.5 }] } }],
    ["an empty object", {}, { kvlistValue: {} }],
    [
      "an object",
      { a: { b: [1] }, "": 2, n: null },
      {
        kvlistValue: {
          values: [
            {
              key: "a",
              value: {
                kvlistValue: { values: [{ key: "b", value: { arrayValue: { values: [{ intValue: "1" }] } } }] },
              },
            },
            { key: "", value: { intValue: "2" } },
          ],
        },
      },
    ],
    [
      "a map",
      new Map<unknown, unknown>([["k", 1]]),
      { kvlistValue: { values: [{ key: "k", value: { intValue: "1" } }] } },
    ],
  ])("%s is written strictly", (_, value, expected) => {
    expect(encode(value)).toEqual(expected);
  });

  it.each([
    ["null", null],
    ["undefined", undefined],
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
  ])("%s has no form and is left out", (_, value) => {
    expect(encode(value)).toBeUndefined();
  });

  it("says where an object contains itself", () => {
    const loop: Record<string, unknown> = { a: 1 };
    loop["self"] = loop;
    expect(encode(loop)).toEqual({
      kvlistValue: {
        values: [
          { key: "a", value: { intValue: "1" } },
          { key: "self", value: { stringValue: "[circular]" } },
        ],
      },
    });
  });

  it("ends values that are nested without end", () => {
    let deep: unknown = "bottom";
    for (let level = 0; level < 100_000; level++) deep = [deep];
    const text = JSON.stringify(encode(deep));
    expect(text).toContain("[nested too deep]");
    expect(text).not.toContain("bottom");
  });

  it("ends values that share children at every level", () => {
    let wide: unknown = 1;
    for (let level = 0; level < 40; level++) wide = { a: wide, b: wide };
    const text = JSON.stringify(encode(wide));
    expect(text).toContain("[too many values]");
    expect(text.length).toBeLessThan(20_000_000);
  });

  it("keeps keys unique and not empty, whatever they are", () => {
    const attributes = { "": 1, "\ud800": 2, "\ud801": 3, "\ufffd": 4, ["__proto__"]: 5, constructor: 6 };
    const { text } = encodeTracesData([makeSpan({ attributes })]);
    expect(checkTracesData(text)).toEqual([]);
    expect([...(decodeTracesData(text).spans[0]?.attributes ?? [])]).toEqual([
      ["\ufffd", 2],
      ["__proto__", 5],
      ["constructor", 6],
    ]);
  });
});
