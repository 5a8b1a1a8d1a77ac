import { contain } from "../internal/index.js";
import type { RedactOptions } from "./redact-options.js";

/** Stands for a value that may hold a secret and could not be redacted. */
export const FAILED = "[redaction failed]";
/** Our own marks, which are left as they are when a text is redacted again. */
const MARK = /^\[redact(?:ed(?::[a-z0-9-]{1,40})?|ion failed)\]$/;

/** Says that redaction itself failed; the value is replaced, and the program goes on. */
export function containRedaction(what: string, error: unknown): void {
  contain("SPANDREL_REDACTION_FAILED", what, error);
}

/** This gives the text that stands in the place of a secret. */
export class Replacement {
  readonly #replace: RedactOptions["replace"];

  constructor(replace: RedactOptions["replace"]) {
    this.#replace = replace;
  }

  of(kind: string, key?: string): string {
    const replace = this.#replace;
    if (replace === undefined) return key === undefined ? `[redacted:${kind}]` : "[redacted]";
    if (typeof replace === "string") return replace;
    try {
      const text: unknown = replace(key === undefined ? { kind } : { key, kind });
      if (typeof text === "string") return text;
      throw new TypeError(`it returned ${text === null ? "null" : typeof text} in place of a string`);
    } catch (error) {
      containRedaction("replace of redact", error);
      return FAILED;
    }
  }

  /** Whether there is nothing to hide in this text under a key: it is empty, or hidden already. */
  isDone(text: string): boolean {
    return text === "" || MARK.test(text) || text === this.#replace;
  }
}
