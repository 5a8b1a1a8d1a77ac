import { type Edit, applyEdits, mergeEdits } from "./edits.js";
import { decodeString, encodeString } from "./json-string.js";
import type { KeyNames } from "./key-names.js";
import type { Replacement } from "./replacement.js";
import { redactRun } from "./string-run.js";
import { containerEnd, stringEnd } from "./value-end.js";

/** What this scanner leaves to others. */
export interface JsonSurroundings {
  readonly names: KeyNames;
  readonly replacement: Replacement;
  /** The secrets in one string of the text, which may be JSON again. */
  readonly find: (text: string) => readonly Edit[];
  /** Where in the text something may be, in order; undefined for everywhere. */
  readonly suspects: readonly number[] | undefined;
}

/** Everything between two strings. What is more than this is not JSON. */
const BETWEEN = /(?:[\s{}[\],:]+|-?\d[\d.eE+-]*|true|false|null)*/y;
/** A word that was cut at the end of the text. */
const CUT_WORD = /(?:-|t|tr|tru|f|fa|fal|fals|n|nu|nul)$/y;
const ATOM = /[\w.+-]+/y;
/** How far a second of two is followed: longer than this it counts as the last. */
const NEAR = 1024;
/** `{ "name": "DB_PASSWORD", "value": … }` */
const NAMING_KEYS = new Set(["name", "key", "header", "k"]);
const THEN_VALUE = /\s{0,64},\s{0,64}"(?:value|val|v)"\s{0,64}:/y;
const THEN_LOGPROB = /\s{0,64},\s{0,64}"logprob"/y;

interface Item {
  readonly start: number;
  readonly end: number;
}

/**
 * This finds secrets in JSON text without building its value: what is not replaced stays as it is written, numbers of
 * any size and repeated keys included. It goes from string to string and needs no stack, as all it must know of a
 * string is what stands beside it.
 */
export class JsonScanner {
  readonly #text: string;
  readonly #around: JsonSurroundings;
  readonly #edits: Edit[] = [];
  /** Strings that follow one another in a list. */
  #run: Item[] = [];
  #nextSuspect = 0;
  #key = "";

  constructor(text: string, around: JsonSurroundings) {
    this.#text = text;
    this.#around = around;
  }

  /** Undefined when the text is no JSON, nor the start of one. */
  scan(): readonly Edit[] | undefined {
    const text = this.#text;
    for (let at = 0; ;) {
      BETWEEN.lastIndex = at;
      BETWEEN.test(text);
      at = BETWEEN.lastIndex;
      if (at < text.length && text.charAt(at) !== '"') {
        CUT_WORD.lastIndex = at;
        if (!CUT_WORD.test(text)) return undefined;
        at = text.length;
      }
      if (at === text.length) break;
      at = this.#readString(at);
    }
    this.#endRun();
    return this.#edits;
  }

