import fc from "fast-check";
import { DEFAULT_CAPTURE_LIMITS, serializeValue, type CaptureLimits } from "../../lib/capture/index.js";
import { codePoint } from "../support/code-point.js";

const write = (value: unknown, limits: Partial<CaptureLimits> = {}): string =>
  serializeValue(value, { ...DEFAULT_CAPTURE_LIMITS, ...limits });
const read = (value: unknown, limits: Partial<CaptureLimits> = {}): unknown => JSON.parse(write(value, limits));

describe("limits of a captured value", () => {
  it("keeps the start of a long string and says how long it was", () => {
    const text = read("x".repeat(5_000_000), { maxBytes: 1000 }) as string;
    expect(text).toMatch(/^x{700,}…\[cut: 5000000 chars\]$/);
    expect(text.length).toBeLessThanOrEqual(1000);
  });

  it("never cuts a surrogate pair in half", () => {
    for (let maxBytes = 100; maxBytes < 120; maxBytes++) {
      const text = read("😀".repeat(1000), { maxBytes }) as string;
      expect(text).toMatch(/^(😀){8,}…\[cut: 2000 chars\]$/u);
    }
  });

  it("keeps the neighbours of a string that is larger than everything allowed", () => {
    expect(read({ before: 1, huge: "y".repeat(1_000_000), after: { model: "m", n: [1, 2] } })).toStrictEqual({
      before: 1,
      huge: expect.stringMatching(/^y{40000,}…\[cut: 1000000 chars\]$/) as unknown,
      after: { model: "m", n: [1, 2] },
    });
  });

  it("cuts a member name that is larger than everything allowed and keeps its neighbours", () => {
    expect(read({ ["k".repeat(100_000)]: 1, b: 2 })).toStrictEqual({
      [`${"k".repeat(32)}…[cut: 100000 chars]`]: 1,
      b: 2,
    });
  });

  it("keeps maxItems items and counts the rest", () => {
    expect(read([1, 2, 3, 4], { maxItems: 3 })).toStrictEqual([1, 2, 3, "[cut: 1 more item]"]);
    expect(read([1, 2, 3, 4], { maxItems: 4 })).toStrictEqual([1, 2, 3, 4]);
    expect(read({ a: 1, b: 2, c: 3 }, { maxItems: 1 })).toStrictEqual({ a: 1, "…": "[cut: 2 more keys]" });
    expect(read(new Set([1, 2, 3]), { maxItems: 1 })).toStrictEqual({ "[Set]": [1, "[cut: 2 more items]"] });
    expect(
      read(
        new Map([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
        { maxItems: 2 },
      ),
    ).toStrictEqual({
      "[Map]": [[1, 2], [3, 4], "[cut: 1 more item]"],
    });
    expect(read(new Array(4_000_000_000), { maxItems: 1 })).toStrictEqual([null, "[cut: 3999999999 more items]"]);
  });

  it("says more than 1000 keys where counting on would cost", () => {
    const value = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i]));
    expect(read(value, { maxItems: 2 })).toStrictEqual({ k0: 0, k1: 1, "…": "[cut: >1000 more keys]" });
  });

  it("writes maxDepth containers inside one another and names what lies below", () => {
    const value = { a: { b: [[1, 2]] }, c: 1 };
    expect(read(value, { maxDepth: 4 })).toStrictEqual(value);
    expect(read(value, { maxDepth: 3 })).toStrictEqual({ a: { b: ["[cut: array of 2 items, too deep]"] }, c: 1 });
    expect(read(value, { maxDepth: 1 })).toStrictEqual({ a: "[cut: object, too deep]", c: 1 });
    expect(read(value, { maxDepth: 0 })).toBe("[cut: object, too deep]");
  });

  it("marks every container that is open where the bytes end", () => {
    const value = { list: [{ a: "12345678", b: 1, c: 1 }, 2, 3], d: 1, e: 1 };
    expect(read(value, { maxBytes: 30 })).toStrictEqual({
      list: [{ a: "12345678", "…": "[cut: 2 more keys]" }, "[cut: 2 more items]"],
      "…": "[cut: 2 more keys]",
    });
  });

  it("stays within maxBytes and 1024 for markers, and never above 1 MiB", () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({
      id: i,
      text: '中\n"'.repeat(i % 50),
      nested: [[[{ i }]]],
    }));
    for (const maxBytes of [-1, 0, 1, 100, 10_000, 65_536, 5_000_000, Infinity, NaN]) {
      const text = write(rows, { maxBytes, maxItems: Infinity });
      JSON.parse(text);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(
        maxBytes >= 0 && maxBytes < 1_000_000 ? maxBytes + 1024 : maxBytes < 0 ? 1024 : 1_048_576,
      );
    }
  });

  it("counts empty containers in full", () => {
    for (const empty of [[], {}, { a: undefined }]) {
      const text = write(Array.from({ length: 900 }, () => new Array(90).fill(empty)));
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536 + 1024);
    }
  });

  it("marks the innermost of very many open containers, and leaves out what the bytes for markers do not hold", () => {
    let value: unknown = { text: "x".repeat(100), last: 1 };
    for (let i = 0; i < 200; i++) value = { a: value, last: i };
    const text = write(value, { maxDepth: 256, maxBytes: 1300 });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1300 + 1024);
    expect(text).toMatch(/^(\{"a":){200}\{"text":.*"…":"\[cut: 1 more key\]"/);
    JSON.parse(text);
  });

  it("is valid JSON within its bounds for any value and any limits", () => {
    const limits = fc.record({ maxBytes: fc.nat(400), maxDepth: fc.nat(6), maxItems: fc.nat(8) });
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8, stringUnit: codePoint }), limits, (value, bounds) => {
        const text = serializeValue(value, bounds);
        JSON.parse(text);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bounds.maxBytes + 1024);
      }),
      { numRuns: 1000 },
    );
  });

  it("does not recurse deeper than 256 levels, whatever is asked", () => {
    let value: unknown = 1;
    for (let i = 0; i < 100_000; i++) value = { a: value };
    expect(write(value, { maxDepth: Infinity }).split("{").length - 1).toBe(256);
  });
});
