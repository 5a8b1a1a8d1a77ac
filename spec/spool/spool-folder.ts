import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { resetLog } from "../../lib/internal/index";
import type { SpoolFileSystem } from "../../lib/spool/file-system";
import { Spool, type SpoolBatch, type SpoolOptions } from "../../lib/spool/index";

const folders: string[] = [];

/** A folder of its own for a spec; `removeFolders` deletes it. What goes wrong is said to nobody. */
export function makeFolder(): string {
  resetLog(() => {});
  const folder = fs.mkdtempSync(join(tmpdir(), "spandrel-spool-"));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
}

export function makeSpool(dir: string, options: Partial<SpoolOptions> = {}, fileSystem?: SpoolFileSystem): Spool {
  return new Spool({ dir, maxBytes: 1_000_000_000, ...options }, fileSystem);
}

/** `node:fs` with some calls replaced. */
export function makeFileSystem(changes: Partial<SpoolFileSystem>): SpoolFileSystem {
  return { ...fs, ...changes };
}

/** An error as the operating system's calls throw it. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** What becomes of a call: "short" reads or writes half of what it should, and fails a call that does neither. */
export type Fate = "works" | "fails" | "short";

/** `node:fs` with the calls that a spool makes counted, and each given the fate that is chosen for its number. */
export function makeFaultyFileSystem(fate: (call: number) => Fate): SpoolFileSystem {
  let calls = 0;
  const wrapped: Record<string, unknown> = {};
  for (const [name, original] of Object.entries(fs)) {
    // What is closed is closed, whatever the call says.
    if (typeof original !== "function" || !name.endsWith("Sync") || name === "closeSync") continue;
    wrapped[name] = (...args: unknown[]): unknown => {
      const chosen = fate(calls++);
      if (chosen === "works") return Reflect.apply(original, fs, args);
      if (chosen === "fails" || !/^(?:read|write)Sync$/.test(name)) throw systemError("EIO");
      const [descriptor, bytes, offset, length, ...rest] = args as [number, Buffer, number, number];
      return Reflect.apply(original, fs, [descriptor, bytes, offset, Math.ceil(length / 2), ...rest]);
    };
  }
  return { ...fs, ...wrapped };
}

/** No process has a number this high (PID_MAX_LIMIT is 4194304). */
export const DEAD_PID = 99_999_999;

/** Makes every folder of a live owner one of a dead owner, as a crash of this process would. */
export function killOwners(dir: string): void {
  for (const folder of listFolders(dir)) {
    const random = folder.slice(folder.indexOf("-"));
    if (folder.startsWith(`${process.pid}-`)) fs.renameSync(join(dir, folder), join(dir, `${DEAD_PID}${random}`));
  }
}

let madeFolders = 0;

/** A dead writer's folder with these files. */
export function makeDeadFolder(dir: string, files: Record<string, string | Buffer>): string {
  const folder = join(dir, `${DEAD_PID}-${String(madeFolders++).padStart(16, "0")}`);
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(join(folder, name), content);
  return folder;
}

export function listFolders(dir: string): string[] {
  return fs.existsSync(dir) ? fs.readdirSync(dir).sort() : [];
}

/** Paths of all files below the folder whose name ends so. */
export function listFiles(dir: string, extension = ""): string[] {
  const found = fs.readdirSync(dir, { recursive: true, encoding: "utf8", withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export const fileNames = (dir: string): string[] => listFiles(dir).map((path) => basename(path));

export function take(spool: Spool, maxRecords = 1_000_000): SpoolBatch {
  const batch = spool.take({ maxRecords, maxBytes: 1_000_000_000 });
  if (batch === undefined) throw new Error("there is nothing to take");
  return batch;
}

/** Takes and settles everything, some at a time. */
export function drain(spool: Spool, maxRecords = 100): string[] {
  const records: string[] = [];
  for (;;) {
    const batch = spool.take({ maxRecords, maxBytes: 1_000_000_000 });
    if (batch === undefined) return records;
    records.push(...batch.records);
    spool.settle(batch);
  }
}

export function keep(spool: Spool, ...records: string[]): void {
  for (const record of records) expect(spool.append(record)).toBe("kept");
}

/** Waits until a spool looks again whether its file is still there. */
export function letLook(): void {
  const until = performance.now() + 1.5;
  while (performance.now() < until);
}
