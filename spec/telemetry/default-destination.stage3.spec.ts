import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { InvalidOptionError } from "../../lib/errors.js";
import {
  FileSpanExporter,
  InMemorySpanExporter,
  OtlpSpanExporter,
  RespanSpanExporter,
} from "../../lib/exporters/index.js";
import { createDefaultExporter } from "../../lib/telemetry/default-destination.js";
import { resolveOptions } from "../../lib/telemetry/resolve-options.js";
import { readTraceFile } from "../journeys/trace-file.js";
import { type ProgramRun, runProgram } from "./program.js";
import { startOtlpReceiver } from "../support/otlp-receiver.js";
import { freshTelemetry, record, said, start } from "./rig.js";

freshTelemetry();

/** The program of somebody who has read the first line of the README. */
const FIVE_LINES = `
startTelemetry();
class Desk {
  @Workflow() handle(text: string) { return text.toUpperCase(); }
}
console.log(new Desk().handle("a"));
`;
const TRACES = ".spandrel/traces.jsonl";
const linesOf = ({ stderr }: ProgramRun): string[] => stderr.split("\n").filter((line) => line !== "");

describe("the default destination", () => {
  const nowhere = new InMemorySpanExporter();
  const destination = (options: object, env: Record<string, string> = {}) =>
    createDefaultExporter(resolveOptions(options, env));

  it("is customExporter where one is given, in production too, and nothing is said", () => {
    expect(destination({ customExporter: nowhere }, { NODE_ENV: "production", RESPAN_API_KEY: "k" })).toBe(nowhere);
    expect(said).toEqual([]);
  });

  it("is otherwise the local file, and one line tells where and how to look at it", () => {
    expect(destination({})).toBeInstanceOf(FileSpanExporter);
    expect(said).toEqual([expect.stringMatching(/SPANDREL_LOCAL_FILE: .*\.spandrel\/traces\.jsonl.*to read them/)]);
  });

  it("is nothing in production, and one warning tells the mend", () => {
    expect(destination({}, { NODE_ENV: "production" })).toBeUndefined();
    expect(said).toEqual([
      expect.stringMatching(
        /SPANDREL_NO_DESTINATION: .*give OTEL_EXPORTER_OTLP_ENDPOINT, apiKey, customExporter or processors\.default/,
      ),
    ]);
  });

  it.each<[string, object, Record<string, string>, new () => unknown]>([
    ["Respan with a key", { apiKey: "k" }, {}, RespanSpanExporter],
    ["Respan with a key in the variable", {}, { RESPAN_API_KEY: "k" }, RespanSpanExporter],
    [
      "Respan before OpenTelemetry's endpoint",
      { apiKey: "k" },
      { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" },
      RespanSpanExporter,
    ],
    ["OpenTelemetry's endpoint", {}, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }, OtlpSpanExporter],
    ["its endpoint for traces", {}, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:1" }, OtlpSpanExporter],
  ])("is %s, in production too, and nothing is said", (_what, options, env, kind) => {
    Object.assign(process.env, env);
    expect(destination(options, { ...env, NODE_ENV: "production" })).toBeInstanceOf(kind);
    expect(said).toEqual([]);
  });

  it.each<[string, object, Record<string, string>]>([
    ["baseUrl", { apiKey: "secret-value", baseUrl: "ftp://x" }, {}],
    ["header", { apiKey: "secret-value", headers: { "x y": "secret-value" } }, {}],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", {}, { OTEL_EXPORTER_OTLP_ENDPOINT: "ftp://user:secret-value@host" }],
  ])("is an error at once where %s cannot be used, without anything secret in it", (what, options, env) => {
    Object.assign(process.env, env);
    expect(() => destination(options, env)).toThrow(InvalidOptionError);
    expect(() => destination(options, env)).toThrow(new RegExp(what));
    expect(() => destination(options, env)).not.toThrow(/secret-value/);
  });

  it("sends the headers and the key to where baseUrl says", async () => {
    const receiver = await startOtlpReceiver();
    const telemetry = start({ apiKey: "the-key", baseUrl: receiver.url, headers: { "x-team": "support" } });
    class Desk {
      @telemetry.Task("answer") answer(): number {
        return 1;
      }
    }
    new Desk().answer();
    await telemetry.shutdown();
    expect(receiver.requests).toMatchObject([
      { path: "/api/v2/traces", headers: { authorization: "Bearer the-key", "x-team": "support" } },
    ]);
    expect(receiver.spans.map(({ name }) => name)).toEqual(["answer"]);
    await receiver.close();
  });

  it("is processors.default before anything else", async () => {
    const exporter = new InMemorySpanExporter();
    process.env["NODE_ENV"] = "production";
    const { telemetry } = record({ processors: { default: { exporter } }, customExporter: nowhere });
    telemetry.Task("x");
    expect(telemetry.status().processors.map(({ name }) => name)).toEqual(["default"]);
    expect(said).toEqual([]);
    await telemetry.shutdown();
    expect(nowhere.getFinishedSpans()).toEqual([]);
  });

  it("is there beside other processors", () => {
    const telemetry = start({
      customExporter: nowhere,
      processors: { debug: { exporter: new InMemorySpanExporter() } },
    });
    expect(telemetry.status().processors.map(({ name }) => name)).toEqual(["debug", "default"]);
  });

  it("is not made where telemetry is disabled", () => {
    const telemetry = start({ isEnabled: false });
    expect([telemetry.status().processors, said]).toEqual([[], []]);
  });
});

describe("a program without any configuration", () => {
  it("finds its spans in .spandrel/traces.jsonl, mode 0600, after a natural end, and one line on stderr", async () => {
    const run = await runProgram(FIVE_LINES);
    expect([run.code, run.stdout]).toEqual([0, "A\n"]);
    expect(linesOf(run)).toEqual([expect.stringContaining("spandrel: SPANDREL_LOCAL_FILE: traces go to")]);
    const file = join(run.folder, TRACES);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const spans = readTraceFile(file);
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      name: "Desk.handle",
      serviceName: "spandrel",
      attributes: {
        "traceloop.span.kind": "workflow",
        "traceloop.entity.input": '{"text":"a"}',
        "traceloop.entity.output": '"A"',
      },
    });
  });

  it("gets a single warning in production, and no file", async () => {
    const run = await runProgram(FIVE_LINES, { NODE_ENV: "production" });
    expect([run.code, run.stdout]).toEqual([0, "A\n"]);
    expect(linesOf(run)).toEqual([expect.stringContaining("SPANDREL_NO_DESTINATION")]);
    expect(readdirSync(run.folder)).toEqual(["program.mts"]);
  });

  it("says nothing where the level is silent, by variable or option, and still writes the file", async () => {
    const runs = await Promise.all([
      runProgram(FIVE_LINES, { SPANDREL_LOG_LEVEL: "silent" }),
      runProgram(FIVE_LINES.replace("startTelemetry()", 'startTelemetry({ logLevel: "silent" })')),
    ]);
    for (const run of runs) {
      expect([run.code, run.stderr]).toEqual([0, ""]);
      expect(existsSync(join(run.folder, TRACES))).toBe(true);
    }
  });

  it("does not start where a variable is wrong, and is told which", async () => {
    const run = await runProgram(FIVE_LINES, { SPANDREL_ENABLED: "maybe" });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('expected SPANDREL_ENABLED to be true or false, got "maybe" (string)');
    expect(existsSync(join(run.folder, TRACES))).toBe(false);
  });
});
