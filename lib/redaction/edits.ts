/** This says that the text from `start` up to `end` is to be replaced. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Found by its name. Where two findings overlap this one's text stands, so that redacting twice gives the same. */
  readonly isKeyed: boolean;
}

/** Sorted, and without overlaps: what overlaps becomes one edit of all it covers, so nothing of either shows. */
export function mergeEdits(edits: readonly Edit[]): readonly Edit[] {
  if (edits.length < 2) return edits;
  const merged: Edit[] = [];
  for (const edit of edits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last === undefined || edit.start >= last.end) {
      merged.push(edit);
      continue;
    }
    const winner = edit.isKeyed && !last.isKeyed ? edit : last;
    merged[merged.length - 1] = { ...winner, start: last.start, end: Math.max(last.end, edit.end) };
  }
  return merged;
}

/** The text with merged edits made; the very same text when none changes anything. */
export function applyEdits(text: string, edits: readonly Edit[], from = 0, to = text.length): string {
  let result = "";
  let at = from;
  for (const { start, end, text: replacement } of edits) {
    result += text.slice(at, start) + replacement;
    at = end;
  }
  return result + text.slice(at, to);
}
