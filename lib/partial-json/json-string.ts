import { BACKSLASH, QUOTE, isDigit } from "./json-chars.js";

const SPACE = 0x20;
const LETTER_U = 0x75;

/** What the letter after a backslash stands for, by its code. */
const ESCAPED: ReadonlyMap<number, string> = new Map(
  Object.entries({ '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }).map(
    ([letter, meaning]) => [letter.charCodeAt(0), meaning],
  ),
);

/** Where an escape stands: none is open, its letter is to come, or so many hexadecimal digits are. */
const NO_ESCAPE = 0;
const LETTER = -1;
const HEX_DIGITS = 4;

/**
 * This reads one JSON string whose text comes in pieces. The pieces are joined by `+`, which V8 does without copying
 * until somebody reads the characters.
 */
export class JsonString {
  /** What the string is so far: without an escape that is not whole, or a surrogate whose other half may follow. */
  text = "";
  isOpen = false;
  #high = "";
  #escape = NO_ESCAPE;
  #unit = 0;

  /** Begins after the opening quote. */
  begin(): void {
    this.text = "";
    this.isOpen = true;
  }

  /**
   * Reads on from `at`. Returns the index behind the closing quote, or the chunk's length; any other index while
   * `isOpen` is that of a code unit that cannot stand there, and `expected` says what can.
   */
  read(chunk: string, at: number): number {
    let index = at;
    while (index < chunk.length) {
      if (this.#escape !== NO_ESCAPE) {
        if (!this.#readEscape(chunk.charCodeAt(index))) return index;
        index++;
        continue;
      }
      const end = plainEnd(chunk, index);
      if (end > index) this.#append(chunk.slice(index, end), chunk.charCodeAt(end - 1));
      if (end === chunk.length) return end;
      const code = chunk.charCodeAt(end);
      if (code === QUOTE) {
        this.#close();
        return end + 1;
      }
      if (code !== BACKSLASH) return end;
      this.#escape = LETTER;
      index = end + 1;
    }
    return index;
  }

  get expected(): string {
    if (this.#escape === NO_ESCAPE) return "a control character in a string to be escaped";
    return this.#escape === LETTER ? 'one of "\\/bfnrtu after a backslash' : "four hexadecimal digits after \\u";
  }

  #close(): void {
    this.text += this.#high;
    this.#high = "";
    this.isOpen = false;
  }

  /** Of what is joined already nothing is read again: that would copy it. */
  #append(piece: string, lastCode: number): void {
    if (lastCode < 0xd800 || lastCode > 0xdbff) {
      this.text += this.#high + piece;
      this.#high = "";
    } else {
      this.text += this.#high + piece.slice(0, -1);
      this.#high = piece.slice(-1);
    }
  }

  #readEscape(code: number): boolean {
    if (this.#escape !== LETTER) return this.#readDigit(code);
    if (code === LETTER_U) {
      this.#escape = HEX_DIGITS;
      this.#unit = 0;
      return true;
    }
    const meaning = ESCAPED.get(code);
    if (meaning === undefined) return false;
    this.#escape = NO_ESCAPE;
    this.#append(meaning, code);
    return true;
  }

  #readDigit(code: number): boolean {
    const digit = hexDigit(code);
    if (digit < 0) return false;
    this.#unit = this.#unit * 16 + digit;
    this.#escape--;
    if (this.#escape === NO_ESCAPE) this.#append(String.fromCharCode(this.#unit), this.#unit);
    return true;
  }
}

/** The index of the first code unit that is not simply part of the string. */
function plainEnd(chunk: string, at: number): number {
  let end = at;
  for (; end < chunk.length; end++) {
    const code = chunk.charCodeAt(end);
    if (code === QUOTE || code === BACKSLASH || code < SPACE) break;
  }
  return end;
}

/** Below zero for what is no digit. */
function hexDigit(code: number): number {
  if (isDigit(code)) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
