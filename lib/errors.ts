const BRAND = Symbol.for("spandrel.error.code");

/** True for an error of this code, whichever copy (ESM or CommonJS) of the package made it. */
export function hasCode(value: unknown, code: string): boolean {
  return typeof value === "object" && value !== null && Reflect.get(value, BRAND) === code;
}

/**
 * This error is the parent of every error that Spandrel throws at its user: at definition, at start-up, or by a method
 * of Spandrel's own, such as an extraction; never by a method that is merely traced. `code` is stable; `message` says
 * what is wrong, where, and how to mend it. It never contains user content.
 */
export class SpandrelError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(`${code}: ${message}`, options);
    this.name = new.target.name;
    this.code = code;
    Object.defineProperty(this, BRAND, { value: code });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== SpandrelError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && typeof Reflect.get(value, BRAND) === "string";
  }
}

/**
 * This error says that an option or environment variable has a value that cannot be used: its name, what was
 * expected, what was given. Code `SPANDREL_INVALID_OPTION`. Thrown by `startTelemetry`, `addProcessor`, the
 * exporters' constructors and the decorators' factories.
 */
export class InvalidOptionError extends SpandrelError {
  /** The option's name as the user wrote it, such as `capture.maxBytes` or `SPANDREL_LOG_LEVEL`. */
  readonly option: string;

  constructor(option: string, expected: string, given: unknown) {
    super("SPANDREL_INVALID_OPTION", `expected ${option} to be ${expected}, got ${describeValue(given)}`);
    this.option = option;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasCode(value, "SPANDREL_INVALID_OPTION");
  }
}

/**
 * This error says that telemetry is already running. Code `SPANDREL_ALREADY_STARTED`. Mend: keep the first
 * `Telemetry`, or `await telemetry.shutdown()` before starting again.
 */
export class AlreadyStartedError extends SpandrelError {
  constructor(message: string) {
    super("SPANDREL_ALREADY_STARTED", message);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasCode(value, "SPANDREL_ALREADY_STARTED");
  }
}

/**
 * This error says that a decorator stands where it cannot work (a field, a getter, a class without `method`, …).
 * Code `SPANDREL_DECORATOR_MISUSE`. It is a `TypeError`, thrown while the class is being defined.
 */
export class DecoratorMisuseError extends TypeError {
  readonly code = "SPANDREL_DECORATOR_MISUSE";

  constructor(message: string) {
    super(`SPANDREL_DECORATOR_MISUSE: ${message}`);
    this.name = "DecoratorMisuseError";
    Object.defineProperty(this, BRAND, { value: this.code });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasCode(value, "SPANDREL_DECORATOR_MISUSE");
  }
}

/**
 * This error says that text pushed to a `PartialJsonParser` is no JSON, or ended before its value did. Code
 * `SPANDREL_PARTIAL_JSON`. Thrown by `push` and `finish`; the message has nothing of the text in it.
 */
export class PartialJsonError extends SpandrelError {
  /** Where, in UTF-16 code units from the start of all text pushed; the text's length when it ended too early. */
  readonly offset: number;

  constructor(offset: number, message: string) {
    super("SPANDREL_PARTIAL_JSON", message);
    this.offset = offset;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasCode(value, "SPANDREL_PARTIAL_JSON");
  }
}

/**
 * This error says that a response schema cannot be sent to a model. Code `SPANDREL_SCHEMA_UNSUPPORTED`. `path` is
 * where, as in `user.orders[].placed`, and empty for the schema itself; the message says what to write instead.
 * Thrown when the schema is first read, before any call.
 */
export class SchemaError extends SpandrelError {
  readonly path: string;

  constructor(path: string, problem: string, mend: string, options?: { cause?: unknown }) {
    const where = path === "" ? "the response schema" : `\`${path}\` of the response schema`;
    super("SPANDREL_SCHEMA_UNSUPPORTED", `${where} ${problem}. ${mend}.`, options);
    this.path = path;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasCode(value, "SPANDREL_SCHEMA_UNSUPPORTED");
  }
}

/** The value for an error message where a text may be a key. */
export function hideText(value: unknown): unknown {
  return typeof value === "string" ? "…" : value;
}

/** A value as an error message may show it: short, typed, and without a call into user code. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}" (string)`;
    case "number":
    case "boolean":
    case "bigint":
      return `${String(value)} (${typeof value})`;
    case "undefined":
      return "undefined";
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    default:
      if (value === null) return "null";
      return Array.isArray(value) ? "an array" : "an object";
  }
}
