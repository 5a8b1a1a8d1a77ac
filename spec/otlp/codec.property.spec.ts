import fc from "fast-check";
import { checkTracesData, decodeTracesData, encodeTracesData, type DecodedValue } from "../../lib/otlp/index";
import { anyAttributes as attributes, anyText as text } from "./arbitrary-span";
import { makeSpan } from "./make-span";

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** What a value must read back as: the codec's contract, written once more and simply. */
function expected(value: unknown): DecodedValue | undefined {
  switch (typeof value) {
    case "string":
      return value.toWellFormed();
    case "boolean":
      return value;
    case "number":
      if (Number.isInteger(value) && BigInt(value) >= MIN_INT64 && BigInt(value) <= MAX_INT64)
        return Number.isSafeInteger(value) ? value + 0 : BigInt(value);
      return value;
    case "bigint": {
      if (value < MIN_INT64 || value > MAX_INT64) return String(value);
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value;
    }
    case "object":
      if (value === null) return undefined;
      if (value instanceof Uint8Array) return new Uint8Array(value);
      if (Array.isArray(value)) return value.map((item) => expected(item) ?? null);
      return expectedMap(value);
    default:
      return undefined;
  }
}

function expectedMap(value: object): Map<string, DecodedValue> {
  const map = new Map<string, DecodedValue>();
  for (const [name, member] of Object.entries(value)) {
    const read = expected(member);
    const key = name.toWellFormed();
    if (!map.has(key) && read !== undefined) map.set(key, read);
  }
  return map;
}

describe("the codec", () => {
  it("writes any attributes as strict OTLP JSON that reads back equal", () => {
    fc.assert(
      fc.property(attributes, attributes, text, text, (own, onEvent, name, message) => {
        const span = makeSpan({
          name,
          attributes: own,
          events: [{ name, time: [1, 2], attributes: onEvent }],
          status: { code: 2, message },
        });
        const { text: line, encoded } = encodeTracesData([span]);
        expect(encoded).toBe(1);
        expect(line).not.toMatch(/[\n\r]/);
        expect(checkTracesData(line).filter(({ severity }) => severity === "error")).toEqual([]);
        // What is written as UTF-8 is what is read.
        const [read] = decodeTracesData(Buffer.from(line).toString()).spans;
        expect(read?.attributes).toEqual(expectedMap(own));
        expect(read?.events[0]?.attributes).toEqual(expectedMap(onEvent));
        expect(read?.name).toBe(name.toWellFormed());
        expect(read?.status).toEqual({ code: 2, message: message.toWellFormed() });
      }),
      { numRuns: 500 },
    );
  });

  it("keeps times exact to the nanosecond", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 34 - 1 }),
        fc.integer({ min: 0, max: 999_999_999 }),
        (seconds, nanos) => {
          const [read] = decodeTracesData(encodeTracesData([makeSpan({ startTime: [seconds, nanos] })]).text).spans;
          expect(read?.startNanos).toBe(BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
        },
      ),
    );
  });

  it("never throws and never lies about its count, whatever the spans are", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.anything(), fc.constant(makeSpan()))), (spans) => {
        const { text: line, encoded, rejected } = encodeTracesData(spans as never);
        expect(encoded + rejected.length).toBe(spans.length);
        expect(decodeTracesData(line).spans).toHaveLength(encoded);
        expect(checkTracesData(line).filter(({ severity }) => severity === "error")).toEqual([]);
      }),
    );
  });

  it("reads and checks any text without throwing", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((inner) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [inner] }] }] })),
        ),
        (line) => {
          expect(() => decodeTracesData(line)).not.toThrow();
          expect(() => checkTracesData(line)).not.toThrow();
        },
      ),
    );
  });
});
