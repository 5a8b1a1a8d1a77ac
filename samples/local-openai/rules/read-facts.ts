import nlp from "compromise";
import { phrases } from "./phrases.js";

export interface Facts {
  readonly people: readonly string[];
  readonly organisations: readonly string[];
  readonly places: readonly string[];
  /** Order numbers: a letter, a dash, digits. */
  readonly orders: readonly string[];
  /** Sums of money. */
  readonly amounts: readonly string[];
  /** Days, months and hours, as written. */
  readonly dates: readonly string[];
  readonly emails: readonly string[];
  /** Numbers of things, such as "40 chairs". */
  readonly counts: readonly string[];
}

/** "40 chairs", "40 new chairs", "40 oak chairs". */
const COUNTS = ["#Cardinal #Plural", "#Cardinal #Adjective #Plural", "#Cardinal #Noun #Plural"];

/** Finds the facts in a text by the word classes that `compromise` gives to its words. */
export function readFacts(text: string): Facts {
  const doc = nlp(text);
  const organisations = distinct([
    ...phrases(doc.organizations()),
    // "from Northwind Traders", "at Hotel Miramar": two names in a row after such a word are a firm, not a person.
    ...phrases(doc.match("(from|at|for|of) [#ProperNoun{2,4}]", 0)),
  ]);
  const people = [...phrases(doc.people()), ...readSignature(text)];
  return {
    people: distinct(people.filter((name) => !organisations.some((firm) => firm.includes(name)))),
    organisations,
    places: distinct(phrases(doc.places())),
    orders: distinct(text.match(/\b[A-Z]-\d{3,}\b/g) ?? []),
    amounts: distinct(phrases(doc.money())),
    dates: distinct(phrases(doc.match("(next|last)? #Date+"))),
    emails: distinct(phrases(doc.emails())),
    counts: distinct(COUNTS.flatMap((pattern) => phrases(doc.match(pattern)))),
  };
}

/** The writer's name when it stands alone on the last line. */
function readSignature(text: string): string[] {
  const lastLine = text.trim().split("\n").at(-1) ?? "";
  return /^\p{Lu}\p{L}+(?: \p{Lu}\p{L}+){1,2}$/u.test(lastLine) ? [lastLine] : [];
}

function trimPunctuation(phrase: string): string {
  return phrase.replace(/^[^\p{L}\p{N}$€£]+|[^\p{L}\p{N}]+$/gu, "");
}

/** Drops what is empty, a repetition, or a part of a longer finding. */
function distinct(values: readonly string[]): string[] {
  const unique = [...new Set(values.map(trimPunctuation))].filter((value) => value !== "");
  return unique.filter((value) => !unique.some((other) => other !== value && other.includes(value)));
}
