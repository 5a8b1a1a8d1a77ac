import { toWords } from "./field.js";
import { valueAt, type Issue } from "./issues.js";
import type { Json } from "./json-schema.js";

const TOTAL = /\b(?:total|sum|amount)\b/;
const COUNT = /\b(?:quantity|qty|count|units)\b/;
const PRICE = /\b(?:price|rate|cost)\b/;

/** The total at the path, or in the object there, added up from the lines beside it; undefined where there are none. */
export function correctTotal(value: Json, answer: Json, path: Issue["path"]): Json | undefined {
  if (typeof value === "number") return sumLines(valueAt(answer, path.slice(0, -1)));
  const [name] = entriesOf(value).find(([key, inner]) => TOTAL.test(toWords(key)) && typeof inner === "number") ?? [];
  const sum = sumLines(value);
  return name === undefined || sum === undefined ? undefined : { ...(value as Record<string, Json>), [name]: sum };
}

function sumLines(value: Json | undefined): number | undefined {
  const lists = entriesOf(value).flatMap(([, inner]) => (Array.isArray(inner) ? [inner as Json[]] : []));
  for (const lines of lists) {
    const costs = lines.map((line) => (numberIn(line, COUNT) ?? 1) * (numberIn(line, PRICE) ?? NaN));
    const sum = costs.reduce((total, cost) => total + cost, 0);
    // Cents, not what binary fractions leave behind them.
    if (lines.length > 0 && !Number.isNaN(sum)) return Math.round(sum * 100) / 100;
  }
  return undefined;
}

function numberIn(line: Json, name: RegExp): number | undefined {
  const [, value] = entriesOf(line).find(([key]) => name.test(toWords(key))) ?? [];
  return typeof value === "number" ? value : undefined;
}

function entriesOf(value: Json | undefined): [string, Json][] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
