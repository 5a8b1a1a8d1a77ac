import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeTracesData, decodeTracesProtobuf, encodeTracesData, encodeTracesProtobuf } from "../../lib/otlp/index";
import { goldenBatches } from "./golden-spans";

/**
 * Made with go.opentelemetry.io/proto/otlp 1.7.0 and google.golang.org/protobuf 1.36.12, which read `hex` as an
 * `ExportTraceServiceRequest` and wrote it as proto3 JSON (`judged`) and as protobuf again (`rewritten`).
 */
interface Golden {
  readonly name: string;
  readonly hex: string;
  readonly judged: unknown;
  readonly rewritten: string;
}

const golden = JSON.parse(readFileSync(join(__dirname, "fixtures/protobuf-golden.json"), "utf8")) as Golden[];

/** Plain proto3 JSON writes ids as base64. */
function toOtlpJson(json: unknown): string {
  return JSON.stringify(json, (name, value: unknown) => {
    if (/^(traceId|spanId|parentSpanId)$/.test(name)) return Buffer.from(String(value), "base64").toString("hex");
    return value;
  });
}

describe("encodeTracesProtobuf", () => {
  it("is judged in every batch", () => {
    expect(golden.map(({ name }) => name)).toEqual(Object.keys(goldenBatches));
  });

  it.each(golden)("writes the bytes that are kept of $name", ({ name, hex }) => {
    expect(Buffer.from(encodeTracesProtobuf(goldenBatches[name] ?? []).bytes).toString("hex")).toBe(hex);
  });

  it.each(golden.slice(1))("is read by Go as what we write in JSON: $name", ({ name, judged }) => {
    expect(decodeTracesData(toOtlpJson(judged))).toEqual(
      decodeTracesData(encodeTracesData(goldenBatches[name] ?? []).text),
    );
  });

  it.each(golden)("loses nothing that Go would write: $name", ({ hex, rewritten }) => {
    expect(rewritten).toHaveLength(hex.length);
  });

  it("counts what it could not write as it was", () => {
    const { encoded, degraded, rejected } = encodeTracesProtobuf(goldenBatches["what must be mended"] ?? []);
    expect({ encoded, degraded, rejected }).toEqual({
      encoded: 5,
      degraded: [
        { index: 0, reason: "invalid time: start" },
        { index: 2, reason: "invalid time: event" },
        { index: 3, reason: "a link without valid ids" },
        { index: 4, reason: "attribute 0 cannot be read" },
      ],
      rejected: [{ index: 1, reason: "its traceId is not valid" }],
    });
  });

  it("writes lengths of three bytes and of four", () => {
    for (const length of [16_383, 16_384, 2_097_151, 2_097_152]) {
      const [span] = goldenBatches["a root span"] ?? [];
      const { bytes } = encodeTracesProtobuf([{ ...span, attributes: { text: "x".repeat(length) } } as never]);
      expect(decodeTracesProtobuf(bytes).spans[0]?.attributes.get("text")).toHaveLength(length);
    }
  });
});

describe("decodeTracesProtobuf", () => {
  it.each(golden.slice(1))("reads what Go writes: $name", ({ judged, rewritten }) => {
    expect(decodeTracesProtobuf(Buffer.from(rewritten, "hex"))).toEqual(decodeTracesData(toOtlpJson(judged)));
  });
});
