/**
 * This joins the pieces of a streamed text. Memory is bounded whatever is streamed: beyond `maxChars` only the length is
 * counted, and the text shows a quarter of `maxChars`, which fits the capture limits in any encoding, and its length.
 */
export class BoundedText {
  #text = "";
  #length = 0;
  readonly #maxChars: number;

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  add(piece: string): void {
    const room = this.#maxChars / 4 - this.#length;
    this.#length += piece.length;
    if (this.#length <= this.#maxChars) this.#text += piece;
    else if (room > 0) this.#text += piece.slice(0, room);
  }

  get length(): number {
    return this.#length;
  }

  toString(): string {
    if (this.#length <= this.#maxChars) return this.#text;
    return `${this.#text.slice(0, this.#maxChars / 4).toWellFormed()}…[cut: ${String(this.#length)} chars]`;
  }
}
