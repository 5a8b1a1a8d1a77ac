import { InvalidOptionError } from "../errors.js";
import { LONGEST_TIMER_MILLIS } from "../internal/index.js";

/** This checks a deadline in milliseconds; undefined is left to the caller. Throws `InvalidOptionError`. */
export function readTimeout(option: string, given: unknown): number | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "number" && Number.isInteger(given) && given >= 1 && given <= LONGEST_TIMER_MILLIS) return given;
  throw new InvalidOptionError(option, `milliseconds, a positive integer up to ${LONGEST_TIMER_MILLIS}`, given);
}

/** This checks a word of a fixed set; undefined is left to the caller. Throws `InvalidOptionError`. */
export function readChoice<W extends string>(option: string, words: readonly W[], given: unknown): W | undefined {
  if (given === undefined) return undefined;
  const word = words.find((candidate) => candidate === given);
  if (word !== undefined) return word;
  throw new InvalidOptionError(option, words.map((one) => `"${one}"`).join(" or "), given);
}
