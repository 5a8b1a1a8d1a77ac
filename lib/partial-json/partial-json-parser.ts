import { PartialJsonError } from "../errors.js";
import { JsonReader } from "./json-reader.js";

/**
 * This reads one JSON text that comes in pieces, as a model streams it, and shows what is known of its value after
 * every piece. It takes exactly the texts that `JSON.parse` takes; where a piece ends makes no difference to anything.
 *
 * **What is shown.** Arrays and objects from their opening bracket on; a string as far as it has come, without half a
 * surrogate pair or half an escape; `true`, `false` and `null` once whole; a number once something follows it, as
 * `1` may become `12`; a member once its key is whole and its value has begun. Nothing shown is ever contradicted, but
 * by a key that comes again: from the closing quote of the repeated key on, the member is `undefined` (in its old
 * place among the keys), until its new value can be shown. The last value wins, as with `JSON.parse`.
 *
 * **What may be kept.** `value` is the structure itself, not a copy: an array or object stays the same object from its
 * first appearance to the end, and grows in place. One for which `isComplete` is true never changes again, so it can be
 * kept, handed on, and validated once. Take a `structuredClone` of anything else that is to stay as it is, and do not
 * write to what is not complete.
 *
 * Each code unit is read once, and `push` does not recurse: it costs the length of its text, however much came before
 * and however deeply it is nested. Reading `value` costs nothing; reading the characters of a string that still grows
 * costs the length of the string.
 *
 * @example
 * const parser = new PartialJsonParser();
 * parser.push('{"title":"Lake Gen');
 * parser.value; // { title: "Lake Gen" }
 * parser.push('eva","depth":31');
 * parser.value; // { title: "Lake Geneva" }
 * parser.isComplete(["title"]); // true
 * parser.push("0}");
 * parser.finish(); // { title: "Lake Geneva", depth: 310 }
 */
export class PartialJsonParser {
  readonly #reader = new JsonReader();
  /** The length of all text pushed. */
  #length = 0;
  #error: PartialJsonError | undefined;

  /**
   * This reads on.
   *
   * @throws PartialJsonError at the first code unit that no JSON text could have there. `value` stays what the text
   * before it shows, and every later `push` or `finish` throws the same error.
   */
  push(text: string): void {
    if (this.#error !== undefined) throw this.#error;
    const end = this.#reader.read(text);
    if (end < text.length) {
      const offset = this.#length + end;
      throw this.#fail(
        offset,
        `expected ${this.#reader.expected} at offset ${offset} of the text. ` +
          "Push one JSON text as RFC 8259 has it: no comments, no trailing commas, nothing around it.",
      );
    }
    this.#length += text.length;
  }

  /** This is what is known of the value, `undefined` before anything is. See the class for what may be kept of it. */
  get value(): unknown {
    return this.#reader.live.value;
  }

  /**
   * This says whether the value at `path` has been read to its end, so that it never changes again; it may only be
   * replaced as a whole, by a repeated key. `[]` is the root. False where there is no value. An item is named by a
   * number, a member by a string. Strings and words are complete with their last character, a number with the
   * character that follows it or by `finish`. Costs the length of the path.
   */
  isComplete(path: readonly (string | number)[]): boolean {
    return this.#reader.live.isClosed(path);
  }

  /**
   * This is where the value being read is: of each open array the index, of each open object the key, from the root
   * inwards. The innermost is missing in an object between the end of a member and the end of the next key. Empty at
   * the root, and once the root is closed. Costs the depth.
   */
  get openPath(): (string | number)[] {
    return this.#reader.live.openPath;
  }

  /**
   * This says that no more text comes, and returns the value: what `JSON.parse` makes of the whole text.
   *
   * @throws PartialJsonError when the value is not closed, with the length of the text as `offset`; as `push` did, when
   * that has failed. Every later `push` or `finish` throws the same error.
   */
  finish(): unknown {
    if (this.#error !== undefined) throw this.#error;
    if (this.#reader.end()) return this.value;
    throw this.#fail(
      this.#length,
      `the text ends at offset ${this.#length}, before its JSON value does. ` +
        "Push the rest before finish(), or take it as cut off and ask for it again.",
    );
  }

  #fail(offset: number, message: string): PartialJsonError {
    this.#error = new PartialJsonError(offset, message);
    return this.#error;
  }
}
