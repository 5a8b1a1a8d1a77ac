import * as fs from "node:fs";

/** What a spool asks of the operating system: `node:fs`, or a fake that fails on demand. */
export type SpoolFileSystem = Pick<
  typeof fs,
  | "closeSync"
  | "fdatasync"
  | "fdatasyncSync"
  | "fstatSync"
  | "fsyncSync"
  | "ftruncateSync"
  | "lstatSync"
  | "mkdirSync"
  | "openSync"
  | "readSync"
  | "readdirSync"
  | "renameSync"
  | "rmdirSync"
  | "statSync"
  | "unlinkSync"
  | "writeSync"
>;

/** The real one. */
export const nodeFileSystem: SpoolFileSystem = fs;

/** True for an operating system error with this code. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}

/** True for the error of a file or folder that is not there. */
export function isMissing(error: unknown): boolean {
  return hasErrorCode(error, "ENOENT");
}

/** The text of a small file, or its first bytes; undefined for one that cannot be read, or is a pipe to wait for. */
export function readText(fileSystem: SpoolFileSystem, path: string, maxBytes: number): string | undefined {
  try {
    if (!fileSystem.lstatSync(path).isFile()) return undefined;
    const descriptor = fileSystem.openSync(path, "r");
    try {
      const parts: Buffer[] = [];
      // Files of /proc have no size, so that reading on is the only way to find their end.
      for (let left = maxBytes; left > 0;) {
        const part = Buffer.alloc(Math.min(left, 65_536));
        const count = fileSystem.readSync(descriptor, part, 0, part.length, null);
        if (count <= 0) break;
        parts.push(part.subarray(0, count));
        left -= count;
      }
      return Buffer.concat(parts).toString("utf8");
    } finally {
      fileSystem.closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** Deletes a file; one that is gone already is as good. */
export function deleteFile(fileSystem: SpoolFileSystem, path: string): void {
  try {
    fileSystem.unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
