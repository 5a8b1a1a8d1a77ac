import { InvalidOptionError } from "../errors.js";

/** What a value has to be, and how that is said. */
export type Check = readonly [is: (value: unknown) => boolean, expected: string];

/** An object whose fields are looked at one by one. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * This throws an `InvalidOptionError` for an option that `checks` does not name or whose value does not pass; an option
 * that is undefined is as good as none. `owner` is the function whose options they are.
 */
export function checkOptions(owner: string, given: unknown, checks: Readonly<Record<string, Check>>): Fields {
  if (given === undefined) return {};
  if (!isObject(given)) throw new InvalidOptionError(`${owner} options`, "an object", given);
  for (const name of Object.keys(given)) {
    const value = given[name];
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      throw new InvalidOptionError(`${owner} option ${name}`, `one of ${Object.keys(checks).join(", ")}`, value);
    }
    const [is, expected] = check;
    if (value !== undefined && !is(value)) throw new InvalidOptionError(`${owner} ${name}`, expected, value);
  }
  return given;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === "function";
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}
