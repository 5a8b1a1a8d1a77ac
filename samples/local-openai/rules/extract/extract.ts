import { correctAnswer, rewriteText } from "./corrections.js";
import type { Scope } from "./extraction.js";
import { toWords, type Field } from "./field.js";
import { fill, fillItems, type Item } from "./fill.js";
import type { Issue } from "./issues.js";
import type { Json, JsonSchema } from "./json-schema.js";

/** What is to be found in a text. */
export interface Wanted {
  readonly schema: JsonSchema;
  /** What it is called: a function's or a schema's name. */
  readonly name: string;
  readonly isStrict: boolean;
}

export interface Source {
  readonly text: string;
  /** What "today" means. */
  readonly today: Date;
}

/** Fills the schema from the text; the places that validation issues are about are read again, by stricter rules. */
export function extract(wanted: Wanted, source: Source, issues: readonly Issue[]): Json {
  const { value } = fill(wanted.schema, fieldOfAnswer(wanted), scopeOf(wanted, source));
  return correctAnswer(value, issues, source);
}

/** Fills the schema once for each thing of its kind in the text. */
export function extractAll(wanted: Wanted, source: Source): Item[] {
  return fillItems(wanted.schema, fieldOfAnswer(wanted), scopeOf(wanted, source));
}

function fieldOfAnswer({ name, schema }: Wanted): Field {
  return { label: toWords(name), context: [], schema, description: schema.description ?? "" };
}

function scopeOf({ schema, isStrict }: Wanted, { text, today }: Source): Scope {
  return { text, root: schema, isStrict, rewrite: rewriteText(today, text), open: ["#"] };
}
