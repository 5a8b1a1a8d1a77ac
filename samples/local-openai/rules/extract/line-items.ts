import { mentionsOf, trimEnd, type Mention } from "./passage.js";

/** A count, a code or a thing, a price: "2 LOG-001 at 49.50", "3 x desk lamp @ $20". */
const LINE =
  /(?<![\w.,-])\d+ ?(?:x|×|pcs|pieces(?: of)?|units?(?: of)?)? ?\p{L}[\p{L}\d -]*? ?(?:@|\bat\b|\bfor\b|:)(?: a price of)? ?(?:[$€£]|(?:USD|EUR|CHF|GBP) ?)?\d[\d,'’]*(?:\.\d+)?(?: ?(?:USD|EUR|CHF|GBP))?(?: each)?/gu;
const THING = /^\d+ ?(?:x|×|pcs|pieces(?: of)?|units?(?: of)?)? ?(\p{L}[\p{L}\d -]*?) ?(?:@|\bat\b|\bfor\b|:)/u;

export function findLineItems(text: string): Mention[] {
  return mentionsOf(text, LINE);
}

/** What is bought in a line. */
export function readThings(text: string): string[] {
  return findLineItems(text).map(({ value }) => trimEnd(THING.exec(value)?.[1] ?? ""));
}