  /** Returns where to go on: behind the string, or behind a value that is replaced whole. */
  #readString(quote: number): number {
    const text = this.#text;
    const start = quote + 1;
    const closing = stringEnd(text, start, '"', 0);
    const end = closing < 0 ? text.length : closing;
    const after = Math.min(end + 1, text.length);
    const next = skipSpace(text, after);
    if (text.charAt(next) === ":") return this.#readKey({ start, end }, next + 1);
    if (text.charAt(skipSpaceBack(text, quote) - 1) === ":") return this.#readMember({ start, end }, after);
    return this.#readItem(quote, { start, end }, after, next);
  }

  #readKey(item: Item, after: number): number {
    this.#endRun();
    this.#key = this.#decode(item);
    this.#redactString(item);
    if (!this.#around.names.isSecret(this.#key)) return after;
    const end = this.#hideValue(after, this.#key);
    return end ?? after;
  }

  #readMember(item: Item, after: number): number {
    this.#endRun();
    this.#redactString(item);
    if (!NAMING_KEYS.has(this.#key.toLowerCase())) return after;
    THEN_VALUE.lastIndex = after;
    if (!THEN_VALUE.test(this.#text)) return after;
    const name = this.#decode(item);
    return this.#around.names.isSecret(name) ? (this.#hideValue(THEN_VALUE.lastIndex, name) ?? after) : after;
  }

  #readItem(quote: number, item: Item, after: number, next: number): number {
    const last = this.#run.at(-1);
    if (last !== undefined && this.#text.slice(last.end + 1, quote).trim() !== ",") this.#endRun();
    if (this.#text.charAt(next) === "," && this.#isFirstOfPair(quote)) {
      const name = this.#decode(item);
      const isHidden = this.#around.names.isSecret(name) && this.#isPair(next + 1);
      if (isHidden) return this.#hideValue(next + 1, name) ?? after;
    }
    this.#run.push(item);
    return after;
  }

  /** Entries: `[["password", "…"], …]` is how a Map, headers and rows of two are written. */
  #isFirstOfPair(quote: number): boolean {
    const open = skipSpaceBack(this.#text, quote);
    if (this.#text.charAt(open - 1) !== "[") return false;
    return /[[,]/.test(this.#text.charAt(skipSpaceBack(this.#text, open - 1) - 1));
  }

  #isPair(second: number): boolean {
    const rest = this.#text.slice(second, second + NEAR);
    const end = valueEnd(rest, skipSpace(rest, 0));
    return /^\]?$/.test(rest.charAt(skipSpace(rest, end)));
  }

  /** Replaces the value at `from`; returns its end, or undefined when it stays and may be looked into. */
  #hideValue(from: number, key: string): number | undefined {
    const text = this.#text;
    const start = skipSpace(text, from);
    const end = valueEnd(text, start);
    const isString = text.charAt(start) === '"';
    const value = text.slice(start, end);
    if (isString && this.#around.replacement.isDone(decodeString(value.replace(/^"|"$/g, "")))) return end;
    if (value === "" || value === "null") return end;
    if (isString && key === "token" && matchesAt(THEN_LOGPROB, text, end)) return undefined;
    this.#edits.push({ start, end, text: JSON.stringify(this.#around.replacement.of("key", key)), isKeyed: true });
    return end;
  }

  #endRun(): void {
    const run = this.#run;
    if (run.length === 0) return;
    this.#run = [];
    const [first] = run;
    if (run.length === 1 && first !== undefined) return this.#redactString(first);
    const items = run.map((item) => this.#decode(item));
    const redacted = redactRun(items, this.#around.find);
    for (const [index, item] of run.entries()) this.#replaceString(item, items[index] ?? "", redacted[index] ?? "");
  }

  #redactString(item: Item): void {
    if (!this.#isSuspect(item)) return;
    const text = this.#decode(item);
    this.#replaceString(item, text, applyEdits(text, mergeEdits(this.#around.find(text))));
  }

  #replaceString({ start, end }: Item, text: string, redacted: string): void {
    if (redacted !== text) this.#edits.push({ start, end, text: encodeString(redacted), isKeyed: false });
  }

  #isSuspect({ start, end }: Item): boolean {
    const { suspects } = this.#around;
    if (suspects === undefined) return true;
    while ((suspects[this.#nextSuspect] ?? end) < start) this.#nextSuspect++;
    return (suspects[this.#nextSuspect] ?? end) < end;
  }

  #decode({ start, end }: Item): string {
    return decodeString(this.#text.slice(start, end));
  }
}

function valueEnd(text: string, start: number): number {
  const unit = text.charAt(start);
  let end: number;
  if (unit === '"') end = stringEnd(text, start + 1, '"', 0) + 1;
  else if (unit === "{" || unit === "[") end = containerEnd(text, start, { escapes: 0, quotes: '"' });
  else return matchesAt(ATOM, text, start) ? ATOM.lastIndex : start;
  return end <= 0 ? text.length : end;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function skipSpaceBack(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at - 1))) at--;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function matchesAt(expression: RegExp, text: string, at: number): boolean {
  expression.lastIndex = at;
  return expression.test(text);
}
