/** The three forms of RFC 9110, "Date/Time Formats"; all of them in UTC. */
const DATES = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/**
 * This returns how many milliseconds a `Retry-After` header asks to wait, from seconds or a date, however long; 0 for
 * a moment that has passed and for anything else.
 */
export function retryAfterMillis(header: string | undefined, nowMillis: number): number {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, Number.MAX_SAFE_INTEGER);
  // `Date.parse` alone would find a date in almost anything, such as "soon 2099".
  if (!DATES.some((form) => form.test(text))) return 0;
  const millis = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  return Number.isNaN(millis) ? 0 : Math.max(0, millis - nowMillis);
}
