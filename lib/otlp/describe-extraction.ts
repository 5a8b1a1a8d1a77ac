import {
  INSTRUCTOR_ATTEMPTS,
  INSTRUCTOR_ITEMS_SKIPPED,
  INSTRUCTOR_OUTCOME,
  VALIDATION_ATTEMPT,
  VALIDATION_CODES,
  VALIDATION_FAILED_EVENT,
  VALIDATION_ITEM,
  VALIDATION_OUTCOME,
  VALIDATION_PATHS,
  VALIDATION_SCHEMA,
} from "../semconv.js";
import type { TreeEvent, TreeSpan } from "./span-tree.js";

const MAX_FAILURES = 3;
const MAX_PATHS = 3;

/** What an extraction took: attempts, what was wrong with those that were not valid, and how it ended, if not well. */
export function describeExtraction(span: TreeSpan): string[] {
  const attempts = span.attributes.get(INSTRUCTOR_ATTEMPTS);
  if (typeof attempts !== "number") return describeValidations(span);
  const failures = (span.events ?? []).filter(isFailedAttempt);
  const skipped = span.attributes.get(INSTRUCTOR_ITEMS_SKIPPED);
  const outcome = span.attributes.get(INSTRUCTOR_OUTCOME);
  return [
    `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`,
    ...failures.slice(0, MAX_FAILURES).map(describeFailure),
    ...(failures.length > MAX_FAILURES ? [`${failures.length - MAX_FAILURES} more`] : []),
    ...(typeof skipped === "number" ? [`${skipped} skipped`] : []),
    ...(typeof outcome === "string" && outcome !== "valid" ? [outcome] : []),
  ];
}

/** What was not valid: of the value that the span is about, or of values that were looked at while it ran. */
function describeValidations(span: TreeSpan): string[] {
  const isOwn = span.attributes.get(VALIDATION_OUTCOME) !== undefined;
  const failures = (span.events ?? []).filter(({ name }) => name === VALIDATION_FAILED_EVENT);
  const told = failures.slice(0, MAX_FAILURES).map((event) => {
    const schema = event.attributes.get(VALIDATION_SCHEMA);
    return `${isOwn || typeof schema !== "string" ? "" : `${schema} `}invalid: ${describePlaces(event)}`;
  });
  return failures.length > MAX_FAILURES ? [...told, `${failures.length - MAX_FAILURES} more`] : told;
}

/** Not one item of a list, which was skipped. */
function isFailedAttempt({ name, attributes }: TreeEvent): boolean {
  return name === VALIDATION_FAILED_EVENT && attributes.get(VALIDATION_ITEM) === undefined;
}

function describeFailure(event: TreeEvent): string {
  return `#${String(event.attributes.get(VALIDATION_ATTEMPT))} invalid: ${describePlaces(event)}`;
}

/** Paths; where the value as a whole was wrong, how. */
function describePlaces({ attributes }: TreeEvent): string {
  const codes = textsOf(attributes.get(VALIDATION_CODES));
  const places = textsOf(attributes.get(VALIDATION_PATHS)).map((path, at) => path || (codes[at] ?? ""));
  const shown = [...new Set(places)].slice(0, MAX_PATHS);
  const more = places.length > shown.length ? ", …" : "";
  return `${shown.join(", ")}${more}`;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}
