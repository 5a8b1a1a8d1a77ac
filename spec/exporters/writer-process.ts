import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bundleFile } from "../support/bundle";

let program = "";
beforeAll(async () => {
  program = await bundleFile(join(__dirname, "fixtures/write-spans.ts"));
});

/** A child process that appends spans through a `FileSpanExporter` of its own. */
export interface WriterProcess {
  readonly child: ChildProcess;
  /** Numbers of the batches that were acknowledged so far. */
  readonly acknowledged: readonly number[];
  readonly ready: Promise<void>;
  /** Starts writing. */
  go(): void;
  /** Resolves when this many batches were acknowledged or the process has ended. */
  reached(count: number): Promise<void>;
  readonly ended: Promise<void>;
}

export function startWriter(path: string, name: string, count: number, maxBytes = 67_108_864): WriterProcess {
  const argv = [program, path, name, String(count), String(maxBytes)];
  const child = spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "inherit"] });
  const acknowledged: number[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const lines = createInterface({ input: child.stdout });
  const ready = once(lines, "line").then(() => {});
  lines.on("line", (line) => {
    if (line === "ready") return;
    acknowledged.push(Number(line));
    for (const { count: wanted, resolve } of waiting) if (acknowledged.length >= wanted) resolve();
  });
  const ended = once(child, "close").then(() => waiting.forEach(({ resolve }) => resolve()));
  return {
    child,
    acknowledged,
    ready,
    ended,
    go: () => void child.stdin.write("go\n"),
    reached: (wanted) => new Promise((resolve) => waiting.push({ count: wanted, resolve })),
  };
}
