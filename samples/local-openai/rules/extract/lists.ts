import nlp from "compromise";
import { phrases } from "../phrases.js";
import type { Field } from "./field.js";
import { distinct, mentionsOf, trimEnd } from "./passage.js";

const MAX_KEYWORDS = 5;

/** What leads to a list that its own name does not stand before. */
const VERBS: readonly (readonly [label: RegExp, verbs: readonly string[]])[] = [
  [/\bskills?\b/, ["knows?", "uses?", "masters?", "skilled in", "writes?"]],
  [/\blanguages?\b/, ["speaks?", "writes?", "knows?"]],
  [/\binterests?\b/, ["likes?", "loves?", "enjoys?", "interested in"]],
  [/\bingredients?\b/, ["needs?", "contains?", "made of", "with"]],
];

/** "skills: a, b and c", "Skills are a, b": what stands behind the field's name, until the line or sentence ends. */
export function readLabelled(text: string, label: string): string[] {
  const name = label.replace(/ /g, "[ _-]");
  const pattern = new RegExp(
    String.raw`(?:^|[\n.;,({]|\s)${name}(?:\s*[:=]\s*|\s+(?:is|are)\s+)([^\n;]+?)(?=\n|;|[.,](?:\s|$)|$)`,
    "gi",
  );
  return mentionsOf(text, pattern).map(({ value }) => trimEnd(value));
}

/** The items of an enumeration: behind the field's name, or behind the verb for it, as in "speaks French and Thai". */
export function readEnumeration(text: string, { label }: Field): string[] {
  const verbs = VERBS.find(([name]) => name.test(label))?.[1] ?? [];
  const leads = [`${label.replace(/ /g, "[ _-]")}(?: are| is| include)?:?`, ...verbs];
  const [list] = mentionsOf(text, new RegExp(String.raw`\b(?:${leads.join("|")})\s+([^\n.;]+)`, "gi"));
  const items = list?.value.split(/,\s*(?:and\s+)?|\s+and\s+|;\s*/) ?? [];
  return distinct(items.map(trimEnd).filter(Boolean));
}

/** The things a text is about. */
export function readKeywords(text: string): string[] {
  const nouns = phrases(nlp(text).match("#Noun+").not("(#Pronoun|#Date|#Value|#Possessive)"));
  return distinct(nouns.flatMap((noun) => trimEnd(noun).toLowerCase().split(/,\s*/)))
    .filter(Boolean)
    .slice(0, MAX_KEYWORDS);
}
