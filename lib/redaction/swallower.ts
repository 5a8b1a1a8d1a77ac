import { backslashesBefore } from "./value-end.js";

const OPENING = /["'`]/;
const PEM_BODY = /^[\w+/=\s:,.\\]*/;
const LINE = /^[^\r\n]*/;
const TOKEN = /^[^\s"'`<>]*/;

/** This drops the rest of a secret that is too long to be held back, chunk by chunk. */
export class Swallower {
  readonly #run: RegExp | undefined;
  readonly #isContainer: boolean;
  readonly #escapes: number;
  #depth = 0;
  /** The quote of the string that is open. */
  #quote = "";
  /** Backslashes at the end of what was read. */
  #backslashes = 0;

  /** `start` is where the secret begins in a text that ends within it. */
  constructor(text: string, start: number) {
    const before = text.charAt(start - 1);
    this.#isContainer = /[{[]/.test(text.charAt(start));
    const isString = !this.#isContainer && OPENING.test(before);
    this.#escapes = isString ? backslashesBefore(text, start - 1) : 0;
    if (isString) this.#quote = before;
    else if (!this.#isContainer) this.#run = runOf(text, start);
    this.read(text.slice(start));
  }

  /** Returns what follows the secret, "" while it goes on. */
  read(chunk: string): string {
    if (this.#run !== undefined) return chunk.slice(this.#run.exec(chunk)?.[0].length);
    for (let at = 0; at < chunk.length; at++) {
      const unit = chunk.charAt(at);
      if (unit === "\\") {
        this.#backslashes++;
        continue;
      }
      const isEnd = this.#step(unit);
      this.#backslashes = 0;
      if (isEnd) return this.#isContainer ? chunk.slice(at + 1) : "\\".repeat(this.#escapes) + chunk.slice(at);
    }
    return "";
  }

  /** Whether the unit ends the value. */
  #step(unit: string): boolean {
    if (this.#quote !== "") {
      if (unit !== this.#quote || !this.#isClosing()) return false;
      this.#quote = "";
      return !this.#isContainer;
    }
    if (OPENING.test(unit)) this.#quote = unit;
    else if (unit === "{" || unit === "[") this.#depth++;
    else if (unit === "}" || unit === "]") return --this.#depth === 0;
    return false;
  }

  #isClosing(): boolean {
    const more = this.#backslashes - this.#escapes;
    return more < 0 || more % (2 * (this.#escapes + 1)) === 0;
  }
}

function runOf(text: string, start: number): RegExp {
  if (text.slice(0, start).endsWith("-----")) return PEM_BODY;
  return text.slice(start, start + 256).includes(" ") ? LINE : TOKEN;
}
