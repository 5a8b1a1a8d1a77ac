import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bundleFile } from "../support/bundle";

let program = "";
beforeAll(async () => {
  program = await bundleFile(join(__dirname, "fixtures/fill-spool.ts"));
});

/** A child process with a spool of its own. */
export interface SpoolProcess {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly said: readonly string[];
  readonly ready: Promise<void>;
  /** Makes the spool and starts. */
  go(): void;
  /** Resolves when it has said this many lines or has ended. */
  reached(count: number): Promise<void>;
  readonly ended: Promise<void>;
}

export function startSpool(dir: string, name: string, count: number): SpoolProcess {
  const child = spawn(process.execPath, [program, dir, name, String(count)], { stdio: ["pipe", "pipe", "inherit"] });
  const said: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const lines = createInterface({ input: child.stdout });
  const ready = once(lines, "line").then(() => {});
  lines.on("line", (line) => {
    if (line === "ready") return;
    said.push(line);
    for (const { count: wanted, resolve } of waiting) if (said.length >= wanted) resolve();
  });
  const ended = once(child, "close").then(() => waiting.forEach(({ resolve }) => resolve()));
  return {
    child,
    said,
    ready,
    ended,
    go: () => void child.stdin.write("go\n"),
    reached: (wanted) => new Promise((resolve) => waiting.push({ count: wanted, resolve })),
  };
}
