import type { Field } from "./field.js";
import { distinct } from "./passage.js";

/** Two or more letters, a dash, digits: "LOG-001". */
const CODE = /(?<![\w-])[A-Z]{1,6}-\d+(?![\w-])/g;
const BARE_ID = /(?<![\w-])(?:#\d+|[A-Z]{1,5}\d{2,}|[A-Z]{1,6}-\d+(?:-\d+)*)(?![\w-])/g;

export function readSkus(text: string): string[] {
  return distinct(text.match(CODE) ?? []);
}

/** Ids in a text; first the one behind the word that the field names, as in "invoice NW-1042" for `invoice_id`. */
export function readIds(text: string, { label }: Field): string[] {
  const [noun = ""] = label.split(" ");
  const named = new RegExp(
    String.raw`\b${noun} (?:id|number|no\.?|nr\.?|#)?[ :#]*((?=[\w-]*\d)[A-Za-z0-9][\w-]*)`,
    "gi",
  );
  const behind = noun.length > 2 ? [...text.matchAll(named)].map(([, id]) => id ?? "") : [];
  return distinct([...behind, ...(text.match(BARE_ID) ?? []).map((id) => id.replace("#", ""))]);
}
