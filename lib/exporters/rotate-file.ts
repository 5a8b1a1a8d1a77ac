import type { Stats } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { hasErrorCode, type FileSystem } from "./file-system.js";

/**
 * This gives the full file a number of its own, `traces.jsonl` becoming `traces.1.jsonl`, then `traces.2.jsonl`, …:
 * the highest number is the newest, and a name once given never changes, so that whoever follows the files reads none
 * twice. Of the numbered files the oldest are then deleted until `maxFiles - 1` are left beside the active one.
 * `isOurs` tells whether the file at the path is still the one that is full: another process may have rotated it.
 */
export function rotateFile(fs: FileSystem, path: string, maxFiles: number, isOurs: (found: Stats) => boolean): void {
  const folder = dirname(path);
  const reserved = reserveName(fs, path, highestNumber(fs, path) + 1);
  try {
    const found = fs.statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && isOurs(found)) fs.renameSync(path, reserved);
    else fs.unlinkSync(reserved);
  } catch (error) {
    deleteFile(fs, reserved);
    // Another process was faster by less than the time between the two calls.
    if (!hasErrorCode(error, "ENOENT")) throw error;
  }
  const rotated = listRotated(fs, path);
  const excess = Math.max(0, rotated.length - (maxFiles - 1));
  for (const { name } of rotated.slice(0, excess)) deleteFile(fs, join(folder, name));
}

/** Creates an empty file of the next free number, which no other process can then take. */
function reserveName(fs: FileSystem, path: string, number: number): string {
  for (let next = number; ; next++) {
    const name = rotatedPath(path, next);
    try {
      fs.closeSync(fs.openSync(name, "wx", 0o600));
      return name;
    } catch (error) {
      if (!hasErrorCode(error, "EEXIST")) throw error;
    }
  }
}

function rotatedPath(path: string, number: number): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}.${number}${extension}`;
}

function highestNumber(fs: FileSystem, path: string): number {
  return listRotated(fs, path).at(-1)?.number ?? 0;
}

/** The numbered files that belong to this path, oldest first. */
function listRotated(fs: FileSystem, path: string): { name: string; number: number }[] {
  const extension = extname(path);
  const stem = `${basename(path, extension)}.`;
  return fs
    .readdirSync(dirname(path))
    .filter((name) => name.startsWith(stem) && name.endsWith(extension))
    .map((name) => ({ name, digits: name.slice(stem.length, name.length - extension.length) }))
    .filter(({ digits }) => /^[1-9]\d{0,14}$/.test(digits))
    .map(({ name, digits }) => ({ name, number: Number(digits) }))
    .sort((a, b) => a.number - b.number);
}

/** Another process may have deleted it first. */
function deleteFile(fs: FileSystem, path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    if (!hasErrorCode(error, "ENOENT")) throw error;
  }
}
