import { findOrganisations } from "./organisations.js";
import { distinct, type Mention } from "./passage.js";
import { findPeople } from "./people.js";

/** The people and firms of a text, in its order. */
export function findParties(text: string): Mention[] {
  return [...findOrganisations(text), ...findPeople(text)].sort((left, right) => left.start - right.start);
}

export const readParties = (text: string): string[] => namesOf(findParties(text));
export const readPeople = (text: string): string[] => namesOf(findPeople(text));
export const readFirms = (text: string): string[] => namesOf(findOrganisations(text));

function namesOf(mentions: readonly Mention[]): string[] {
  return distinct(mentions.map(({ value }) => value));
}
