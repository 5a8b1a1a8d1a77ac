import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  isDigit,
  isSpace,
} from "./json-chars.js";
import { JsonNumber } from "./json-number.js";
import { JsonString } from "./json-string.js";
import { JsonWord } from "./json-word.js";
import { LiveValue } from "./live-value.js";

/** What comes next, between two tokens. */
const VALUE = 0;
const ITEM_OR_END = 1;
const KEY = 2;
const KEY_OR_END = 3;
const BEFORE_VALUE = 4;
const COMMA_OR_END = 5;
const END = 6;
/** The token that is being read. */
const KEY_TEXT = 7;
const TEXT = 8;
const NUMBER = 9;
const WORD = 10;

/** This reads one JSON text that comes in pieces into a live value, and stops at the first code unit that is wrong. */
export class JsonReader {
  readonly live = new LiveValue();
  readonly #string = new JsonString();
  readonly #number = new JsonNumber();
  readonly #word = new JsonWord();
  #state = VALUE;
  #expected: string | undefined;

  /** Returns the chunk's length, or the index of the code unit that is wrong; then `expected` says what is right. */
  read(chunk: string): number {
    let at = 0;
    while (at < chunk.length && this.#expected === undefined) {
      if (this.#state === TEXT || this.#state === KEY_TEXT) at = this.#readString(chunk, at);
      else if (this.#state === NUMBER) at = this.#readNumber(chunk, at);
      else if (this.#state === WORD) at = this.#readWord(chunk, at);
      else at = this.#readBetween(chunk, at);
    }
    if (this.#state === TEXT) this.live.show(this.#string.text);
    return at;
  }

  get expected(): string {
    return this.#expected ?? "nothing else";
  }

  /** No more comes. Whether the value is closed. */
  end(): boolean {
    if (this.#state === NUMBER && this.live.depth === 0 && this.#number.isWhole) this.#close(this.#number.value);
    return this.#state === END;
  }

  #readString(chunk: string, at: number): number {
    const end = this.#string.read(chunk, at);
    if (this.#string.isOpen) return end === chunk.length ? end : this.#fail(end, this.#string.expected);
    if (this.#state === TEXT) {
      this.#close(this.#string.text);
    } else {
      this.live.goTo(this.#string.text);
      this.#state = BEFORE_VALUE;
    }
    return end;
  }

  #readNumber(chunk: string, at: number): number {
    const end = this.#number.read(chunk, at);
    if (end === chunk.length) return end;
    if (!this.#number.isWhole) return this.#fail(end, "a digit");
    // Only what may follow a value ends a number: `1` of `1x` is none.
    if (!this.#mayFollow(chunk.charCodeAt(end))) return this.#fail(end, "the rest or the end of a number");
    this.#close(this.#number.value);
    return end;
  }

  #readWord(chunk: string, at: number): number {
    const end = this.#word.read(chunk, at);
    if (this.#word.isWhole) this.#close(this.#word.value);
    else if (end < chunk.length) return this.#fail(end, `the rest of "${this.#word.text}"`);
    return end;
  }

  /** Reads white space, then one bracket, comma or colon, or up to where a token has begun. */
  #readBetween(chunk: string, at: number): number {
    let index = at;
    while (index < chunk.length && isSpace(chunk.charCodeAt(index))) index++;
    if (index === chunk.length) return index;
    const code = chunk.charCodeAt(index);
    switch (this.#state) {
      case ITEM_OR_END:
        return code === CLOSE_BRACKET ? this.#leave(index) : this.#begin(code, index);
      case VALUE:
        return this.#begin(code, index);
      case KEY_OR_END:
        if (code === CLOSE_BRACE) return this.#leave(index);
        break;
      case BEFORE_VALUE:
        if (code !== COLON) return this.#fail(index, '":"');
        this.#state = VALUE;
        return index + 1;
      case COMMA_OR_END:
        if (code === this.#closer) return this.#leave(index);
        if (code !== COMMA) return this.#fail(index, this.live.isInObject ? '"," or "}"' : '"," or "]"');
        this.#state = this.live.isInObject ? KEY : VALUE;
        return index + 1;
      case END:
        return this.#fail(index, "nothing but white space after the value");
    }
    if (code !== QUOTE) return this.#fail(index, this.#state === KEY ? "a key in quotes" : 'a key in quotes or "}"');
    this.#string.begin();
    this.#state = KEY_TEXT;
    return index + 1;
  }

  /** Begins a value; a number or a word is read from its first code unit on. */
  #begin(code: number, at: number): number {
    switch (code) {
      case QUOTE:
        this.#string.begin();
        this.#state = TEXT;
        return at + 1;
      case OPEN_BRACE:
        this.live.openObject();
        this.#state = KEY_OR_END;
        return at + 1;
      case OPEN_BRACKET:
        this.live.openArray();
        this.#state = ITEM_OR_END;
        return at + 1;
    }
    if (code === MINUS || isDigit(code)) {
      this.#number.begin();
      this.#state = NUMBER;
      return at;
    }
    if (!this.#word.begin(code)) return this.#fail(at, this.#state === VALUE ? "a value" : 'a value or "]"');
    this.#state = WORD;
    return at;
  }

  #close(value: unknown): void {
    this.live.show(value);
    this.live.next();
    this.#state = this.live.depth === 0 ? END : COMMA_OR_END;
  }

  #leave(at: number): number {
    this.live.leave();
    this.#state = this.live.depth === 0 ? END : COMMA_OR_END;
    return at + 1;
  }

  get #closer(): number {
    return this.live.isInObject ? CLOSE_BRACE : CLOSE_BRACKET;
  }

  #mayFollow(code: number): boolean {
    return isSpace(code) || (this.live.depth > 0 && (code === COMMA || code === this.#closer));
  }

  #fail(at: number, expected: string): number {
    this.#expected = expected;
    return at;
  }
}
