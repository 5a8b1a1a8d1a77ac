import { type Fields, fieldsOf, listOf } from "../instruments/index.js";

/** The calls of a streamed message, by the place each has in it. */
export class StreamedCalls<Part> {
  readonly parts: Part[] = [];
  readonly #places = new Map<unknown, number>();
  readonly #open: (name: unknown) => Part;

  constructor(open: (name: unknown) => Part) {
    this.#open = open;
  }

  /** Tells `add` of each piece of arguments, and whose it is. */
  read(delta: Fields, add: (part: Part, text: string, place: number) => void): void {
    for (const value of listOf(delta["tool_calls"])) {
      const { index, function: piece } = fieldsOf(value);
      const { name, arguments: text } = fieldsOf(piece);
      let place = this.#places.get(index);
      if (place === undefined) {
        this.#places.set(index, (place = this.parts.length));
        this.parts.push(this.#open(name));
      }
      const part = this.parts[place];
      if (part !== undefined && typeof text === "string" && text !== "") add(part, text, place);
    }
  }
}
