import type { Field } from "./field.js";
import { parseNumber } from "./numbers.js";
import { distinct } from "./passage.js";

const SUM = String.raw`(?:[$€£]|(?:USD|EUR|CHF|GBP) ?)?\d[\d,'’]*(?:\.\d+)?`;
/** With a sign, a currency or cents it is money; a bare whole number may be anything. */
const CERTAIN = new RegExp(
  String.raw`(?<![\w.-])(?:(?:[$€£]|(?:USD|EUR|CHF|GBP) ?)\d[\d,'’]*(?:\.\d+)?|\d[\d,'’]*(?:\.\d+)? ?(?:USD|EUR|CHF|GBP|dollars|euros|francs|€)|\d[\d,'’]*\.\d{2})(?![\w-])`,
  "g",
);
const CURRENCIES: readonly (readonly [string, RegExp])[] = [
  ["USD", /\$|\bUSD\b|\bdollars?\b/],
  ["EUR", /€|\bEUR\b|\beuros?\b/],
  ["GBP", /£|\bGBP\b|\bpounds?\b/],
  ["CHF", /\bCHF\b|\bfrancs?\b/],
];

/** What one costs: the sum after "at", "for", "@" or "each"; any sum where there is only one. */
export function readUnitPrices(text: string): number[] {
  const behind = new RegExp(String.raw`(?:\b(?:at|for|à|price|costs?|of|each)\b|@):? ?(${SUM})(?![\w-])`, "gi");
  return distinct([...readSums(text, behind), ...readSums(text, CERTAIN)]);
}

/** The sum that stands with a word of the field's name ("Total is 298.00" for `total_usd`); else the largest. */
export function readAmounts(text: string, { label }: Field): number[] {
  const words = label.split(" ").filter((word) => word.length > 2 && !/^(?:usd|eur|gbp|chf|amount|sum)$/.test(word));
  const named = words.flatMap((word) => {
    // Whole words only, so that "Subtotal" is not the total.
    const beside = String.raw`\b${word}(?:s|led|ing)?\b(?: (?:is|was|are|of|amount|due|comes to|to))*:? ?(${SUM})(?![\w-])`;
    return readSums(text, new RegExp(beside, "gi"));
  });
  const sums = readSums(text, CERTAIN);
  // A tax or discount that the text does not name is not the largest sum in it.
  const isWhole = /\b(?:total|amount|sum|due|price|cost|budget|paid|balance)\b/.test(label);
  return distinct([...named, ...(isWhole ? sums.toSorted((left, right) => right - left) : [])]);
}

export function readCurrencies(text: string): string[] {
  return CURRENCIES.filter(([, sign]) => sign.test(text)).map(([code]) => code);
}

function readSums(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map((match) => parseNumber(match[1] ?? match[0]));
}
