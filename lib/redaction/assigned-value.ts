import type { Found } from "./credential.js";
import type { KeyNames } from "./key-names.js";
import { isAssignedSecret, isBearerToken, isSecretLike } from "./plausible.js";
import { containerEnd, stringEnd } from "./value-end.js";

/** The value of a name that stands for a secret, in text that is not JSON as a whole. */
export interface AssignedValue extends Found {
  readonly key: string;
  /** What the replacement needs around it to be a string where the value was none. */
  readonly quote: string;
  /** False when nothing is decided yet, because the text ends within the value. */
  readonly isCertain: boolean;
}

const LONGEST_NAME = 64;
/** Objects after a name without quotes are looked for within this: code is full of them. */
const NEAR = 256;

const SEPARATOR = /(\\{0,255})(?:(["'`])\]?)?[ \t]{0,8}(=>|:=|[:=])(?![:=>])((?:\\[nrt]|\s){0,16})/y;
const OPENING = /(\\{0,255})(["'`])/y;
const LIST_OR_OBJECT = /[{[]/y;
const EMPTY_ATOM = /^(?:null|None|nil|undefined|NaN)$/;
const TOKEN_SCHEME = /(?:bearer|basic|token|apikey|api-key|key|bot|ssws|geniekey|negotiate)\s{1,4}(?=[^\s[])/iy;
const LIST_SCHEME = /(?:digest|hawk|signature|oauth|aws4-hmac-sha256)\s{1,4}(?=[^\s[])/iy;
const COOKIE_PAIR = /[^\s=;"'\\]{1,128}=/y;
const TO_LINE_END = /(?:[^\r\n\\]|\\(?![rn]))*/y;

/** Units of a value: the first 256 are judged, and the rest goes where they go. */
interface Units {
  readonly judged: RegExp;
  readonly all: RegExp;
}
const units = (of: string): Units => ({ judged: new RegExp(`${of}{1,256}`, "y"), all: new RegExp(`${of}*`, "y") });
const IN_QUERY = units("[^\\s&#\"'`\\\\<>]");
const IN_LIST = units("[^;\"'\\r\\n\\\\]");
const WORD = units("[^\\s,;&\"'`\\\\<>()[\\]{}]");
const TO_SPACE = units("[^\\s\"'`\\\\]");

/** This finds what the name around `[hintStart, hintEnd)` is given as its value. */
export class AssignedValues {
  readonly #names: KeyNames;

  constructor(names: KeyNames) {
    this.#names = names;
  }

  find(text: string, hintStart: number, hintEnd: number): AssignedValue | undefined {
    const nameEnd = nameEndOf(text, hintEnd);
    SEPARATOR.lastIndex = nameEnd;
    const separator = SEPARATOR.exec(text);
    if (separator === null) return this.#flag(text, hintStart, nameEnd);
    const [, escapes = "", quote = "", sign = ""] = separator;
    const start = SEPARATOR.lastIndex;
    const name = this.#nameBefore(text, hintStart, nameEnd, quote);
    if (name === undefined || isLogprob(text, name.key, start)) return undefined;
    const isOnNextLine = quote === "" && /[\r\n\\]/.test(separator[4] ?? "");
    if (isOnNextLine) return undefined;
    const value = quote === "" ? plainValue(text, start, sign, name) : quotedName(text, start, escapes, quote);
    if (value === undefined || (quote === "" && this.#isVariable(text.slice(value.start, value.end)))) return undefined;
    return { ...value, key: name.key };
  }

  #nameBefore(text: string, hintStart: number, nameEnd: number, quote: string): Name | undefined {
    const from = Math.max(0, nameEnd - LONGEST_NAME);
    if (quote !== "") {
      const opening = text.slice(from, nameEnd).lastIndexOf(quote);
      if (opening >= 0 && !/[\r\n]/.test(text.slice(from + opening, nameEnd))) {
        return this.#secretName(text, from + opening + 1, nameEnd);
      }
    }
    const start = nameStartOf(text, hintStart, nameEnd);
    // "API key: …" is written in two words.
    return this.#secretName(text, start, nameEnd) ?? this.#secretName(text, previousWord(text, start), nameEnd);
  }

  #secretName(text: string, start: number, end: number): Name | undefined {
    const key = text.slice(start, end);
    return this.#names.isSecret(key) ? { key, before: text.slice(Math.max(0, start - 2), start) } : undefined;
  }

  /** `login(password=password, token=access_token)` passes variables on, which are named after what is in them. */
  #isVariable(value: string): boolean {
    return value.length <= LONGEST_NAME && /^[A-Za-z_]+$/.test(value) && this.#names.isSecret(value);
  }

  /** `--password hunter2` */
  #flag(text: string, hintStart: number, nameEnd: number): AssignedValue | undefined {
    if (text.charAt(nameEnd) !== " ") return undefined;
    const start = nameStartOf(text, hintStart, nameEnd);
    if (!text.startsWith("--", start)) return undefined;
    const name = this.#secretName(text, start, nameEnd);
    const value = name === undefined ? undefined : judge(text, nameEnd + 1, WORD, isSecretLike);
    return value === undefined || name === undefined ? undefined : { ...value, key: name.key };
  }
}

interface Name {
  readonly key: string;
  /** Up to two units before it. */
  readonly before: string;
}
type Value = Omit<AssignedValue, "key">;

/** Where the name around a hint begins, at most 64 units before its end. */
export function nameStartOf(text: string, hintStart: number, nameEnd: number): number {
  let start = hintStart;
  while (start > 0 && start > nameEnd - LONGEST_NAME && isNameUnit(text.charCodeAt(start - 1))) start--;
  return start;
}

/** Where it ends; a full stop or hyphen at its end is not part of it. */
export function nameEndOf(text: string, hintEnd: number): number {
  let end = hintEnd;
  while (end < hintEnd + LONGEST_NAME && isNameUnit(text.charCodeAt(end))) end++;
  while (end > hintEnd && !/\w/.test(text.charAt(end - 1))) end--;
  return end;
}

/** Letters, digits, `_`, `-`, `.` and `$`. */
function isNameUnit(code: number): boolean {
  const lower = code | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  return (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x2d || code === 0x2e || code === 0x24;
}

function previousWord(text: string, start: number): number {
  if (text.charAt(start - 1) !== " ") return start;
  let at = start - 1;
  while (at > start - 16 && at > 0 && /\w/.test(text.charAt(at - 1))) at--;
  return at;
}

/** `{ "token": "Hel", "logprob": -0.1 }` is a piece of a model's answer. */
function isLogprob(text: string, key: string, start: number): boolean {
  return key === "token" && /,\s{0,16}\\*["']?logprob/.test(text.slice(start, start + 128));
}

/** After a name in quotes, anything is a value: `"password": 1234`. */
function quotedName(text: string, start: number, escapes: string, quote: string): Value | undefined {
  const string = stringValue(text, start);
  if (string !== undefined) return string;
  const around = { quote: escapes + quote, isCertain: true };
  if (matches(LIST_OR_OBJECT, text, start)) {
    const end = containerEnd(text, start, { escapes: escapes.length, quotes: quote === '"' ? quote : "\"'`" });
    return { start, end: end < 0 ? text.length : end, ...around };
  }
  const end = endOf(WORD.all, text, start);
  return end === start || EMPTY_ATOM.test(text.slice(start, Math.min(end, start + 16)))
    ? undefined
    : { start, end, ...around };
}

function stringValue(text: string, start: number): Value | undefined {
  OPENING.lastIndex = start;
  const opening = OPENING.exec(text);
  if (opening === null) return undefined;
  const [, escapes = "", quote = ""] = opening;
  const from = OPENING.lastIndex;
  const end = stringEnd(text, from, quote, escapes.length);
  return found(from, end < 0 ? text.length : end);
}

/** After a bare name: a string, a header, `name=value`, or `name: value` where the value is no word of a sentence. */
function plainValue(text: string, start: number, sign: string, { key, before }: Name): Value | undefined {
  const string = stringValue(text, start);
  if (string !== undefined) return string;
  if (matches(LIST_OR_OBJECT, text, start)) return inspected(text, start);
  if (/authori[sz]ation$/i.test(key)) return authorization(text, start);
  if (/cookie$/i.test(key) && sign === ":") {
    return matches(COOKIE_PAIR, text, start) ? found(start, endOf(TO_LINE_END, text, start)) : undefined;
  }
  const isTight = sign === "=" && text.charAt(start - 1) === "=";
  if (isTight && /[?&]$/.test(before)) return judge(text, start, IN_QUERY, isAssignedSecret);
  if (isTight && /;\s?$/.test(before)) return inList(text, start);
  return judge(text, start, WORD, isTight ? isAssignedSecret : isSecretLike);
}

/** `Password=p w d;`: a space is part of it, but for the last of the list nothing tells where it ends. */
function inList(text: string, start: number): Value | undefined {
  const value = judge(text, start, IN_LIST, isAssignedSecret);
  if (value === undefined || text.charAt(value.end) === ";") return value;
  return judge(text, start, TO_SPACE, isAssignedSecret);
}

/** What `util.inspect` prints: `{ user: 'x' }` has a string in it, a type of TypeScript has none. */
function inspected(text: string, start: number): Value | undefined {
  const near = text.slice(start, start + NEAR);
  const end = containerEnd(near, 0, { escapes: 0, quotes: "\"'`" });
  if (end < 0 || !/["'`]/.test(near.slice(0, end))) return undefined;
  return { ...found(start, start + end), quote: "'" };
}

function authorization(text: string, start: number): Value | undefined {
  if (matches(LIST_SCHEME, text, start))
    return found(LIST_SCHEME.lastIndex, endOf(TO_LINE_END, text, LIST_SCHEME.lastIndex));
  const from = matches(TOKEN_SCHEME, text, start) ? TOKEN_SCHEME.lastIndex : start;
  const isToken = from === start ? isSecretLike : (value: string) => isBearerToken(value) || isSecretLike(value);
  return judge(text, from, TO_SPACE, isToken);
}

/** A value without quotes. One that a bracket follows is a call, or goes on behind the bracket. */
function judge(text: string, start: number, of: Units, accepts: (value: string) => boolean): Value | undefined {
  const judgedEnd = endOf(of.judged, text, start);
  const value = text.slice(start, judgedEnd);
  if (value === "") return undefined;
  if (!accepts(value)) {
    return judgedEnd === text.length ? { ...found(start, judgedEnd), isCertain: false } : undefined;
  }
  const end = endOf(of.all, text, judgedEnd);
  if (!/[([{<]/.test(text.charAt(end))) return found(start, end);
  return /^[A-Za-z_$][\w$.]*$/.test(value) ? undefined : found(start, endOf(TO_SPACE.all, text, end));
}

function found(start: number, end: number): Value {
  return { start, end, quote: "", isCertain: true };
}

function matches(expression: RegExp, text: string, at: number): boolean {
  expression.lastIndex = at;
  return expression.test(text);
}

/** Where what the expression matches at `at` ends; `at` itself when it does not match. */
function endOf(expression: RegExp, text: string, at: number): number {
  return matches(expression, text, at) ? expression.lastIndex : at;
}
