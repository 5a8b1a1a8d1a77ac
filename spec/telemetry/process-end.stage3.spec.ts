import { existsSync } from "node:fs";
import { join } from "node:path";

import { readTraceFile } from "../journeys/trace-file.js";
import { type ProgramRun, runProgram } from "./program.js";

const FILE = "out.jsonl";
/** Telemetry into a file, that starts no export by itself before the process ends. */
const STARTED = `
const telemetry = startTelemetry({
  autoFlush: "off",
  customExporter: new exporters.FileSpanExporter({ path: "${FILE}" }),
  isExitHandled: process.env["EXIT_HANDLED"] !== "no",
});
const work = traced("work", (n: number) => n);
const burst = (count: number) => { for (let n = 0; n < count; n++) work(n); };
`;
const countOf = ({ folder }: ProgramRun): number => {
  const path = join(folder, FILE);
  return existsSync(path) ? readTraceFile(path).length : 0;
};

describe("the end of the process", () => {
  it.each<[string, string, number | null]>([
    ["a natural end", "burst(3);", 0],
    ["a natural end of thousands of spans", "burst(3000);", 0],
    ["process.exit", "burst(3); process.exit(7);", 7],
    ["process.exit after thousands of spans in one turn", "burst(3000); process.exit(7);", 7],
    ["process.exit in a later turn", "burst(3); setTimeout(() => process.exit(), 5); process.exitCode = 4;", 4],
    ["an uncaught exception", 'burst(3); throw new Error("uncaught");', 1],
    ["an unhandled rejection", 'burst(3); void Promise.reject(new Error("unhandled"));', 1],
    ["an exit in the last listener", 'burst(3); process.on("beforeExit", () => { burst(2); process.exit(5); });', 5],
  ])("loses nothing of a file processor, and keeps the exit code: %s", async (_what, source, code) => {
    const run = await runProgram(STARTED + source);
    expect(run.code).toBe(code);
    const expected = source.includes("3000") ? 3000 : source.includes("burst(2)") ? 5 : 3;
    expect(countOf(run)).toBe(expected);
  });

  it("leaves spans of work that a beforeExit listener of the application starts to the exit that follows", async () => {
    const source = `burst(1);
process.once("beforeExit", () => setTimeout(() => burst(2), 5));`;
    const run = await runProgram(STARTED + source);
    expect([run.code, countOf(run)]).toEqual([0, 3]);
  });

  it("runs the application's own exit listeners all the same", async () => {
    const run = await runProgram(`${STARTED} process.on("exit", (code) => console.log("bye", code)); burst(1);`);
    expect([run.stdout, countOf(run)]).toEqual(["bye 0\n", 1]);
  });

  it("is left alone with isExitHandled: false", async () => {
    const run = await runProgram(`${STARTED} burst(3);`, { EXIT_HANDLED: "no" });
    expect([run.code, countOf(run)]).toEqual([0, 0]);
  });

  it("waits at a natural end for an exporter that takes its time", async () => {
    const source = `
const slow = {
  export: (spans: { name: string }[], done: (result: { code: number }) => void) =>
    void setTimeout(() => { console.log(spans.map((span) => span.name).join()); done({ code: 0 }); }, 50),
  shutdown: async () => {},
};
startTelemetry({ autoFlush: "off", customExporter: slow });
traced("one", () => 1)();
traced("two", () => 1)();`;
    const run = await runProgram(source);
    expect([run.code, run.stdout]).toEqual([0, "one,two\n"]);
  });

  it("comes by a signal as it would without us", async () => {
    const source = `${STARTED} burst(1); await telemetry.flush(); setInterval(() => {}, 1000); console.log("ready");`;
    const run = await runProgram(source, {}, (child) => void child.kill("SIGTERM"));
    expect([run.code, run.signal, countOf(run)]).toEqual([null, "SIGTERM", 1]);
  });

  it("waits at a natural end no longer than 2 s for an exporter that hangs", async () => {
    const source = `
const hung = { export: () => {}, shutdown: async () => {} };
const started = performance.now();
const telemetry = startTelemetry({ autoFlush: "off", customExporter: hung });
traced("one", () => 1)();
process.on("exit", () => {
  const waited = performance.now() - started;
  console.log(waited > 1_500 && waited < 8_000, telemetry.status().processors[0].inFlight);
});`;
    const run = await runProgram(source);
    expect([run.code, run.stdout]).toEqual([0, "true 1\n"]);
  });
});
