import type { HrTime, TimeInput } from "@opentelemetry/api";

/**
 * The difference between the wall clock and the monotonic one, which reads `now`, in milliseconds. A root span takes it anew and its
 * descendants keep it, so that within a process a child never starts before its parent, whatever the wall clock does.
 */
export function wallClockOffset(now: number): number {
  return Date.now() - now;
}

/** Milliseconds since the Unix epoch as `[seconds, nanoseconds]`. A double holds today's time to 0.2 µs. */
export function toHrTime(epochMillis: number): HrTime {
  const seconds = Math.floor(epochMillis / 1000);
  const nanos = Math.round((epochMillis - seconds * 1000) * 1e6);
  return nanos >= 1e9 ? [seconds + 1, nanos - 1e9] : [seconds, nanos];
}

/**
 * A time as the API accepts it (HrTime, Date, epoch milliseconds, or a `performance.now()` reading), in epoch
 * milliseconds; undefined when it is none, so that a bad time is the caller's mistake and not a lost span.
 */
export function toEpochMillis(time: TimeInput | undefined, offset: number): number | undefined {
  let millis: number | undefined;
  if (typeof time === "number") millis = time <= performance.now() ? time + offset : time;
  else if (time instanceof Date) millis = time.getTime();
  else if (Array.isArray(time)) millis = time[0] * 1000 + time[1] / 1e6;
  return millis !== undefined && Number.isFinite(millis) && millis >= 0 ? millis : undefined;
}
