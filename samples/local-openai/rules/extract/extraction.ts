import type { Json, JsonSchema } from "./json-schema.js";

/** A value, and how well the text supports it. */
export interface Extraction {
  readonly value: Json;
  /** How many leaves the text speaks of for certain. */
  readonly evidence: number;
  /** How many leaves are filled although the text does not speak of them. */
  readonly missing: number;
  /** Whether the value was taken for want of a better one; null is better, where it may be. */
  readonly isGuess?: boolean;
}

/** What a value is read from, and under which terms. */
export interface Scope {
  readonly text: string;
  readonly root: JsonSchema;
  /** Whether `pattern` and `format` bind, as they do in OpenAI's strict mode; else they are ignored. */
  readonly isStrict: boolean;
  /** Other ways to write what was found, tried where a pattern or a format binds. */
  readonly rewrite: (value: string) => readonly string[];
  /** The references that are being followed: a node in a node ends here. */
  readonly open: readonly string[];
}

/** What stands for a text that is not there. */
export const UNKNOWN = "unknown";

/** A value that stands for what the text does not tell. */
export function absent(value: Json): Extraction {
  return { value, evidence: 0, missing: 1 };
}

/** A value that needs no support. */
export function given(value: Json): Extraction {
  return { value, evidence: 0, missing: 0 };
}

export function sumUp(value: Json, parts: readonly Extraction[]): Extraction {
  return {
    value,
    evidence: parts.reduce((sum, { evidence }) => sum + evidence, 0),
    missing: parts.reduce((sum, { missing }) => sum + missing, 0),
  };
}

export function scoreOf({ evidence, missing }: Extraction): number {
  return evidence - missing / 2;
}
