/**
 * This says how much of one captured value is kept: one argument list, one result or one stream item.
 * Option `capture` of `startTelemetry`.
 */
export interface CaptureLimits {
  /** UTF-8 bytes of the JSON text, markers included. Never more than 1 MiB, whatever is asked. */
  readonly maxBytes: number;
  /** How many containers may stand inside one another. Never more than 256, whatever is asked. */
  readonly maxDepth: number;
  /** Members kept of each object, items kept of each array, `Map` or `Set`. */
  readonly maxItems: number;
}

/** The limits that hold when the user sets none: 64 KiB, 32 levels, 1,000 items. */
export const DEFAULT_CAPTURE_LIMITS: CaptureLimits = { maxBytes: 65_536, maxDepth: 32, maxItems: 1000 };

/**
 * What a text may exceed `maxBytes` by: the markers that say what was cut, one for each container open at the cut.
 * Text that needs no marker is never longer than `maxBytes`, but for the digits of a last number.
 */
export const MARKER_BYTES = 1024;

/** The most any captured text may have, so that text and markers together stay within 1 MiB. */
export const BYTES_CEILING = 1_048_576 - MARKER_BYTES;

/** Bounds our own recursion (a level costs stack) and the search for cycles (linear in depth). */
export const DEPTH_CEILING = 256;

/**
 * Members read that leave nothing in the text (`undefined`, inherited). Every other member costs bytes, so that this
 * and `maxBytes` together bound the getters and traps that one capture can run.
 */
export const SILENT_READS = 10_000;

/** Keys counted beyond the cut before the marker says "more than" instead of a number. */
export const COUNTED_KEYS = 1000;
