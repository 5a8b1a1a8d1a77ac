import nlp from "compromise";
import { findLineItems } from "./line-items.js";
import { sentencesOf, type Mention, type Passage } from "./passage.js";
import { findSubjects } from "./people.js";
import type { Kind } from "./reader.js";
import { shareOut } from "./share-out.js";
import { SPLIT_POINTS } from "./split-points.js";

/** Cuts a text into the passages that an item of a list is read from: one per line of a bill, person, firm or sentence. */
export function splitItems(kinds: readonly Kind[], text: string): Passage[] {
  if (kinds.includes("sku") || kinds.includes("price")) {
    const lines = findLineItems(text);
    // What has an article number and a price is a line of a bill, or nothing is.
    if (lines.length > 0 || (kinds.includes("sku") && kinds.includes("price")))
      return lines.map(({ value, start }) => ({ text: value, start }));
  }
  if (kinds.includes("task")) return splitTasks(text);
  for (const [kind, findPoints] of SPLIT_POINTS.filter(([mark]) => kinds.includes(mark))) {
    const points = findPoints(text);
    if (points.length > 0) return shareOut(text, points) ?? cutBetween(text, points, kind === "date");
  }
  return sentencesOf(text);
}

/** One passage for each doing of somebody: a sentence, or each of the subjects in it with what follows. */
function splitTasks(text: string): Passage[] {
  return sentencesOf(text).flatMap((sentence) => {
    const pieces = cutBetween(sentence.text, findSubjects(sentence.text));
    if (pieces.length < 2) return [sentence];
    return pieces.map((piece) => ({ ...piece, start: sentence.start + piece.start }));
  });
}

/**
 * One passage for each name; what is said of it in several places is joined. A mark that `isBehind` what it belongs to,
 * as a date is, begins no talk but ends it.
 */
function cutBetween(text: string, points: readonly Mention[], isBehind = false): Passage[] {
  const passages = new Map<string, Passage>();
  let from = 0;
  points.forEach((point, index) => {
    const next = points[index + 1];
    const end =
      next === undefined
        ? text.length
        : next.value === point.value
          ? next.start
          : findCut(text, point.end, next.start, isBehind);
    const before = passages.get(point.value);
    const piece = text
      .slice(from, end)
      .replace(/[,;]?(?:\s+and)?\s*$/, "")
      .trim();
    passages.set(
      point.value,
      before ? { ...before, text: `${before.text} ${piece}` } : { text: piece, start: point.start },
    );
    from = end;
  });
  return [...passages.values()];
}

/** Where between two names the talk turns to the second: after a full stop, or after an "and" with no verb behind it. */
function findCut(text: string, end: number, nextStart: number, isBehind: boolean): number {
  const between = text.slice(end, nextStart);
  const [sentenceEnd] = [...between.matchAll(/[.!?]["'”]?\s+|\n+/g)].slice(-1);
  if (sentenceEnd) return end + sentenceEnd.index + sentenceEnd[0].length;
  const [separator] = [...between.matchAll(/[,;]\s+(?:and\s+)?|\s+and\s+/g)].slice(-1);
  if (separator === undefined) return nextStart;
  const after = separator.index + separator[0].length;
  const isSaidBefore = !isBehind && nlp(between.slice(after)).has("(#Copula|#PresentTense|#Modal)");
  return isSaidBefore ? nextStart : end + after;
}
