import { AssignedValues, nameEndOf, nameStartOf } from "./assigned-value.js";
import { CREDENTIAL_GROUPS, WORDED_CREDENTIALS } from "./credentials.js";
import type { Edit } from "./edits.js";
import { KeyNames } from "./key-names.js";
import { MarkSearch } from "./mark-search.js";
import type { RedactOptions } from "./redact-options.js";
import { Replacement } from "./replacement.js";

/** What a search found, and for a text that goes on, from where nothing is decided yet. */
export interface Scan {
  readonly edits: Edit[];
  readonly openFrom: number;
}

/** This finds secrets in one text, by itself: JSON's strings are taken apart elsewhere. */
export class TextScanner {
  readonly names: KeyNames;
  readonly replacement: Replacement;
  readonly hasPatterns: boolean;
  /** What credentials begin with: for text that goes on, the end of what there is may be the start of one. */
  readonly beginnings: readonly string[];
  readonly #searches: readonly MarkSearch[];
  readonly #worded: MarkSearch | undefined;
  readonly #values: AssignedValues;
  readonly #patterns: readonly RegExp[];

  constructor({ keys = [], patterns = [], replace, defaults = true }: RedactOptions) {
    const worded = defaults ? WORDED_CREDENTIALS : [];
    const groups = defaults ? CREDENTIAL_GROUPS : [];
    this.names = new KeyNames(
      keys,
      defaults,
      worded.map(({ mark }) => mark),
    );
    this.replacement = new Replacement(replace);
    this.hasPatterns = patterns.length > 0;
    this.beginnings = groups.flatMap(({ credentials }) => credentials).flatMap(({ beginning = [] }) => beginning);
    this.#searches = groups.map(({ credentials, anchor }) => {
      const marks = new Set(credentials.map(({ mark }) => mark));
      return new MarkSearch(new RegExp([...marks].join("|"), "g"), credentials, anchor);
    });
    this.#worded = this.names.hint === undefined ? undefined : new MarkSearch(this.names.hint, worded);
    this.#values = new AssignedValues(this.names);
    this.#patterns = patterns.map(ownCopy);
  }

  /** Secrets from `from` on; what is before is looked at only as the surroundings of what comes. */
  scan(text: string, from = 0): Scan {
    const scan = { edits: [], openFrom: text.length };
    for (const search of this.#searches) this.#findCredentials(text, from, search, scan);
    if (this.#worded !== undefined) this.#findWorded(text, from, this.#worded, scan);
    for (const pattern of this.#patterns) this.#findPattern(text, pattern, scan.edits);
    return scan;
  }

  /**
   * Where something in JSON text may be a secret or the name of one, in order; nearly always nowhere. It is looked for
   * in the text as it is written, so what escapes can hide is a suspect too.
   */
  suspects(text: string): number[] {
    const places: number[] = [];
    for (const search of this.#searches) {
      for (let at = search.find(text, 0); at >= 0; at = search.find(text, search.end)) places.push(search.end - 1);
    }
    const worded = this.#worded;
    if (worded !== undefined) {
      for (let at = worded.find(text, 0); at >= 0; at = worded.find(text, worded.end)) {
        if (this.#isNameSuspect(text, at, worded.end)) places.push(worded.end - 1);
      }
    }
    for (let at = text.indexOf("\\u00"); at >= 0; at = text.indexOf("\\u00", at + 1)) {
      if (/[2-7]/.test(text.charAt(at + 4))) places.push(at + 4);
    }
    return places.sort((a, b) => a - b);
  }

  /** A name that fills its quotes is judged at once: `"max_tokens"` is what models' requests are full of. */
  #isNameSuspect(text: string, start: number, end: number): boolean {
    const nameEnd = nameEndOf(text, end);
    const nameStart = nameStartOf(text, start, nameEnd);
    const isFilling = text.charAt(nameStart - 1) === '"' && /["\\]/.test(text.charAt(nameEnd));
    return !isFilling || this.names.isSecret(text.slice(nameStart, nameEnd));
  }

  #findCredentials(text: string, from: number, search: MarkSearch, scan: MutableScan): void {
    for (let at = search.find(text, from); at >= 0;) {
      const markEnd = search.end;
      at = search.find(text, Math.max(this.#findAt(text, at, search, scan), markEnd));
    }
  }

  #findWorded(text: string, from: number, search: MarkSearch, scan: MutableScan): void {
    for (let at = search.find(text, from); at >= 0;) {
      const markEnd = search.end;
      const end = Math.max(this.#findAt(text, at, search, scan), this.#findValue(text, at, markEnd, scan));
      at = search.find(text, Math.max(end, markEnd));
    }
  }

  /** Returns the end of what was found, or -1. */
  #findAt(text: string, at: number, search: MarkSearch, scan: MutableScan): number {
    for (const { kind, find, openFrom } of search.credentialsAt(text, at)) {
      const found = find(text, at);
      if (found !== undefined) {
        scan.edits.push({ ...found, text: this.replacement.of(kind), isKeyed: false });
        return found.end;
      }
      const open = at < scan.openFrom ? openFrom(text, at) : -1;
      if (open >= 0 && open < scan.openFrom) scan.openFrom = open;
    }
    return -1;
  }

  #findValue(text: string, start: number, end: number, scan: MutableScan): number {
    const value = this.#values.find(text, start, end);
    if (value === undefined) return -1;
    if (!value.isCertain) {
      if (value.start < scan.openFrom) scan.openFrom = value.start;
      return -1;
    }
    if (this.replacement.isDone(text.slice(value.start, value.end))) return value.end;
    const replacement = `${value.quote}${this.replacement.of("key", value.key)}${value.quote}`;
    scan.edits.push({ start: value.start, end: value.end, text: replacement, isKeyed: true });
    return value.end;
  }

  #findPattern(text: string, pattern: RegExp, edits: Edit[]): void {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text), at = 0; match !== null && match.index >= at; match = pattern.exec(text)) {
      const { index: start } = match;
      const end = start + match[0].length;
      if (end > start) edits.push({ start, end, text: this.replacement.of("pattern"), isKeyed: false });
      // An `exec` of the user's own may not move on by itself.
      at = Math.max(end, start + 1);
      pattern.lastIndex = at;
    }
  }
}

type MutableScan = { -readonly [Key in keyof Scan]: Scan[Key] };

/** With a `lastIndex` of its own; what the user has put in the place of `exec` stays. */
function ownCopy(pattern: RegExp): RegExp {
  const copy = new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, "")}g`);
  if (pattern.exec !== RegExp.prototype.exec) copy.exec = pattern.exec;
  return copy;
}
