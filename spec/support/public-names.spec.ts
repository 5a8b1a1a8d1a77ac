import { unknownNamesIn } from "./public-names.js";

describe("the names in a document's code", () => {
  it.each([
    "startTelemetry({ appName, processors })",
    '@Task({ method: "run" })',
    "buffer.run(fn)",
    "SPANDREL_CAPTURE_CONTENT=false",
    "traceloop.entity.input",
    "respan.metadata.<key>",
    "gen_ai.request.*",
    "spandrel/exporters",
    "aws-sdk",
    '"anything that a user likes"',
    "await new OpenAI()",
    ".spandrel/traces.jsonl",
    "@opentelemetry/instrumentation-pg",
    "Retry-After",
  ])("are known: %s", (code) => {
    expect(unknownNamesIn(code)).toEqual([]);
  });

  it.each([
    ["startTelemetri({ appNam })", ["startTelemetri", "appNam"]],
    ["SPANDREL_CAPTURE_CONTENTS", ["SPANDREL_CAPTURE_CONTENTS"]],
    ["traceloop.entity.imput", ["traceloop.entity.imput"]],
    ["respan.metadatas.<key>", ["respan.metadatas.<key>"]],
    ["spandrel/exporter", ["spandrel/exporter"]],
    ["aws-sdkk", ["aws-sdkk"]],
  ])("are unknown: %s", (code, unknown) => {
    expect(unknownNamesIn(code)).toEqual(unknown);
  });
});
