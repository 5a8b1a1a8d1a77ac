import type { HrTime } from "@opentelemetry/api";

const NANOS_PER_SECOND = 1_000_000_000;
/** `fixed64` ends in the year 2554. */
const MAX_NANOS = 2n ** 64n - 1n;
const MAX_PLAIN_SECONDS = 18_446_744_072;

/**
 * This returns the time as decimal nanoseconds since the Unix epoch, exact to the digit, or undefined when it is no
 * time that OTLP can hold: not a pair, NaN, negative, or past the year 2554.
 */
export function encodeTime(time: HrTime): string | undefined {
  if (!Array.isArray(time)) return undefined;
  const [seconds, nanos] = time;
  const isPlain =
    Number.isInteger(seconds) &&
    seconds >= 0 &&
    seconds <= MAX_PLAIN_SECONDS &&
    Number.isInteger(nanos) &&
    nanos >= 0 &&
    nanos < NANOS_PER_SECOND;
  if (!isPlain) return encodeUnevenTime(seconds, nanos);
  return seconds === 0 ? String(nanos) : `${seconds}${String(NANOS_PER_SECOND + nanos).slice(1)}`;
}

/** Rounding may leave 1e9 nanoseconds or a fraction in an `HrTime`: the sum is carried, not refused. */
function encodeUnevenTime(seconds: unknown, nanos: unknown): string | undefined {
  if (typeof seconds !== "number" || typeof nanos !== "number") return undefined;
  if (!Number.isFinite(seconds) || !Number.isFinite(nanos)) return undefined;
  const whole = Math.trunc(seconds);
  const rest = Math.round((seconds - whole) * NANOS_PER_SECOND + nanos);
  const total = BigInt(whole) * BigInt(NANOS_PER_SECOND) + BigInt(rest);
  return total >= 0n && total <= MAX_NANOS ? total.toString() : undefined;
}
