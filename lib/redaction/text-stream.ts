import { type Edit, applyEdits, mergeEdits } from "./edits.js";
import { FAILED, containRedaction } from "./replacement.js";
import { Swallower } from "./swallower.js";
import type { TextScanner } from "./text-scanner.js";

/** What came before and is out already: names and the beginnings of links are recognised by it. */
const CONTEXT = 400;
/** One more unit than anything looks back. */
const KEPT = CONTEXT + 64;
/** What is held back of one secret. Of a longer one the replacement goes out, and the rest is dropped as it comes. */
const MAX_HELD = 4096;
/** How much is held back for patterns of the user's, which may match anything. */
const PATTERN_WINDOW = 256;
/** A run of letters and digits may turn out to be a key that is known by its middle. */
const LONGEST_RUN = 128;

/**
 * This redacts text that comes in chunks. Each `push` returns all text that can be no part of a secret whatever comes,
 * and holds the rest back; in prose that is nothing but a few letters now and then. The time for a chunk depends on its
 * length and on what is held back, never on what came before.
 *
 * With `patterns` of the user's, the last 256 units are held back, and a match longer than that may not be found.
 */
export class TextStreamRedactor {
  readonly #scanner: TextScanner;
  /** The context and, from `#settled` on, what is held back. */
  #buffer = "";
  #settled = 0;
  #swallower: Swallower | undefined;

  constructor(scanner: TextScanner) {
    this.#scanner = scanner;
  }

  /** Returns the text that is safe now. Never throws. */
  push(chunk: string): string {
    return this.#contained(chunk, false);
  }

  /** Returns the rest. */
  finish(): string {
    return this.#contained("", true);
  }

  #contained(chunk: string, isLast: boolean): string {
    try {
      const rest = this.#swallow(chunk);
      this.#buffer += rest;
      return this.#settle(isLast);
    } catch (error) {
      containRedaction("redacting a stream", error);
      this.#buffer = "";
      this.#settled = 0;
      return FAILED;
    }
  }

  /** What of the chunk does not belong to a secret that is dropped. */
  #swallow(chunk: string): string {
    if (this.#swallower === undefined) return chunk;
    const rest = this.#swallower.read(chunk);
    if (rest !== "") this.#swallower = undefined;
    return rest;
  }

  #settle(isLast: boolean): string {
    const text = this.#buffer;
    const settled = this.#settled;
    const { edits, openFrom } = this.#scanner.scan(text, Math.max(0, settled - CONTEXT));
    const open = mergeEdits(edits)
      .filter(({ end }) => end > settled)
      .map((edit) => (edit.start < settled ? { ...edit, start: settled } : edit));
    const cut = isLast ? text.length : this.#cut(text, openFrom, open);
    const safe = applyEdits(
      text,
      open.filter(({ end }) => end <= cut),
      settled,
      cut,
    );
    this.#settled = cut;
    const overflow = text.length - cut > MAX_HELD ? this.#overflow(text, cut, open) : "";
    this.#trim();
    return safe + overflow;
  }

  /** Up to where nothing can change any more. */
  #cut(text: string, openFrom: number, edits: readonly Edit[]): number {
    const { hasPatterns, beginnings } = this.#scanner;
    let cut = Math.min(
      openFrom,
      beginningAtEnd(text, beginnings),
      beginnings.length === 0 ? text.length : mixedRun(text),
    );
    if (hasPatterns) cut = Math.min(cut, text.length - PATTERN_WINDOW);
    // A full stop at the end of a token may turn out to be within it.
    for (const { start, end } of edits) if (start < cut && (end > cut || /^\.*$/.test(text.slice(end)))) cut = start;
    return Math.max(cut, this.#settled);
  }

  /** The secret at `cut` is longer than what is held back. */
  #overflow(text: string, cut: number, edits: readonly Edit[]): string {
    const edit = edits.find(({ start }) => start === cut);
    if (edit === undefined || edit.end === text.length) this.#swallower = new Swallower(text, cut);
    this.#settled = edit?.end ?? text.length;
    return edit?.text ?? this.#scanner.replacement.of("long");
  }

  #trim(): void {
    const excess = this.#settled - KEPT;
    if (excess <= 0) return;
    this.#buffer = this.#buffer.slice(excess);
    this.#settled = KEPT;
  }
}

/** Where the longest end of the text begins that a credential may begin with. */
function beginningAtEnd(text: string, beginnings: readonly string[]): number {
  const longest = 12;
  for (let at = Math.max(0, text.length - longest); at < text.length; at++) {
    if (/[A-Za-z0-9]/.test(text.charAt(at - 1)) && !/\\[nrtbf]/.test(text.slice(Math.max(0, at - 2), at))) continue;
    const end = text.slice(at);
    if (beginnings.some((beginning) => beginning.startsWith(end))) return at;
  }
  return text.length;
}

function mixedRun(text: string): number {
  let at = text.length;
  while (at > text.length - LONGEST_RUN && /[A-Za-z0-9]/.test(text.charAt(at - 1))) at--;
  const run = text.slice(at);
  return run.length < LONGEST_RUN && /\d/.test(run) && /[A-Za-z]/.test(run) ? at : text.length;
}
