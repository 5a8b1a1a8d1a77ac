import type { spawn } from "node:child_process";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleText } from "../support/bundle.js";
import { ROOT } from "../support/planted-fault.js";

export { ROOT };
const TSX = pathToFileURL(require.resolve("tsx")).href;

export interface ProgramRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The working directory: a fresh folder. */
  readonly folder: string;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A fresh folder that is removed after the file's specs. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "spandrel-spec-"));
  folders.push(folder);
  return folder;
}

let imports: Promise<string> | undefined;

/** What every program begins with: the library, from its sources. */
async function makeImports(): Promise<string> {
  const library = await bundleText(`
export { trace } from "@opentelemetry/api";
export * as spandrel from "./lib/index.ts";
export * as exporters from "./lib/exporters/index.ts";
`);
  return `
import { trace, spandrel, exporters } from ${JSON.stringify(library)};
const { startTelemetry, traced, Task, Workflow } = spandrel;
`;
}

/**
 * Runs a TypeScript program in a process of its own, in a fresh folder, with nothing of ours in its environment but
 * `env`. `whenItSays` is called once, when the program has written its first line.
 */
export async function runProgram(
  source: string,
  env: Record<string, string> = {},
  whenItSays?: (child: ReturnType<typeof spawn>) => void,
): Promise<ProgramRun> {
  const folder = freshFolder();
  writeFileSync(join(folder, "program.mts"), (await (imports ??= makeImports())) + source);
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      ["--import", TSX, "program.mts"],
      { cwd: folder, env: { ...cleanEnvironment(), ...env }, timeout: 30_000 },
      (_error, stdout, stderr) => done({ code: child.exitCode, signal: child.signalCode, stdout, stderr, folder }),
    );
    if (whenItSays !== undefined) child.stdout?.once("data", () => whenItSays(child));
  });
}

/** The environment without what speaks to us, to Node or of jest. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => !/^(OTEL|RESPAN|SPANDREL|TRACELOOP|NODE|JEST)_/.test(name));
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}
