import nlp from "compromise";
import { phrases } from "../phrases.js";
import { distinct, mentionsOf, trimEnd } from "./passage.js";

/** The places that `compromise` knows, then any name behind "in", "to" or "near". */
export function readPlaces(text: string): string[] {
  const known = phrases(nlp(text).places()).map((place) => place.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, ""));
  const dates = phrases(nlp(text).match("#Date+"));
  const others = mentionsOf(text, /\b(?:in|to|near)\s+(\p{Lu}\p{L}+(?: \p{Lu}\p{L}+)*)/gu).map(({ value }) => value);
  return distinct([...known, ...others.filter((name) => !dates.some((date) => date.includes(name)))]);
}

/** What somebody does for a living: "works as a data scientist", "is a nurse". */
export function readJobs(text: string): string[] {
  const jobs = [
    ...mentionsOf(text, /\bworks? as (?:an? |the )?((?:\p{L}+[ -]?){1,4}?)(?=[,.;]| at | for | in | and |$)/gu),
    ...mentionsOf(text, /\bis (?:an? |the )((?:\p{L}+[ -]?){1,4}?)(?=[,.;]| at | for | in | and | who |$)/gu),
  ];
  return jobs.map(({ value }) => trimEnd(value)).filter((job) => nlp(job).has("#Noun"));
}
