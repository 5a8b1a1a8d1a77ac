import { readAmounts, readUnitPrices } from "./money.js";
import { readAges, readNumbers, readNumbersBeside, readQuantities } from "./numbers.js";
import type { Reader } from "./reader.js";

/** For numbers, by the words of their names; the first that fits, and one does. */
export const NUMBER_READERS: readonly Reader[] = [
  { label: /\bage\b|\byears? old\b/, kind: "number", read: readAges },
  { label: /\b(?:unit price|price|unit cost|rate)\b/, kind: "price", read: readUnitPrices },
  {
    label:
      /\b(?:total|subtotal|amount|sum|tax|discount|budget|salary|fee|paid|balance|cost|due)\b|\b(?:usd|eur|chf|gbp)$/,
    kind: "number",
    read: readAmounts,
  },
  { label: /\b(?:quantity|qty|count|units|pieces|copies)\b|\bnumber of\b/, kind: "number", read: readQuantities },
  { label: /^(?:value|answer|result|number|items|numbers)$/, kind: "number", read: readNumbers },
  { label: /(?:)/, kind: "number", read: readNumbersBeside },
];
