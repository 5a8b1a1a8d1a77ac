import { countryCodeIn, toE164, toEmail } from "./contacts.js";
import { toIsoDate } from "./dates.js";
import { UNKNOWN } from "./extraction.js";
import { replaceAt, valueAt, type Issue } from "./issues.js";
import type { Json } from "./json-schema.js";
import { rankOptions } from "./choose-option.js";
import { shorten } from "./shorten.js";
import { correctTotal } from "./sum-lines.js";

/** What a correction may look at besides the value. */
export interface CorrectionScope {
  readonly answer: Json;
  readonly path: Issue["path"];
  readonly message: string;
  readonly text: string;
  readonly today: Date;
}

/** A second, stricter rule: it knows the messages it can obey, and gives undefined where it has nothing better. */
interface Correction {
  readonly message: RegExp;
  readonly correct: (value: Json, scope: CorrectionScope) => Json | undefined;
}

const CORRECTIONS: readonly Correction[] = [
  {
    message: /\b(?:total|sum|adds? up|lines?)\b/i,
    correct: (value, { answer, path }) => correctTotal(value, answer, path),
  },
  { message: /\be-?mail\b/i, correct: onText(toEmail) },
  {
    message: /\bE\.?164\b|\b(?:phone|international)\b/i,
    correct: onText((value, { message, text }) => toE164(value, countryCodeIn(message) ?? countryCodeIn(text))),
  },
  {
    message: /\bISO\b|\bYYYY-MM-DD\b|\bdate\b/i,
    correct: onText((value, { today }) => toIsoDate(value, today)),
  },
  { message: /\binitials\b/i, correct: onText((value) => (value.match(/\p{Lu}/gu) ?? []).join("")) },
  { message: /\b(?:capitals|capital letters|upper-?\s?case)\b/i, correct: onText((value) => value.toUpperCase()) },
  { message: /\b(?:small letters|lower-?\s?case)\b/i, correct: onText((value) => value.toLowerCase()) },
  {
    message: /(?:<=?|at most|up to|maximum(?: of)?|no more than|not exceed) ?(\d+) characters?/i,
    correct: onText((value, { message }) => shorten(value, Number(/\d+/.exec(message)?.[0]))),
  },
  {
    message: /\b(?:expected )?one of\b/i,
    correct: (_value, { message, text }) =>
      rankOptions(
        [...message.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name),
        text,
      )[0],
  },
];

/** The answer with another value at each place that an issue is about and a rule can mend. */
export function correctAnswer(
  answer: Json,
  issues: readonly Issue[],
  source: Pick<CorrectionScope, "text" | "today">,
): Json {
  return issues.reduce((current, { path, message }) => {
    const value = valueAt(current, path);
    if (value === undefined) return current;
    for (const { correct } of CORRECTIONS.filter((correction) => correction.message.test(message))) {
      const corrected = correct(value, { ...source, answer: current, path, message });
      if (corrected !== undefined && corrected !== value) return replaceAt(current, path, corrected);
    }
    return current;
  }, answer);
}

/** The ways a text could be written that a pattern or a format may ask for. */
export function rewriteText(today: Date, text: string): (value: string) => string[] {
  return (value) => {
    const date = toIsoDate(value, today);
    const dates = date === undefined ? [] : [date, `${date}T00:00:00Z`];
    return [...dates, toEmail(value), toE164(value, countryCodeIn(text)), value.toUpperCase(), value.toLowerCase()];
  };
}

function onText(change: (value: string, scope: CorrectionScope) => string | undefined): Correction["correct"] {
  return (value, scope) => (typeof value === "string" && value !== UNKNOWN ? change(value, scope) : undefined);
}
