import { type Edit, applyEdits, mergeEdits } from "./edits.js";
import { JsonScanner } from "./json-scanner.js";
import { textAtSeams } from "./list-seams.js";
import { FAILED, containRedaction } from "./replacement.js";
import type { RedactOptions } from "./redact-options.js";
import { redactRun } from "./string-run.js";
import { TextScanner } from "./text-scanner.js";

/** JSON within JSON is taken apart to here. Deeper it is read as text, in which names and values are found as well. */
const MAX_DEPTH = 8;
const JSON_START = /^\s*[[{"]/;
/** Names, kinds, models: a set answers in 20 ns, the searches take 200. */
const SHORT = 64;
const MAX_CLEAN = 1_000;

/** This redacts whole texts, JSON or not. What is found is replaced, all else stays as it is written. */
export class TextRedaction {
  readonly scanner: TextScanner;
  /** Short texts in which nothing was found. */
  readonly #clean = new Set<string>();

  constructor(options: RedactOptions) {
    this.scanner = new TextScanner(options);
  }

  /** The very same text when there is nothing to hide; a marker when that cannot be found out. Never throws. */
  redact(text: string): string {
    try {
      if (text.length <= SHORT && this.#clean.has(text)) return text;
      // The name of a foreign span may be a number.
      const edits = this.#find(text.toString(), 0);
      if (edits.length > 0) return applyEdits(text, mergeEdits(edits));
      this.#remember(text);
      return text;
    } catch (error) {
      containRedaction("redacting a text", error);
      return FAILED;
    }
  }

  /** Strings that may be the chunks of one text. The very same list when there is nothing to hide. */
  redactList(items: readonly string[]): readonly string[] {
    try {
      return redactRun(items, (text) => this.#find(text, 0));
    } catch (error) {
      containRedaction("redacting a list of texts", error);
      return items.map(() => FAILED);
    }
  }

  /** What is not repeated makes room now and then. A pattern of the user's may answer differently the next time. */
  #remember(text: string): void {
    if (text.length > SHORT || this.scanner.hasPatterns) return;
    if (this.#clean.size >= MAX_CLEAN) this.#clean.clear();
    this.#clean.add(text);
  }

  #find(text: string, depth: number): readonly Edit[] {
    return (depth < MAX_DEPTH && isLikeJson(text) && this.#findInJson(text, depth)) || this.scanner.scan(text).edits;
  }

  #findInJson(text: string, depth: number): readonly Edit[] | undefined {
    let suspects: readonly number[] | undefined;
    // A pattern of the user's may be found anywhere.
    if (!this.scanner.hasPatterns) {
      suspects = this.scanner.suspects(text);
      const isSplit = this.scanner.suspects(textAtSeams(text, this.scanner.names.longestHint)).length > 0;
      if (suspects.length === 0 && !isSplit) return [];
      if (isSplit) suspects = undefined;
    }
    const { names, replacement } = this.scanner;
    const find = (string: string): readonly Edit[] => this.#find(string, depth + 1);
    return new JsonScanner(text, { names, replacement, find, suspects }).scan();
  }
}

/** Most text begins with a letter: to see that takes a tenth of the time of the expression. */
function isLikeJson(text: string): boolean {
  const first = text.charCodeAt(0);
  const isLetter = (first | 0x20) >= 0x61 && (first | 0x20) <= 0x7a;
  return !isLetter && JSON_START.test(text);
}
