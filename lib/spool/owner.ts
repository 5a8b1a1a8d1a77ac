import { join } from "node:path";
import { randomSpanId } from "../internal/index.js";
import { hasErrorCode, readText, type SpoolFileSystem } from "./file-system.js";

/** The file that tells a process from a later one with the same number. */
export const OWNER_FILE = "owner.json";
/** Owner of a folder that was closed with records left in it: no process has this number. */
export const NOBODY = 0;

const FOLDER_NAME = /^(0|[1-9]\d{0,9})-[0-9a-f]{16}$/;
const MAX_OWNER_BYTES = 4096;
const MAX_PROC_BYTES = 4096;
/** After the name in brackets, which may hold anything, `/proc/<pid>/stat` goes on with field 3 (proc(5)). */
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

interface Owner {
  readonly pid: number;
  /** Clock ticks from the host's boot to the process's start. */
  readonly startTime?: string | undefined;
  readonly bootId?: string | undefined;
}

/** A name that no other folder has. */
export function folderName(pid: number): string {
  return `${pid}-${randomSpanId()}`;
}

export function isFolderName(name: string): boolean {
  return FOLDER_NAME.test(name);
}

/**
 * Writes down whose folder this is. A folder without it, or with a torn one, is judged by the process number in its
 * name alone: at worst it waits for another process of that number to end.
 */
export function writeOwner(fs: SpoolFileSystem, folder: string): void {
  const owner: Owner = { pid: process.pid, startTime: findProcess(fs, process.pid)?.startTime, bootId: bootId(fs) };
  const descriptor = fs.openSync(join(folder, OWNER_FILE), "w", 0o600);
  try {
    const bytes = Buffer.from(`${JSON.stringify(owner)}\n`);
    fs.writeSync(descriptor, bytes, 0, bytes.length);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** True when the process that owns the folder is dead for certain, whoever has its number now. */
export function isAbandoned(fs: SpoolFileSystem, folder: string, name: string): boolean {
  const pid = Number(name.slice(0, name.indexOf("-")));
  if (pid === NOBODY) return true;
  // The claim is the name: a folder that was renamed a moment ago still holds its former owner's file.
  const owner = readOwner(fs, folder);
  const known = owner?.pid === pid ? owner : undefined;
  if (differs(known?.bootId, bootId(fs))) return true;
  if (!isRunning(pid)) return true;
  const found = findProcess(fs, pid);
  return found !== undefined && (found.isZombie || differs(known?.startTime, found.startTime));
}

function differs(then: string | undefined, now: string | undefined): boolean {
  return then !== undefined && now !== undefined && then !== now;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs as another user.
    return !hasErrorCode(error, "ESRCH");
  }
}

function findProcess(fs: SpoolFileSystem, pid: number): { startTime: string; isZombie: boolean } | undefined {
  const text = readText(fs, `/proc/${pid}/stat`, MAX_PROC_BYTES);
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  const startTime = fields?.[START_TIME_FIELD];
  if (fields === undefined || startTime === undefined) return undefined;
  return { startTime, isZombie: fields[STATE_FIELD] === "Z" };
}

function bootId(fs: SpoolFileSystem): string | undefined {
  const text = readText(fs, "/proc/sys/kernel/random/boot_id", MAX_PROC_BYTES)?.trim();
  return text === "" ? undefined : text;
}

function readOwner(fs: SpoolFileSystem, folder: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(readText(fs, join(folder, OWNER_FILE), MAX_OWNER_BYTES) ?? "");
    if (typeof owner !== "object" || owner === null || !("pid" in owner) || typeof owner.pid !== "number")
      return undefined;
    return {
      pid: owner.pid,
      startTime: "startTime" in owner && typeof owner.startTime === "string" ? owner.startTime : undefined,
      bootId: "bootId" in owner && typeof owner.bootId === "string" ? owner.bootId : undefined,
    };
  } catch {
    return undefined;
  }
}
