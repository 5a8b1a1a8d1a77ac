import type { Attributes } from "@opentelemetry/api";
import * as semconv from "../semconv.js";
import { cutChars } from "./markers.js";

/** What is wrong with one place of a value. Code and message are texts unless somebody's own error map says otherwise. */
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly code?: unknown;
  readonly message: unknown;
}

const MAX_ISSUES = 20;
/** A message may list all keys of a value, and a key may be of any length. */
const MAX_CHARS = 1024;

/**
 * This says as attributes what is wrong with a value: how many issues there are, and place, code and message of the first
 * 20. Messages may quote the value, and keys that no schema declares are the value's own: both are content. Where that
 * is switched off, `declaredKeys` are those that may be told.
 */
export function issueAttributes(issues: readonly Issue[], declaredKeys?: ReadonlySet<string>): Attributes {
  const shown = issues.slice(0, MAX_ISSUES);
  return {
    [semconv.VALIDATION_ISSUE_COUNT]: issues.length,
    [semconv.VALIDATION_PATHS]: shown.map(({ path }) => cut(placeOf(path, declaredKeys))),
    [semconv.VALIDATION_CODES]: shown.map(({ code }) => cut(code)),
    ...(declaredKeys === undefined ? { [semconv.VALIDATION_MESSAGES]: shown.map(({ message }) => cut(message)) } : {}),
  };
}

/** Where an issue is, dot-joined; a key that is not among those that may be told is `*`. */
export function placeOf(path: readonly PropertyKey[], declaredKeys?: ReadonlySet<string>): string {
  return path.map((key) => (isTold(key, declaredKeys) ? String(key) : "*")).join(".");
}

function isTold(key: PropertyKey, declaredKeys: ReadonlySet<string> | undefined): boolean {
  return declaredKeys === undefined || typeof key === "number" || (typeof key === "string" && declaredKeys.has(key));
}

function cut(text: unknown): string {
  if (typeof text !== "string") return "";
  if (text.length <= MAX_CHARS) return text;
  return `${text.slice(0, MAX_CHARS).toWellFormed()}…${cutChars(text.length)}`;
}
