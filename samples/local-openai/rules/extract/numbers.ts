import nlp from "compromise";
import type { Field } from "./field.js";

const NUMBER = /(?<![\w.-])-?\d[\d,'’]*(?:\.\d+)?(?![\w-])/g;

/** The text with its number words as digits: "twenty-nine" is "29". */
export function toDigits(text: string): string {
  const doc = nlp(text);
  if (!doc.has("#TextValue")) return text;
  doc.numbers().toNumber();
  return doc.text();
}

/** "1,299.50" is 1299.5. */
export function parseNumber(text: string): number {
  return Number(text.replace(/[^\d.-]/g, "").replace(/\.$/, ""));
}

export function readNumbers(text: string): number[] {
  return (toDigits(text).match(NUMBER) ?? []).map(parseNumber);
}

/** How old somebody is: "29 years old", "aged 29", "is 29", ", 29,", "(29)". */
export function readAges(text: string): number[] {
  const patterns = [
    /\b([1-9]\d{0,2})[- ]?(?:years?|yrs?)\b/gi,
    /\baged?:? (?:of )?([1-9]\d{0,2})\b/gi,
    /\b(?:is|are|am|turns|turned|be)(?: now| currently| just| only| already)? ([1-9]\d{0,2})\b(?! ?(?:%|percent|\d|\w+s\b))/gi,
    /[,(] ?([1-9]\d{0,2})(?=[,).;]|$)/g,
  ];
  const digits = toDigits(text);
  const found = patterns.flatMap((pattern) => [...digits.matchAll(pattern)].map(([, age]) => Number(age)));
  return found.filter((age) => age < 125);
}

/** How many: "2 LOG-001", "3 x", "quantity: 4", "40 chairs"; never a price, a code or a year of age. */
export function readQuantities(text: string, { label }: Field): number[] {
  const noun = label.replace(/\b(?:quantity|qty|count|number|of|num|how|many|units|pieces)\b/g, "").trim();
  const digits = toDigits(text);
  const patterns = [
    ...(noun === "" ? [] : [new RegExp(String.raw`\b(\d+) (?:\w+ )?${noun.replace(/s$/, "")}`, "gi")]),
    /\b(?:quantity|qty|count|units|pieces):? (\d+)\b/gi,
    /(?<![\w.,$€£-])(\d+) ?(?:x|×|units?|pieces|pcs)\b/gi,
    /(?<![\w.,$€£-])(\d+) (?!years?\b|USD\b|EUR\b|CHF\b|percent)(?=\p{L})/gu,
  ];
  return patterns.flatMap((pattern) => [...digits.matchAll(pattern)].map(([, count]) => Number(count)));
}

/** Numbers that stand beside a word of the field's name: "floor 4" and "3 rooms" for `floor` and `room_count`. */
export function readNumbersBeside(text: string, { label }: Field): number[] {
  const digits = toDigits(text);
  const words = label.split(" ").filter((word) => word.length > 2);
  return words.flatMap((word) => {
    const stem = word.replace(/s$/, "");
    const pattern = new RegExp(
      String.raw`\b${stem}\w*(?: (?:is|are|was|of|at|no\.?))?:? (-?\d[\d,]*(?:\.\d+)?)|(-?\d[\d,]*(?:\.\d+)?)%? ${stem}`,
      "gi",
    );
    return [...digits.matchAll(pattern)].map(([, behind, before]) => parseNumber(behind ?? before ?? ""));
  });
}
