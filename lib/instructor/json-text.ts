const OPENERS = "{[";
const CLOSERS = "}]";
/** A bracket at the start of a line, or of a code block and its language. */
const START = /(?:\n[ \t]*|```[a-zA-Z]*\s*)[{[]/;
/** What a start may yet come of. */
const MAYBE_START = /(?:\n[ \t]*|```[a-zA-Z]*\s*|`{1,2})$/;

/**
 * This takes the one JSON value out of a text in which prose and code fences may stand around it, as the text comes in
 * pieces: from the first bracket that begins a line or a code block to the one that closes it.
 */
export class JsonText {
  /** The end of what was read before the value began; undefined once it has. */
  #before: string | undefined = "\n";
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isOver = false;

  /** The part of the value that this piece of text has. */
  read(piece: string): string {
    if (this.#isOver) return "";
    if (this.#before === undefined) return this.#take(piece);
    this.#before += piece;
    const found = START.exec(this.#before);
    if (found === null) {
      const [end = ""] = MAYBE_START.exec(this.#before) ?? [];
      // More blanks change nothing, and would be looked at with every piece.
      this.#before = end.replace(/(\s)\s+$/, "$1");
      return "";
    }
    const text = this.#before.slice(found.index + found[0].length - 1);
    this.#before = undefined;
    return this.#take(text);
  }

  #take(text: string): string {
    for (let at = 0; at < text.length; at++) {
      const char = text.charAt(at);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (this.#isInString) {
        if (char === '"') this.#isInString = false;
        else if (char === "\\") this.#isEscaped = true;
      } else if (char === '"') this.#isInString = true;
      else if (OPENERS.includes(char)) this.#depth++;
      else if (CLOSERS.includes(char) && --this.#depth === 0) {
        this.#isOver = true;
        return text.slice(0, at + 1);
      }
    }
    return text;
  }
}
