import nlp from "compromise";
import { phrases } from "../phrases.js";

/** A stretch of text that a value is read from. */
export interface Passage {
  readonly text: string;
  /** Where it starts in the text it was cut out of. */
  readonly start: number;
}

/** A name, date or sum where it stands in a text. */
export interface Mention {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export function sentencesOf(text: string): Passage[] {
  // A list has no full stops: each of its lines is a sentence.
  const lines = text.split(/\n+/).flatMap((line) => phrases(nlp(line).sentences()));
  let from = 0;
  return lines.map((line) => {
    const start = Math.max(text.indexOf(line, from), from);
    from = start + line.length;
    return { text: line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, "").trim(), start };
  });
}

/** All places where a pattern, or its first group, matches. */
export function mentionsOf(text: string, pattern: RegExp): Mention[] {
  return [...text.matchAll(pattern)].map((match) => {
    const value = match[1] ?? match[0];
    const start = match.index + match[0].indexOf(value);
    return { value, start, end: start + value.length };
  });
}

export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function trimEnd(text: string): string {
  return text.trim().replace(/[\s.,;:!?]+$/, "");
}

export function distinct<T>(values: readonly T[]): T[] {
  const keyOf = (value: T): unknown => (typeof value === "string" ? value.toLowerCase() : value);
  const byKey = new Map<unknown, T>();
  for (const value of values) if (!byKey.has(keyOf(value))) byKey.set(keyOf(value), value);
  return [...byKey.values()];
}
