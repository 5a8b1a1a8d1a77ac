const WORD = /[\p{ID_Continue}$\u200c\u200d\\#]+/uy;
const TRIVIA = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)+/y;
const QUOTED = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/y;
const REGEX = /\/(?:[^/\\[\n\r]|\\.|\[(?:[^\]\\\n\r]|\\.)*\])+\/[a-z]*/y;
const CLOSERS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
/** After these words a slash begins a regular expression; after any other word it divides. */
const OPERATOR_WORDS: ReadonlySet<string> = new Set(
  "return typeof instanceof in of new delete void throw case do else await yield".split(" "),
);

/**
 * This walks over the source text of a function, token by token, as far as reading its parameters needs: comments,
 * strings, templates and regular expressions are stepped over whole, brackets are balanced.
 */
export class SourceScanner {
  readonly #source: string;
  #at = 0;
  /** Whether a slash here would begin a regular expression, not divide. */
  #isOperandNext = true;

  constructor(source: string) {
    this.#source = source;
  }

  /** The character at which the next token begins; empty at the end of the text. */
  peek(): string {
    this.#match(TRIVIA);
    return this.#source.charAt(this.#at);
  }

  /** Steps over this text if it comes next. */
  take(text: string): boolean {
    this.#match(TRIVIA);
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    this.#isOperandNext = true;
    return true;
  }

  /** The name, keyword or number that comes next, as written; `undefined` if something else does. */
  takeWord(): string | undefined {
    this.#match(TRIVIA);
    return this.#match(WORD);
  }

  /** Steps over one token; a bracket takes all up to its partner with it. False at the end of the text. */
  skip(): boolean {
    const char = this.peek();
    if (char === "") return false;
    if (char === "`") return this.#skipTemplate();
    const word = this.#match(WORD);
    if (word !== undefined) return this.#after(OPERATOR_WORDS.has(word));
    if (this.#match(QUOTED) !== undefined) return this.#after(false);
    if (this.#isOperandNext && this.#match(REGEX) !== undefined) return this.#after(false);
    const closer = CLOSERS[char];
    this.#at++;
    if (closer === undefined) return this.#after(true);
    return this.#after(true) && this.#skipTo(closer) && this.#after(char === "{");
  }

  /** Steps over all before, and then over, this closing bracket. */
  #skipTo(closer: string): boolean {
    for (let char = this.peek(); char !== closer; char = this.peek()) if (!this.skip()) return false;
    this.#at++;
    return true;
  }

  #skipTemplate(): boolean {
    for (this.#at++; this.#at < this.#source.length; this.#at++) {
      const char = this.#source.charAt(this.#at);
      if (char === "\\") this.#at++;
      else if (char === "`") {
        this.#at++;
        return this.#after(false);
      } else if (char === "$" && this.#source.charAt(this.#at + 1) === "{") {
        this.#at += 2;
        this.#isOperandNext = true;
        if (!this.#skipTo("}")) return false;
        this.#at--;
      }
    }
    return false;
  }

  #after(isOperandNext: boolean): true {
    this.#isOperandNext = isOperandNext;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
