import { MINUS as MINUS_SIGN, isDigit } from "./json-chars.js";

/** Where a number stands: the places of RFC 8259, section 6. */
const START = 0;
const MINUS = 1;
const ZERO = 2;
const INTEGER = 3;
const POINT = 4;
const FRACTION = 5;
const E = 6;
const E_SIGN = 7;
const EXPONENT = 8;
/** The code unit is no part of the number. */
const NONE = -1;

/** This reads one JSON number whose text comes in pieces. */
export class JsonNumber {
  #text = "";
  #place = START;

  begin(): void {
    this.#text = "";
    this.#place = START;
  }

  /** Takes what belongs to the number, from `at` on; returns the index of the first code unit that does not. */
  read(chunk: string, at: number): number {
    let end = at;
    for (; end < chunk.length; end++) {
      const next = step(this.#place, chunk.charCodeAt(end));
      if (next === NONE) break;
      this.#place = next;
    }
    this.#text += chunk.slice(at, end);
    return end;
  }

  /** Whether the number may end here. */
  get isWhole(): boolean {
    const place = this.#place;
    return place === ZERO || place === INTEGER || place === FRACTION || place === EXPONENT;
  }

  get value(): number {
    return Number(this.#text);
  }
}

function step(place: number, code: number): number {
  switch (place) {
    case INTEGER:
      return isDigit(code) ? INTEGER : afterInteger(code);
    case FRACTION:
      return isDigit(code) ? FRACTION : isE(code) ? E : NONE;
    case START:
      return code === MINUS_SIGN ? MINUS : firstDigit(code);
    case MINUS:
      return firstDigit(code);
    case ZERO:
      return afterInteger(code);
    case POINT:
      return isDigit(code) ? FRACTION : NONE;
    case E:
      return code === 0x2b || code === MINUS_SIGN ? E_SIGN : isDigit(code) ? EXPONENT : NONE;
    default:
      return isDigit(code) ? EXPONENT : NONE;
  }
}

function firstDigit(code: number): number {
  if (code === 0x30) return ZERO;
  return isDigit(code) ? INTEGER : NONE;
}

function afterInteger(code: number): number {
  if (code === 0x2e) return POINT;
  return isE(code) ? E : NONE;
}

function isE(code: number): boolean {
  return code === 0x65 || code === 0x45;
}
