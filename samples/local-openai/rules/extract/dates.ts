import nlp from "compromise";
import { phrases } from "../phrases.js";
import { distinct, trimEnd } from "./passage.js";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const ISO = /\b\d{4}-\d{2}-\d{2}\b/g;
const DOTTED = /\b\d{1,2}\.\d{1,2}\.\d{4}\b/g;
const AHEAD = /\bin (?:\d+|an?|one|two|three) (?:day|week|month)s?\b/gi;
const DAY_MILLIS = 86_400_000;

/** Days and times as they are written: "2026-11-21", "5 June 2027", "next Friday", "in 3 days", "today". */
export function readDates(text: string): string[] {
  const exact = [ISO, DOTTED, AHEAD].flatMap((pattern) => text.match(pattern) ?? []);
  const rest = exact.reduce((left, date) => left.replace(date, " "), text);
  // "a 24 year old" has the word of a date and is none.
  const words = phrases(nlp(rest).match("(next|last)? #Date+")).map(trimEnd);
  const dates = words.filter((phrase) => parseDate(phrase, new Date(0)) !== undefined);
  return distinct([...exact, ...dates]).toSorted((left, right) => text.indexOf(left) - text.indexOf(right));
}

/** A written day as an ISO date, counted from `today` where it is relative; undefined where it names no day. */
export function toIsoDate(written: string, today: Date): string | undefined {
  return parseDate(written, today)?.toISOString().slice(0, 10);
}

function parseDate(written: string, today: Date): Date | undefined {
  const text = written.toLowerCase();
  const [iso] = text.match(/\d{4}-\d{2}-\d{2}/) ?? [];
  if (iso !== undefined) return valid(new Date(iso));
  const dotted = /(\d{1,2})\.(\d{1,2})\.(\d{4})/.exec(text);
  if (dotted) return valid(new Date(Date.UTC(Number(dotted[3]), Number(dotted[2]) - 1, Number(dotted[1]))));
  return parseMonthDay(text, today) ?? parseRelative(text, today);
}

/** "5 June 2027", "June 5th, 2027", "5 June": without a year, the next that comes. */
function parseMonthDay(text: string, today: Date): Date | undefined {
  const month = MONTHS.findIndex((name) => new RegExp(String.raw`\b${name}[a-z]*\b`).test(text));
  const day = /\b(\d{1,2})(?:st|nd|rd|th)?\b/.exec(text)?.[1];
  if (month < 0 || day === undefined) return undefined;
  const year = /\b\d{4}\b/.exec(text)?.[0];
  if (year !== undefined) return valid(new Date(Date.UTC(Number(year), month, Number(day))));
  const date = new Date(Date.UTC(today.getUTCFullYear(), month, Number(day)));
  if (date.getTime() < today.getTime()) date.setUTCFullYear(date.getUTCFullYear() + 1);
  return valid(date);
}

function parseRelative(text: string, today: Date): Date | undefined {
  const after = (days: number) => new Date(today.getTime() + days * DAY_MILLIS);
  if (/\b(?:today|tonight)\b/.test(text)) return after(0);
  if (/\btomorrow\b/.test(text)) return after(1);
  if (/\byesterday\b/.test(text)) return after(-1);
  const ahead = /\bin (\d+|an?|one|two|three) (day|week|month)/.exec(text);
  if (ahead) {
    const count = { a: 1, an: 1, one: 1, two: 2, three: 3 }[ahead[1] ?? ""] ?? Number(ahead[1]);
    return after(count * (ahead[2] === "day" ? 1 : ahead[2] === "week" ? 7 : 30));
  }
  const weekday = DAYS.findIndex((name) => new RegExp(String.raw`\b${name}[a-z]*day\b`).test(text));
  // The day to come; "next Friday" said on a Friday is in a week.
  return weekday < 0 ? undefined : after(((weekday - today.getUTCDay() + 6) % 7) + 1);
}

function valid(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date;
}
