import type { Mention, Passage } from "./passage.js";

const ROW = /\d+(?:\.\d+)?(?:,? (?:and )?\d+(?:\.\d+)?)+/;

/**
 * "Alice and Bob are friends. They are 32 and 43 respectively.": a row of names and a row of as many numbers, shared out
 * in order. Undefined where the text has no two such rows.
 */
export function shareOut(text: string, names: readonly Mention[]): Passage[] | undefined {
  const isRow = names.every(({ start }, index) => {
    const before = names[index - 1];
    return before === undefined || /^(?:,|,? and|,? &) ?$/.test(text.slice(before.end, start));
  });
  const end = names.at(-1)?.end ?? 0;
  const rest = text.slice(end);
  const row = ROW.exec(rest)?.[0];
  const numbers = row?.match(/\d+(?:\.\d+)?/g) ?? [];
  if (!isRow || row === undefined || names.length < 2 || numbers.length !== names.length) return undefined;
  return names.map(({ value, start }, index) => ({
    text: value + rest.replace(row, numbers[index] ?? "").replace(/,? respectively/, ""),
    start,
  }));
}
