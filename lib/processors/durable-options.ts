import { join, resolve } from "node:path";
import { InvalidOptionError } from "../errors.js";
import { LONGEST_TIMER_MILLIS } from "../internal/index.js";
import type { SpoolOptions } from "../spool/index.js";

/** These options keep a processor's spans on disk until they are delivered. */
export interface DurableOptions {
  /**
   * The folder of the spool; default `.spandrel/spool/<name>`. A relative path is resolved once, when the processor is
   * added. Processes of one host may share it, processors of one process may not.
   */
  readonly dir?: string | undefined;
  /** Bytes that the spool may take; default 1,073,741,824 (1 GiB). Beyond it, spans wait in memory. */
  readonly maxBytes?: number | undefined;
  /**
   * Against power cuts: what was written is synced to the device together, every so many milliseconds; `true` is every
   * 100. At most the spans of that time are lost. Default `false`: nothing but a power cut or a crash of the operating
   * system can lose a span.
   */
  readonly fsync?: boolean | { readonly everyMillis: number } | undefined;
}

const DEFAULT_FOLDER = ".spandrel/spool";
const DEFAULT_MAX_BYTES = 1024 * 1024 * 1024;
const DEFAULT_SYNC_MILLIS = 100;
/**
 * This fills in the defaults for the processor of this name; undefined when it keeps nothing. Throws
 * `InvalidOptionError` for a value that cannot be used.
 */
export function spoolOptions(durable: unknown, name: string): SpoolOptions | undefined {
  if (durable === undefined || durable === false) return undefined;
  const isObject = typeof durable === "object" && durable !== null;
  if (durable !== true && !isObject) {
    throw new InvalidOptionError("durable", "true, false or an object with dir, maxBytes and fsync", durable);
  }
  const options: Readonly<Record<string, unknown>> = isObject ? { ...durable } : {};
  for (const option of Object.keys(options)) {
    if (!["dir", "maxBytes", "fsync"].includes(option))
      throw new InvalidOptionError(`durable.${option}`, "dir, maxBytes or fsync", options[option]);
  }
  const { dir = join(DEFAULT_FOLDER, folderOf(name)), maxBytes = DEFAULT_MAX_BYTES, fsync = false } = options;
  if (typeof dir !== "string" || dir === "" || dir.includes("\0"))
    throw new InvalidOptionError("durable.dir", "a folder's path", dir);
  if (!isCount(maxBytes)) throw new InvalidOptionError("durable.maxBytes", "a positive integer", maxBytes);
  return { dir: resolve(dir), maxBytes, fsync: syncOf(fsync) };
}

function syncOf(fsync: unknown): NonNullable<SpoolOptions["fsync"]> {
  if (typeof fsync === "boolean") return fsync ? { everyMillis: DEFAULT_SYNC_MILLIS } : false;
  const everyMillis: unknown =
    typeof fsync === "object" && fsync !== null ? Reflect.get(fsync, "everyMillis") : undefined;
  if (isCount(everyMillis) && everyMillis <= LONGEST_TIMER_MILLIS) return { everyMillis };
  throw new InvalidOptionError("durable.fsync", "true, false or { everyMillis: a positive integer }", fsync);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}

/** A name may hold what a path may not; a point at its start would hide the folder, or leave it. */
function folderOf(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replaceAll("*", "%2A").replace(/^\./, "%2E");
}
