import nlp from "compromise";
import { phrases } from "../phrases.js";
import { mentionsOf, type Mention } from "./passage.js";

const NAME = String.raw`\p{Lu}[\p{L}\p{N}&-]*(?: (?:& )?\p{Lu}[\p{L}\p{N}&-]*){0,3}`;
/** "Northwind invoice", "Contoso billed": who writes a bill is a firm. */
const BEFORE_PAPER = new RegExp(
  String.raw`(?<![\p{L}\p{N}-])(${NAME})(?:'s)? (?:invoice|bill|receipt|order|contract|statement|quote|charged|billed|invoiced)\b`,
  "gu",
);
const WITH_SUFFIX = new RegExp(
  String.raw`(?<![\p{L}\p{N}-])(${NAME} (?:Inc|Ltd|LLC|GmbH|AG|Corp|Co|SA|Traders|Industries|Group|Bank|Labs)\b)`,
  "gu",
);
const AFTER_FROM = new RegExp(String.raw`\b(?:[Ff]rom|[Aa]t|[Vv]endor|[Ss]upplier|[Bb]y)[:]? (${NAME})`, "gu");
/** "ACME", but neither a code such as "NW-1042" nor a currency or a file format. */
const ACRONYM =
  /(?<![\p{L}\p{N}-])(?!(?:USD|EUR|CHF|GBP|JPY|PDF|CSV|JSON|API|HTTP|HTTPS|URL|SQL|SKU|ASAP|FAQ|CEO|CTO|VAT|UTC|README)\b)[A-Z][A-Z&]{2,}(?![\p{L}\p{N}-])/gu;

/** The firms in a text, in its order: by their kind of name, by what they do, and those that `compromise` knows. */
export function findOrganisations(text: string): Mention[] {
  const doc = nlp(text);
  const people = phrases(doc.people());
  const places = [...phrases(doc.places()), ...phrases(doc.match("#Date+"))];
  const known = phrases(doc.organizations()).map((name) => name.replace(/[^\p{L}\p{N}]+$/u, ""));
  const named = known.map((name) => ({
    value: name,
    start: text.indexOf(name),
    end: text.indexOf(name) + name.length,
  }));
  const isOther = ({ value }: Mention) => [...people, ...places].some((name) => name.includes(value));
  const candidates = [
    ...mentionsOf(text, WITH_SUFFIX),
    ...[...mentionsOf(text, BEFORE_PAPER), ...mentionsOf(text, AFTER_FROM)].filter(
      (mention) => !isOther(mention) && !nlp(mention.value).has("^(#Verb|#Determiner|#Possessive|#Pronoun|#Adjective)"),
    ),
    ...mentionsOf(text, ACRONYM),
    ...named.filter(({ start }) => start >= 0),
  ];
  return candidates
    .filter((one, index) => !candidates.slice(0, index).some((other) => one.start < other.end && other.start < one.end))
    .sort((left, right) => left.start - right.start);
}
