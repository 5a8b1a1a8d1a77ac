import { InvalidOptionError, hideText } from "../errors.js";
import { LONGEST_TIMER_MILLIS } from "../internal/index.js";

/** Every option of an exporter, by name. */
export type KnownOptions<O> = Readonly<Record<keyof O, true>>;

/** This refuses an option that does not exist. Throws `InvalidOptionError`; a misspelt key's text is not shown. */
export function refuseUnknown<O extends object>(exporter: string, known: KnownOptions<O>, options: O): void {
  for (const [name, value] of Object.entries(options) as [string, unknown][])
    if (!Object.hasOwn(known, name))
      throw new InvalidOptionError(`${exporter}.${name}`, `one of ${Object.keys(known).join(", ")}`, hideText(value));
}

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
