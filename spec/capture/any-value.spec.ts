import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import { DEFAULT_CAPTURE_LIMITS, serializeArguments, serializeValue } from "../../lib/capture/index.js";
import { codePoint } from "../support/code-point.js";

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  stringUnit: codePoint,
  maxDepth: 5,
});
const hostile = fc.constantFrom<() => object>(
  () => Object.defineProperty({}, "x", { enumerable: true, get: thrower }),
  () => ({ toJSON: thrower }),
  () => new Proxy({}, new Proxy({}, { get: () => thrower })),
  revoked,
);

function thrower(): never {
  throw new Error("hostile");
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe("any value", () => {
  it("gives valid, well-formed JSON within the bounds", () => {
    const limits = fc.constantFrom(DEFAULT_CAPTURE_LIMITS, { maxBytes: 200, maxDepth: 3, maxItems: 4 });
    fc.assert(
      fc.property(anything, limits, (value, bounds) => {
        const text = serializeValue(value, bounds);
        JSON.parse(text);
        expect(Buffer.from(text).toString()).toBe(text);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bounds.maxBytes + 1024);
      }),
      { numRuns: 1000 },
    );
  });

  it("is not changed by being read", () => {
    fc.assert(
      fc.property(fc.clone(anything, 2), ([value, twin]) => {
        // Two invalid dates never are equal to Node, read or not.
        fc.pre(isDeepStrictEqual(value, twin));
        serializeValue(value, DEFAULT_CAPTURE_LIMITS);
        expect(isDeepStrictEqual(value, twin)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps a hostile value's neighbours as they are alone", () => {
    fc.assert(
      fc.property(anything, hostile, anything, (before, makeHostile, after) => {
        const alone = (value: unknown): unknown => JSON.parse(serializeValue([value], DEFAULT_CAPTURE_LIMITS))[0];
        const text = serializeValue([before, makeHostile(), after], DEFAULT_CAPTURE_LIMITS);
        const [left, middle, right] = JSON.parse(text) as unknown[];
        expect([left, right]).toStrictEqual([alone(before), alone(after)]);
        expect(JSON.stringify(middle)).toMatch(/\[Unreadable: (getter|toJSON|proxy) threw\]/);
      }),
      { numRuns: 300 },
    );
  });

  it("is the same as an argument and as a value", () => {
    fc.assert(
      fc.property(anything, (value) => {
        const text = serializeArguments([value], { names: ["v"], restIndex: undefined }, DEFAULT_CAPTURE_LIMITS);
        expect(text).toBe(value === undefined ? "{}" : `{"v":${serializeValue(value, DEFAULT_CAPTURE_LIMITS)}}`);
      }),
      { numRuns: 300 },
    );
  });
});
