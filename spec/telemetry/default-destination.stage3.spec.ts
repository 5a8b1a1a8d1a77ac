import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { FileSpanExporter, InMemorySpanExporter } from "../../lib/exporters/index.js";
import { createDefaultExporter } from "../../lib/telemetry/default-destination.js";
import { resolveOptions } from "../../lib/telemetry/resolve-options.js";
import { readTraceFile } from "../journeys/trace-file.js";
import { type ProgramRun, runProgram } from "./program.js";
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
      expect.stringMatching(/SPANDREL_NO_DESTINATION: .*give customExporter or processors\.default/),
    ]);
  });

  it.each(["RESPAN_API_KEY", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])(
    "is still the file where %s asks for one this version has not, which is said without its value",
    (name) => {
      expect(destination({}, { [name]: "secret-value" })).toBeInstanceOf(FileSpanExporter);
      expect(said).toEqual([
        expect.stringMatching(new RegExp(`SPANDREL_NO_NETWORK_EXPORTER: ${name} is set`)),
        expect.stringContaining("SPANDREL_LOCAL_FILE"),
      ]);
      expect(said.join("")).not.toContain("secret-value");
    },
  );

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
