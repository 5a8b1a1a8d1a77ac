import nlp from "compromise";
import { phrases } from "../phrases.js";
import { readDates } from "./dates.js";
import { capitalise, distinct, sentencesOf, trimEnd } from "./passage.js";

/** Words for what a plan works towards. */
const EVENT =
  /\b(?:launch|release|beta|alpha|rollout|kick-?off|go-live|review|audit|demo|deadline|milestone|prototype|pilot|freeze|migration|hand-?over|approval|delivery)\b/i;

const ARTICLE = /^(?:the|an?)\s/i;

/** The steps of a plan: the clauses of the text with an event or a date in them. */
export function readMilestones(text: string): string[] {
  const list = /\bmilestones?(?: are| is)?:?\s+(.+?)(?:\.\s|\.?$)/is.exec(text)?.[1];
  const clauses =
    list?.split(/,\s+(?:and\s+)?|\s+and\s+|;\s+|\n/) ??
    sentencesOf(text).flatMap(({ text: sentence }) => clausesOf(sentence));
  const steps =
    list === undefined ? clauses.filter((clause) => EVENT.test(clause) || readDates(clause).length > 0) : clauses;
  // A heading without a verb is a step only where nothing else is.
  const told = steps.filter((step) => list !== undefined || nlp(step).has("#Verb"));
  return distinct((told.length > 0 ? told : steps).map((step) => capitalise(trimEnd(step.replace(ARTICLE, "")))));
}

/** A sentence cut at each "and" or comma that a new verb follows. */
function clausesOf(sentence: string): string[] {
  const parts = sentence.split(/,?\s+and\s+|,\s+|;\s+/);
  return parts.every((part) => nlp(part).has("#Verb")) ? parts : [sentence];
}

/** The event that a clause speaks of: "the beta starts on 1 March" is "Beta". */
export function readEvents(text: string): string[] {
  const nouns = phrases(nlp(text).match("#Adjective? #Noun+").not("#Date")).filter((noun) => EVENT.test(noun));
  return nouns.map((noun) => capitalise(trimEnd(noun.replace(ARTICLE, ""))));
}
