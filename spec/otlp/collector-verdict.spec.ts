import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeTracesData, decodeTracesProtobuf, encodeTracesData, encodeTracesProtobuf } from "../../lib/otlp/index";
import { goldenBatches } from "./golden-spans";
import { findTraceDifferences, withoutDefaults } from "./trace-differences";

interface Answer {
  readonly sent: string;
  readonly understood: string;
}

/** What a Collector made of what was sent to it, as `scripts/ask-collector.mjs` kept it. */
interface Verdict {
  readonly collector: string;
  readonly batches: readonly {
    readonly name: string;
    /** Of `golden-spans.ts`; the others were generated, and speak for the decoders only. */
    readonly isGolden: boolean;
    readonly json: Answer;
    /** `sent` is base64. */
    readonly protobuf: Answer;
  }[];
}

const verdict = JSON.parse(readFileSync(join(__dirname, "fixtures/collector/verdict.json"), "utf8")) as Verdict;
const golden = verdict.batches.filter(({ isGolden }) => isGolden);

describe("the Collector's verdict", () => {
  it("speaks of every golden batch that has spans", () => {
    const names = Object.entries(goldenBatches).filter(([, spans]) => encodeTracesData(spans).encoded > 0);
    expect(golden.map(({ name }) => name)).toEqual(names.map(([name]) => name));
  });

  it.each(golden)("is about what we write today: $name", ({ name, json, protobuf }) => {
    const spans = goldenBatches[name] ?? [];
    expect(encodeTracesData(spans).text).toBe(json.sent);
    expect(Buffer.from(encodeTracesProtobuf(spans).bytes).toString("base64")).toBe(protobuf.sent);
  });

  it.each(verdict.batches)("is that JSON says what we say: $name", ({ json }) => {
    expect(findTraceDifferences(decodeTracesData(json.sent), decodeTracesData(json.understood))).toEqual([]);
  });

  it.each(verdict.batches)("is that protobuf says what we say: $name", ({ protobuf }) => {
    const sent = decodeTracesProtobuf(Buffer.from(protobuf.sent, "base64"));
    expect(findTraceDifferences(sent, decodeTracesData(protobuf.understood))).toEqual([]);
  });

  // Without our decoder between, which could be blind to the same fields on both sides.
  it.each(verdict.batches)("is that the JSON is what the Collector writes: $name", ({ json }) => {
    expect(withoutDefaults(JSON.parse(json.sent))).toEqual(withoutDefaults(JSON.parse(json.understood)));
  });

  it.each(golden)("is the same for both encodings: $name", ({ json, protobuf }) => {
    expect(protobuf.understood).toBe(json.understood);
  });
});
