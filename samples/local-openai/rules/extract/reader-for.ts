import type { Field } from "./field.js";
import { typesOf, type JsonSchema } from "./json-schema.js";
import { readLabelled } from "./lists.js";
import { NAME, NAME_READERS } from "./name-readers.js";
import { NUMBER_READERS } from "./number-readers.js";
import type { Reader } from "./reader.js";
import { TEXT_READERS } from "./text-readers.js";

const FORMATS: Readonly<Record<string, string>> = { email: "email", date: "date", "date-time": "date", uri: "url" };

/** The reader for a leaf: by its name, else by its format or description, else by what stands beside its name. */
export function readerFor(field: Field, schema: JsonSchema): Reader {
  // Nothing went wrong: the rules do not fail.
  if (field.label === "message" && field.context.includes("error")) return LABELLED;
  if (["number", "integer"].includes(typesOf(schema)[0] ?? "")) return pick(NUMBER_READERS, field.label) ?? LABELLED;
  if (/\bnames?$/.test(field.label) && pick(TEXT_READERS, field.label) === undefined) {
    return field.context.map((words) => pick(NAME_READERS, words)).find(Boolean) ?? NAME;
  }
  return (
    pick(TEXT_READERS, field.label) ??
    pick(TEXT_READERS, FORMATS[schema.format ?? ""] ?? "") ??
    pick(TEXT_READERS, field.description.toLowerCase()) ??
    LABELLED
  );
}

/** Nothing is known of the field but its name. */
const LABELLED: Reader = { label: /(?:)/, kind: "words", read: (text, { label }) => readLabelled(text, label) };

function pick(readers: readonly Reader[], words: string): Reader | undefined {
  return words === "" ? undefined : readers.find(({ label }) => label.test(words));
}
