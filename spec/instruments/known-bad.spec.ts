import { knownBadPairings } from "../../lib/instruments/known-bad.js";
import { isInRange } from "../../lib/instruments/version-range.js";

const OTEL = "@opentelemetry/instrumentation-openai";
const OPENINFERENCE = "@arizeai/openinference-instrumentation-openai";
const TRACELOOP = "@traceloop/instrumentation-openai";

describe("a version range", () => {
  it.each([
    ["6.49.0", ">=5 <7", true],
    ["5.0.0", ">=5 <7", true],
    ["7.0.0", ">=5 <7", false],
    ["4.99.99", ">=5 <7", false],
    ["0.22.1", ">=0.21 <0.23", true],
    ["0.23.0", ">=0.21 <0.23", false],
    ["4.2.7", "=4.2.7", true],
    ["4.2.7", "4.2.7", true],
    ["4.2.8", "=4.2.7", false],
    ["4.10.0", ">4.9.9", true],
    ["4.9.9", ">4.9.9", false],
    ["4.9.9", "<=4.9.9", true],
    ["4.9.10", "<=4.9.9", false],
    ["7.0.0-beta.1", ">=7", true],
    ["", ">=0", false],
    ["latest", ">=0", false],
    ["1.2.3", "^1.0.0", false],
  ])("has %p in %p: %p", (version, range, expected) => {
    expect(isInRange(version, range)).toBe(expected);
  });
});

describe("a known-bad pairing", () => {
  const pairs = (installed: Record<string, string[]>): string[] =>
    knownBadPairings(new Map(Object.entries(installed))).map(
      ({ pairing, version, withVersion }) =>
        `${pairing.package} ${version} with ${pairing.with} ${withVersion}: ${pairing.effect}`,
    );

  it.each<[string, Record<string, string[]>, string[]]>([
    ["nothing", {}, []],
    ["a library alone", { openai: ["6.49.0"] }, []],
    ["an instrumentation alone", { [OTEL]: ["0.22.0"] }, []],
    [
      "OpenTelemetry's with openai 6",
      { [OTEL]: ["0.21.0"], openai: ["6.49.0"] },
      [`${OTEL} 0.21.0 with openai 6.49.0: \`parse()\` and \`asResponse()\` throw "Body is unusable"`],
    ],
    ["OpenTelemetry's with openai 7, which it leaves alone", { [OTEL]: ["0.22.0"], openai: ["7.55.0"] }, []],
    [
      "OpenTelemetry's with the older of two copies",
      { [OTEL]: ["0.22.0"], openai: ["7.55.0", "5.23.2"] },
      [
        `${OTEL} 0.22.0 with openai 5.23.2: \`parse()\` and \`asResponse()\` throw "Body is unusable"`,
        `${OTEL} 0.22.0 with openai 5.23.2: streams throw unless a MeterProvider is set`,
      ],
    ],
    [
      "Traceloop's with openai 6",
      { [TRACELOOP]: ["0.27.0"], openai: ["6.49.0"] },
      [`${TRACELOOP} 0.27.0 with openai 6.49.0: \`chat.completions.stream()\` and \`stream.tee()\` throw`],
    ],
    [
      "OpenInference's with openai 7",
      { [OPENINFERENCE]: ["4.2.7"], openai: ["7.55.0"] },
      [
        `${OPENINFERENCE} 4.2.7 with openai 7.55.0: a stream that fails is a rejection which nobody can handle and which ` +
          "ends the process; under the loader hook importing openai fails",
      ],
    ],
    [
      "two instrumentations of one library",
      { [OPENINFERENCE]: ["4.2.7"], [OTEL]: ["0.21.0"] },
      [`${OTEL} 0.21.0 with ${OPENINFERENCE} 4.2.7: \`chat.completions.create()\` throws "Body is unusable"`],
    ],
    ["versions that were mended", { [OTEL]: ["0.30.0"], openai: ["6.49.0"] }, []],
  ])("is found among %s", (_what, installed, expected) => {
    expect(pairs(installed)).toEqual(expected);
  });
});
