import { readEmails } from "./contacts.js";
import { readDates } from "./dates.js";
import { findParties } from "./parties.js";
import type { Mention } from "./passage.js";
import { findPeople } from "./people.js";
import { readPlaces } from "./places.js";
import type { Kind } from "./reader.js";

/** What an item of a list can be known by, the surest first: where each stands in a text. */
export const SPLIT_POINTS: readonly (readonly [Kind, (text: string) => readonly Mention[]])[] = [
  ["person", findPeople],
  ["organisation", findParties],
  ["email", (text) => placesOf(readEmails(text), text)],
  ["date", (text) => placesOf(readDates(text), text)],
  ["place", (text) => placesOf(readPlaces(text), text)],
];

function placesOf(values: readonly string[], text: string): Mention[] {
  return values
    .map((value) => ({ value, start: text.indexOf(value), end: text.indexOf(value) + value.length }))
    .sort((left, right) => left.start - right.start);
}
