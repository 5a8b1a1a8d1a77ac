import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { bundleText } from "../support/bundle.js";
import { cleanEnvironment, freshFolder } from "./program.js";

// One spec runs many programs, on a machine that may have other things to do.
jest.setTimeout(30_000);

/** What programs may use, from the sources of now. */
const LIBRARY = `
export { startTelemetry } from "./lib/telemetry/index.ts";
export { traced } from "./lib/decorators/index.ts";
export { FileSpanExporter } from "./lib/exporters/index.ts";
export { SpanRouter } from "./lib/processors/index.ts";
export { flushOnSignals } from "./lib/telemetry/end-by-signal.ts";
export { handleProcessEnd } from "./lib/telemetry/process-end.ts";
export { createFinalReport } from "./lib/telemetry/ledger-report.ts";
export { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
`;

const PRELUDE = `
const { writeSync } = require("node:fs");
const library = require(process.env.LIBRARY);
const { startTelemetry, traced, FileSpanExporter } = library;
const say = (...words) => void writeSync(1, words.map(String).join(" ") + "\\n");
`;

let bundle: Promise<string> | undefined;

export interface BundledRun {
  /** How the process ended: its exit code, or the signal. */
  readonly end: number | NodeJS.Signals | null;
  /** Lines of stdout, but for those that ask for a signal. */
  readonly said: readonly string[];
  readonly stderr: string;
  /** From the first signal, or from the start, to the end. */
  readonly millis: number;
  /** The working directory: a fresh folder. */
  readonly folder: string;
}

export interface BundledOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  /** What the process is sent when it says the line; it is asked to say `READY`. */
  readonly signals?: Readonly<Record<string, NodeJS.Signals>>;
}

/** More at once than there are processors make each other late. */
const AT_ONCE = 3;
let running = 0;
const waiting: (() => void)[] = [];

/** Runs a CommonJS program in a process of its own, in a fresh folder, with the library as one file. */
export async function runBundled(source: string, options: BundledOptions = {}): Promise<BundledRun> {
  const library = await (bundle ??= bundleText(LIBRARY));
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await runProgram(source, library, options);
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

function runProgram(
  source: string,
  library: string,
  { env = {}, nodeOptions = [], signals = {} }: BundledOptions,
): Promise<BundledRun> {
  const folder = freshFolder();
  writeFileSync(join(folder, "program.cjs"), PRELUDE + source);
  let since = performance.now();
  let isSignalled = false;
  const child = spawn(process.execPath, [...nodeOptions, "program.cjs"], {
    cwd: folder,
    env: { ...cleanEnvironment(), LIBRARY: library, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
    killSignal: "SIGKILL",
  });
  const said: string[] = [];
  let line = "";
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  child.stdout.on("data", (chunk) => {
    const lines = `${line}${String(chunk)}`.split("\n");
    line = lines.pop() ?? "";
    for (const text of lines) {
      const signal = signals[text];
      if (signal === undefined) {
        said.push(text);
        continue;
      }
      if (!isSignalled) since = performance.now();
      isSignalled = true;
      child.kill(signal);
    }
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ end: signal ?? code, said, stderr, millis: performance.now() - since, folder });
    });
  });
}

/** What the program has written to stderr, but for our own lines. */
export function foreignLines({ stderr }: BundledRun): string {
  return stderr.replace(/^spandrel: .*\n/gm, "");
}
