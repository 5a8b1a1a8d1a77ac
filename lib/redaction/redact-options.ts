import { InvalidOptionError } from "../errors.js";
import { nameWords } from "./key-names.js";

/**
 * This says what counts as a secret, and what stands in its place. Option `redact` of `startTelemetry`.
 *
 * @example
 * createRedactor({ keys: ["customer_iban"], patterns: [/\bEMP-\d{6}\b/], replace: ({ kind }) => `<${kind}>` });
 */
export interface RedactOptions {
  /**
   * Names whose values are replaced whole: attribute names, keys in JSON, names before `=` in text. A name matches
   * where its words stand side by side as whole words, in any case and however they are joined: `customer_iban` is
   * also found in `billing.customerIban`.
   */
  readonly keys?: readonly string[] | undefined;
  /**
   * Text that is replaced wherever it stands. Patterns see each text by itself: an attribute that is text, or each
   * string within one that is JSON. They run on every text: keep them linear.
   */
  readonly patterns?: readonly RegExp[] | undefined;
  /**
   * What stands in the place of a secret: a text, or a function of where it was found (it never sees the secret).
   * `key` is the name whose value it was, as written; `kind` is `"key"`, `"pattern"` for a pattern of yours, or a
   * credential's kind. Default: `[redacted]` under a key, else `[redacted:<kind>]`.
   */
  readonly replace?: string | ((found: { key?: string; kind: string }) => string) | undefined;
  /** `false` leaves the built-in names and patterns out. Default `true`. */
  readonly defaults?: boolean | undefined;
}

/** This throws `InvalidOptionError` for the first option that cannot be used, and returns what is left to read. */
export function checkRedactOptions(given: true | RedactOptions): RedactOptions {
  const options: unknown = given;
  if (options === true) return {};
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidOptionError("redact", "true, false or an object", options);
  }
  const { keys, patterns, replace, defaults }: Partial<Record<keyof RedactOptions, unknown>> = options;
  for (const key of list("redact.keys", "an array of names", keys)) {
    if (typeof key !== "string" || nameWords(key).length === 0) {
      throw new InvalidOptionError("redact.keys", "an array of names with a letter or digit in each", key);
    }
  }
  for (const pattern of list("redact.patterns", "an array of regular expressions", patterns)) {
    if (!(pattern instanceof RegExp)) {
      throw new InvalidOptionError("redact.patterns", "an array of regular expressions", pattern);
    }
  }
  if (replace !== undefined && typeof replace !== "string" && typeof replace !== "function") {
    throw new InvalidOptionError("redact.replace", "a string or a function", replace);
  }
  if (defaults !== undefined && typeof defaults !== "boolean") {
    throw new InvalidOptionError("redact.defaults", "a boolean", defaults);
  }
  return options;
}

function list(option: string, expected: string, value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new InvalidOptionError(option, expected, value);
  return value;
}
