import { InvalidOptionError } from "../errors.js";
import { LONGEST_TIMER_MILLIS } from "../internal/index.js";

/** Options of `Spool`. */
export interface SpoolOptions {
  /** The folder that the writers share: each has a folder of its own in it. Created with mode 0700 when first needed. */
  readonly dir: string;
  /** How many bytes the segments of one spool may take, those it has adopted included. */
  readonly maxBytes: number;
  /** Size in bytes at which a segment is full; default 4194304 (4 MiB), and a quarter of `maxBytes` at most. */
  readonly segmentBytes?: number;
  /** Whether, and how often at most, what was appended is synced to the device; default false. */
  readonly fsync?: false | { readonly everyMillis: number };
}

/** Settings of a spool with every default in place. */
export interface SpoolSettings {
  readonly dir: string;
  readonly maxBytes: number;
  readonly segmentBytes: number;
  /** Undefined: never synced. */
  readonly syncMillis: number | undefined;
}

const DEFAULT_SEGMENT_BYTES = 4 * 1024 * 1024;
/** A spool that is full gets room again one segment at a time. */
const MIN_SEGMENTS = 4;
/** Throws `InvalidOptionError` for an option that cannot be used. */
export function readSpoolOptions(options: SpoolOptions): SpoolSettings {
  const { dir, maxBytes, segmentBytes = DEFAULT_SEGMENT_BYTES, fsync = false } = options;
  if (typeof dir !== "string" || dir === "" || dir.includes("\0"))
    throw new InvalidOptionError("Spool.dir", "a folder's path", dir);
  requireCount("Spool.maxBytes", maxBytes);
  requireCount("Spool.segmentBytes", segmentBytes);
  const syncMillis = fsync === false ? undefined : fsync.everyMillis;
  if (syncMillis !== undefined) requireCount("Spool.fsync.everyMillis", syncMillis, LONGEST_TIMER_MILLIS);
  const largest = Math.ceil(maxBytes / MIN_SEGMENTS);
  return { dir, maxBytes, segmentBytes: Math.min(segmentBytes, largest), syncMillis };
}

function requireCount(option: string, value: unknown, max = Number.MAX_SAFE_INTEGER): void {
  if (!(Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= max))
    throw new InvalidOptionError(option, "a positive integer", value);
}
