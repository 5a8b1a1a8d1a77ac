import fc from "fast-check";
import { decodeTracesData, decodeTracesProtobuf, encodeTracesData, encodeTracesProtobuf } from "../../lib/otlp/index";
import { anySpan } from "./arbitrary-span";
import { goldenBatches } from "./golden-spans";

const anyBatch = fc.array(fc.oneof({ weight: 8, arbitrary: anySpan }, fc.anything() as fc.Arbitrary<never>), {
  maxLength: 4,
});
const sample = encodeTracesProtobuf([
  ...(goldenBatches["a full span"] ?? []),
  ...(goldenBatches["numbers"] ?? []),
]).bytes;

describe("the protobuf codec", () => {
  it("reads from its bytes what is read from the JSON of the same spans, mended alike", () => {
    fc.assert(
      fc.property(anyBatch, (spans) => {
        const json = encodeTracesData(spans);
        const { bytes, encoded, degraded, rejected } = encodeTracesProtobuf(spans);
        // What is nested too deep is cut at another depth in each (nesting-limit.spec.ts).
        if (!json.text.includes("[nested too deep]"))
          expect(decodeTracesProtobuf(bytes)).toEqual(decodeTracesData(json.text));
        expect({ encoded, degraded, rejected }).toEqual({
          encoded: json.encoded,
          degraded: json.degraded,
          rejected: json.rejected,
        });
      }),
      { numRuns: 500 },
    );
  });

  it("says of every beginning of a request that it is cut short", () => {
    const { bytes } = encodeTracesProtobuf(goldenBatches["a full span"] ?? []);
    expect(decodeTracesProtobuf(bytes).fault).toBeUndefined();
    for (let length = 1; length < bytes.length; length++) {
      const expected = { spans: [], skipped: 0, fault: "it is cut short" };
      expect(decodeTracesProtobuf(bytes.subarray(0, length))).toEqual(expected);
    }
  });

  it("never throws for a request with wrong bytes in it", () => {
    const change = fc.tuple(fc.nat(sample.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = new Uint8Array(sample);
        for (const [at, byte] of changes) bytes[at] = byte;
        const { spans, fault } = decodeTracesProtobuf(bytes);
        if (fault !== undefined) expect(spans).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("never throws for one flipped bit, wherever it is", () => {
    for (let bit = 0; bit < sample.length * 8; bit++) {
      const bytes = new Uint8Array(sample);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      decodeTracesProtobuf(bytes);
    }
  });

  it("never throws for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        decodeTracesProtobuf(bytes);
      }),
      { numRuns: 2_000 },
    );
  });
});
