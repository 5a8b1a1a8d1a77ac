import {
  INSTRUCTOR_ATTEMPTS,
  INSTRUCTOR_ITEMS_SKIPPED,
  INSTRUCTOR_OUTCOME,
  VALIDATION_ATTEMPT,
  VALIDATION_CODES,
  VALIDATION_FAILED_EVENT,
  VALIDATION_ITEM,
  VALIDATION_PATHS,
} from "../semconv.js";
import type { TreeEvent, TreeSpan } from "./span-tree.js";

const MAX_FAILURES = 3;
const MAX_PATHS = 3;

/** What an extraction took: attempts, what was wrong with those that were not valid, and how it ended, if not well. */
export function describeExtraction(span: TreeSpan): string[] {
  const attempts = span.attributes.get(INSTRUCTOR_ATTEMPTS);
  if (typeof attempts !== "number") return [];
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

/** Not one item of a list, which was skipped. */
function isFailedAttempt({ name, attributes }: TreeEvent): boolean {
  return name === VALIDATION_FAILED_EVENT && attributes.get(VALIDATION_ITEM) === undefined;
}

/** Paths; where the answer as a whole was wrong, how. */
function describeFailure({ attributes }: TreeEvent): string {
  const codes = textsOf(attributes.get(VALIDATION_CODES));
  const places = textsOf(attributes.get(VALIDATION_PATHS)).map((path, at) => path || (codes[at] ?? ""));
  const shown = [...new Set(places)].slice(0, MAX_PATHS);
  const more = places.length > shown.length ? ", …" : "";
  return `#${String(attributes.get(VALIDATION_ATTEMPT))} invalid: ${shown.join(", ")}${more}`;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}
