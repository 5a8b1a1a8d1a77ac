import nlp from "compromise";
import { classify } from "../classify.js";
import type { Field } from "./field.js";

const SMALL_WORDS = /^(?:is|are|has|have|was|can|should|does|do|needs?|wants?|be|a|the|of|in|to)$/;
const NEGATION = /\b(?:not|no|never|without|cannot|\w+n't)\b(?:\s+\w+){0,2}\s*$/i;

/** Whether the text says what the field's name says; undefined where it does not speak of it. */
export function readBoolean(text: string, { label }: Field): boolean | undefined {
  if (/\burgent\b/.test(label)) return classify(text).urgency === "high";
  const doc = nlp(text);
  for (const word of label.split(" ").filter((part) => !SMALL_WORDS.test(part))) {
    const found = doc.match(`{${word}}`).first();
    const mention = found.found ? found.text() : (new RegExp(String.raw`\b${word}`, "i").exec(text)?.[0] ?? "");
    if (mention !== "") return !NEGATION.test(text.slice(0, text.indexOf(mention)));
  }
  return undefined;
}
