const BACKSLASH = 0x5c;
const QUOTE_OR_BRACKET = /["'`[\]{}]/g;

/** How a value is written: JSON within a string of JSON has `\"` for quotes, within that `\\\"`, and so on. */
export interface Quoting {
  /** Backslashes before each quote. */
  readonly escapes: number;
  /** The quotes that can open a string. */
  readonly quotes: string;
}

/** How many backslashes stand directly before `at`. */
export function backslashesBefore(text: string, at: number): number {
  let from = at;
  while (from > 0 && text.charCodeAt(from - 1) === BACKSLASH) from--;
  return at - from;
}

/** Where the string whose content starts at `from` ends: the index of what closes it, escapes first; -1 if nothing does. */
export function stringEnd(text: string, from: number, quote: string, escapes: number): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    const before = Math.min(backslashesBefore(text, at), at - from);
    // A quote with fewer escapes closes a string further out; pairs of them are escaped backslashes of the content.
    if (before < escapes) return at - before;
    if ((before - escapes) % (2 * (escapes + 1)) === 0) return at - escapes;
  }
  return -1;
}

/** Where the object or list at `from` ends, behind its bracket; -1 when it does not. */
export function containerEnd(text: string, from: number, { escapes, quotes }: Quoting): number {
  let depth = 0;
  let at = from;
  for (;;) {
    QUOTE_OR_BRACKET.lastIndex = at;
    const found = QUOTE_OR_BRACKET.exec(text);
    if (found === null) return -1;
    const unit = found[0];
    at = found.index + 1;
    if (unit === "{" || unit === "[") depth++;
    else if (unit === "}" || unit === "]") {
      if (--depth === 0) return at;
    } else if (quotes.includes(unit)) {
      const end = stringEnd(text, at, unit, escapes);
      if (end < 0) return -1;
      at = end + escapes + 1;
    }
  }
}
