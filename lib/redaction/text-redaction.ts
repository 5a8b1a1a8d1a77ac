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

/** This redacts whole texts, JSON or not. What is found is replaced, all else stays as it is written. */
export class TextRedaction {
  readonly scanner: TextScanner;

  constructor(options: RedactOptions) {
    this.scanner = new TextScanner(options);
  }

  /** The very same text when there is nothing to hide; a marker when that cannot be found out. Never throws. */
  redact(text: string): string {
    try {
      const edits = this.#find(text, 0);
      return edits.length === 0 ? text : applyEdits(text, mergeEdits(edits));
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

  #find(text: string, depth: number): readonly Edit[] {
    return (
      (depth < MAX_DEPTH && JSON_START.test(text) && this.#findInJson(text, depth)) || this.scanner.scan(text).edits
    );
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
