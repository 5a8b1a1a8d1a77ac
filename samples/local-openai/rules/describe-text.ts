import nlp from "compromise";
import { readFacts } from "./read-facts.js";

/** Says what the rules can tell about any text. */
export function describeText(text: string): string {
  const found = Object.entries(readFacts(text)).filter(([, values]) => values.length > 0);
  const sentenceCount = nlp(text).sentences().length;
  return [
    `I am a set of rules, not a language model; I read ${sentenceCount} sentence${sentenceCount === 1 ? "" : "s"}.`,
    ...found.map(([kind, values]: [string, readonly string[]]) => `${kind}: ${values.join(", ")}.`),
  ].join(" ");
}
