import { validateHeaderName, validateHeaderValue } from "node:http";
import { InvalidOptionError, hideText } from "../errors.js";

/** Names in lower case, as HTTP compares them. */
export type RequestHeaders = Readonly<Record<string, string>>;

/** Where a header list is expected. */
const LIST = "key=value pairs separated by commas, percent-encoded";
/** What describes the body or its transport is not the user's to say. */
const OURS = new Set(["content-type", "content-encoding", "content-length", "transfer-encoding"]);

/**
 * This checks headers that a user gave. Throws `InvalidOptionError` for what Node would refuse to send; neither a value
 * nor an unusable name is shown, since what is pasted there is often the key. Headers of the body are left out.
 */
export function readHeaders(option: string, given: unknown): RequestHeaders {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new InvalidOptionError(option, "an object of texts by header name", hideText(given));
  const headers = new Map<string, string>();
  Object.entries(given).forEach(([name, value]: [string, unknown], index) => {
    if (!isAccepted(() => validateHeaderName(name)))
      throw new InvalidOptionError(`${option} (name ${index + 1})`, "a header name of HTTP", hideText(name));
    if (typeof value !== "string" || !isAccepted(() => validateHeaderValue(name, value)))
      throw new InvalidOptionError(`${option}.${name}`, "a header value of HTTP, a text on one line", hideText(value));
    const lower = name.toLowerCase();
    if (!OURS.has(lower)) headers.set(lower, value);
  });
  return Object.fromEntries(headers);
}

/**
 * This reads headers from a variable: `key=value` pairs separated by commas, keys and values percent-encoded
 * (OpenTelemetry specification, "Specifying headers via environment variables"). Empty entries are skipped.
 */
export function readHeaderList(variable: string, text: string): RequestHeaders {
  const headers = new Map<string, string>();
  for (const entry of text.split(",")) {
    if (entry.trim() === "") continue;
    const at = entry.indexOf("=");
    const name = at < 0 ? undefined : decode(entry.slice(0, at));
    const value = decode(entry.slice(at + 1));
    if (name === undefined || value === undefined) throw new InvalidOptionError(variable, LIST, hideText(text));
    headers.set(name, value);
  }
  return readHeaders(variable, Object.fromEntries(headers));
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return undefined;
  }
}

function isAccepted(validate: () => void): boolean {
  try {
    validate();
    return true;
  } catch {
    return false;
  }
}
