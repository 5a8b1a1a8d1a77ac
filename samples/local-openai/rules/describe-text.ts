import nlp from "compromise";
import { phrases } from "./phrases.js";
import { readFacts } from "./read-facts.js";

/** Says what the rules can tell about any text. */
export function describeText(text: string): string {
  const found = Object.entries<readonly string[]>({ ...readFacts(text) }).filter(([, values]) => values.length > 0);
  const sentenceCount = phrases(nlp(text).sentences()).length;
  return [
    `I am a set of rules, not a language model; I read ${sentenceCount} sentence${sentenceCount === 1 ? "" : "s"}.`,
    ...found.map(([kind, values]) => `${kind}: ${values.join(", ")}.`),
  ].join(" ");
}
