import { readBoolean } from "./booleans.js";
import { chooseOption, rankOptions } from "./choose-option.js";
import { UNKNOWN, absent, given, type Extraction, type Scope } from "./extraction.js";
import type { Field } from "./field.js";
import { typesOf, type Json, type JsonSchema } from "./json-schema.js";
import { readLabelled } from "./lists.js";
import { readerFor } from "./reader-for.js";

const FORMATS: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  "date-time": /^\d{4}-\d{2}-\d{2}T/,
  email: /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/,
};

/** Fills a place that holds one value: an option, true or false, a text or a number. */
export function fillLeaf(schema: JsonSchema, field: Field, scope: Scope): Extraction {
  if (schema.const !== undefined) return given(schema.const);
  if (schema.enum !== undefined) return fillOption(schema.enum, field, scope.text);
  const [type = "string"] = typesOf(schema);
  if (type === "null") return given(null);
  if (type === "boolean") {
    const found = readBoolean(scope.text, field);
    return { value: found ?? false, evidence: found === undefined ? 0 : 1, missing: 0, isGuess: found === undefined };
  }
  const [value] = readValues(schema, field, scope);
  if (value === undefined) return absent(type === "string" ? UNKNOWN : 0);
  const evidence = readerFor(field, schema).isWeak ? 0 : 1;
  return { value: type === "integer" ? Math.round(Number(value)) : value, evidence, missing: 0 };
}

/** All values that the text has for a field, the likeliest first. */
export function readValues(schema: JsonSchema, field: Field, scope: Scope): Json[] {
  if (schema.enum !== undefined) return rankOptions(schema.enum, scope.text);
  const reader = readerFor(field, schema);
  const labelled = readLabelled(scope.text, field.label);
  // What stands behind the field's own name, as in "Phone: …", goes before what is found anywhere.
  const found = [...labelled, scope.text].flatMap((part) => [...reader.read(part, field)]);
  const values = typesOf(schema)[0] === "string" ? [...found, ...labelled] : found;
  return scope.isStrict ? values.flatMap((value) => fit(value, schema, scope)) : values;
}

function fillOption(options: readonly Json[], field: Field, text: string): Extraction {
  const named = options.filter((option) => option !== null);
  const [labelled] = readLabelled(text, field.label).flatMap((words) => rankOptions(named, words));
  if (labelled !== undefined) return { value: labelled, evidence: 1, missing: 0 };
  const { option, isFound } = chooseOption(named, text, field);
  return { value: option, evidence: isFound ? 1 : 0, missing: 0, isGuess: !isFound };
}

/** The value written so that it matches, or nothing. */
function fit(value: string | number, { pattern, format }: JsonSchema, { rewrite }: Scope): (string | number)[] {
  const isFitting = (way: string) =>
    (pattern === undefined || compile(pattern).test(way)) && (FORMATS[format ?? ""]?.test(way) ?? true);
  if (typeof value === "number") return [value];
  return [value, ...rewrite(value)].filter(isFitting).slice(0, 1);
}

/** A schema's patterns are Unicode ones, but not all that are written are. */
function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return new RegExp(pattern);
  }
}
