import nlp from "compromise";
import { classify } from "../classify.js";
import { capitalise, sentencesOf, trimEnd } from "./passage.js";

/** Where the head of a sentence ends. */
const TURN = /[,;:]\s|\s(?:before|because|and|when|while|after|so|but|since|which|that|until|on(?=\s\d))\s/;
const MAX_TITLE_WORDS = 10;

/** The sentence that says most. */
export function readSummary(text: string): string[] {
  return text.trim() === "" ? [] : [capitalise(classify(text).summary)];
}

/** The head of the first sentence, told as a wish: "preserving schemas" is "Preserve schemas". */
export function readTitle(text: string): string[] {
  const [sentence] = sentencesOf(text);
  if (sentence === undefined) return [];
  const words = (sentence.text.split(TURN)[0] ?? "").split(/\s+/).slice(0, MAX_TITLE_WORDS);
  return [capitalise(trimEnd(turnGerund(words.join(" "), "Infinitive")))];
}

/** What the text tells, one point each: its list, or else its sentences and the doings in a row in them. */
export function readPoints(text: string): string[] {
  const list = text.match(/^\s*(?:[-*•]|\d+[.)])\s+.+$/gm);
  if (list !== null) return list.map((line) => trimEnd(line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, "")));
  return sentencesOf(text)
    .flatMap((sentence) => sentence.text.split(/;\s+|,? and (?=\p{L}+ing )|, (?=\p{L}+ing )/u))
    .map((point) => capitalise(trimEnd(turnGerund(point.trim(), "PresentTense"))));
}

/** "preserving schemas" as "preserve schemas" or "preserves schemas". */
function turnGerund(phrase: string, form: "Infinitive" | "PresentTense"): string {
  const [first = "", ...rest] = phrase.split(" ");
  if (!/^\p{L}{2,}ing$/u.test(first) || rest.length === 0) return phrase;
  // In a sentence of its own the word is a verb for certain; alone, "preserving" passes for a noun.
  const [forms] = nlp(`is ${first.toLowerCase()}`).verbs().conjugate() as Record<string, string | undefined>[];
  return [forms?.[form] ?? first, ...rest].join(" ");
}
