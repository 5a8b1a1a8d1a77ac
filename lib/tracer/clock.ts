import type { HrTime } from "@opentelemetry/api";
import { clock } from "../internal/index.js";

let lastOffset = Number.NaN;

/**
 * The difference between the wall clock and the monotonic one, which reads `now`, in milliseconds. A root span takes it
 * anew and its descendants keep it, so that within a process a child never starts before its parent, whatever the wall
 * clock does. The wall clock tells whole milliseconds: while it agrees with the last difference that one is kept, so that
 * roots are in the order of their starts, and a span below a carrier starts after the one that has filled it.
 */
export function wallClockOffset(now: number): number {
  const wall = clock.epochNow();
  if (!(Math.abs(wall - (now + lastOffset)) < 1)) lastOffset = wall - now;
  return lastOffset;
}

/** Milliseconds since the Unix epoch as `[seconds, nanoseconds]`. A double holds today's time to 0.2 µs. */
export function toHrTime(epochMillis: number): HrTime {
  const seconds = Math.floor(epochMillis / 1000);
  const nanos = Math.round((epochMillis - seconds * 1000) * 1e6);
  return nanos >= 1e9 ? [seconds + 1, nanos - 1e9] : [seconds, nanos];
}

/** A time as somebody gave it; exact where they gave nanoseconds. */
export interface GivenTime {
  readonly epochMillis: number;
  readonly exact: HrTime | undefined;
}

/**
 * Reads a time as the API accepts it: HrTime, Date, epoch milliseconds or a `performance.now()` reading. Undefined for
 * anything else, whatever it is: a bad time is the caller's mistake, and no reason to lose the span.
 */
export function readTime(time: unknown, offset: number): GivenTime | undefined {
  try {
    if (typeof time === "number") return valid(time <= performance.now() ? time + offset : time);
    if (time instanceof Date) return valid(time.getTime());
    if (!Array.isArray(time)) return undefined;
    const [seconds, nanos] = time as unknown[];
    if (typeof seconds !== "number" || typeof nanos !== "number") return undefined;
    return valid(seconds * 1000 + nanos / 1e6, [seconds, nanos]);
  } catch {
    return undefined;
  }
}

function valid(epochMillis: number, exact?: HrTime): GivenTime | undefined {
  return Number.isFinite(epochMillis) && epochMillis >= 0 ? { epochMillis, exact } : undefined;
}

/** True when `time` lies before `other`. */
export function isBefore(time: HrTime, other: HrTime): boolean {
  return time[0] < other[0] || (time[0] === other[0] && time[1] < other[1]);
}
