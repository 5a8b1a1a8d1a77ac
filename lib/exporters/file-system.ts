import * as fs from "node:fs";

/** What a file exporter asks of the operating system: `node:fs`, or a fake that fails on demand. */
export type FileSystem = Pick<
  typeof fs,
  | "closeSync"
  | "fdatasyncSync"
  | "fstatSync"
  | "fsyncSync"
  | "mkdirSync"
  | "openSync"
  | "readSync"
  | "readdirSync"
  | "renameSync"
  | "statSync"
  | "unlinkSync"
  | "writeSync"
>;

/** The real one. */
export const nodeFileSystem: FileSystem = fs;

/** True for an operating system error with one of these codes. */
export function hasErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && codes.includes(code);
}
