import { classify } from "../classify.js";
import { LEVELS, MEANINGS, NEUTRAL } from "./enum-words.js";
import { toWords, type Field } from "./field.js";
import type { Json } from "./json-schema.js";

const URGENCIES = ["high", "normal", "low"];

export interface Choice {
  readonly option: Json;
  /** False where the text says nothing and a neutral option was taken. */
  readonly isFound: boolean;
}

/** The option of an enum that the text speaks for: by name, by its usual words, or by how urgent it sounds. */
export function chooseOption(options: readonly Json[], text: string, field: Field): Choice {
  const [best] = rankOptions(options, text);
  if (best !== undefined) return { option: best, isFound: true };
  const words = options.map((option) => wordsOf(option));
  if (/\b(?:priority|urgency|severity|importance|level)\b/.test(field.label)) {
    const { urgency } = classify(text);
    const level = URGENCIES.indexOf(urgency);
    const at = words.findIndex((word) => LEVELS[level]?.test(word));
    if (at >= 0) return { option: options[at] ?? null, isFound: urgency !== "normal" };
  }
  const topic = words.indexOf(classify(text).topic);
  if (topic >= 0 && words[topic] !== "other") return { option: options[topic] ?? null, isFound: true };
  const neutral = words.findIndex((word) => NEUTRAL.test(word));
  return { option: options[neutral] ?? options[0] ?? null, isFound: false };
}

/** The options that the text has words for, the strongest first. */
export function rankOptions(options: readonly Json[], text: string): Json[] {
  const ranked = options.map((option) => ({ option, score: scoreOption(wordsOf(option), text) }));
  return ranked
    .filter(({ score }) => score > 0)
    .sort((left, right) => right.score - left.score)
    .map(({ option }) => option);
}

function scoreOption(words: string, text: string): number {
  // Its own name weighs most, unless it is denied: "not done".
  const named = new RegExp(
    String.raw`(?<!\b(?:not|no|never|without|isn't) )(?<![\p{L}\p{N}-])${words}(?![\p{L}\p{N}-])`,
    "giu",
  );
  const place = MEANINGS.findIndex(([options]) => options.test(words));
  const signs = place < 0 ? 0 : (text.match(MEANINGS[place]?.[1] ?? /$^/)?.length ?? 0);
  const order = signs === 0 ? 0 : (MEANINGS.length - place) / 100;
  return (text.match(named)?.length ?? 0) * 3 + signs + order;
}

function wordsOf(option: Json): string {
  return toWords(typeof option === "string" ? option : JSON.stringify(option));
}
