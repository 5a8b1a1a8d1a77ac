import { serializeValue } from "../capture/index.js";
import { runtime } from "../context/index.js";

/** This keeps the JSON of a list's items as they pass, within the capture limits; what was not kept is said in it. */
export class OutputList {
  readonly #parts: string[] = [];
  #size = 0;
  #count = 0;

  add(item: unknown): void {
    this.#count++;
    const { maxBytes, maxItems } = runtime.limits;
    if (this.#size >= maxBytes || this.#parts.length >= maxItems) return;
    const part = serializeValue(item, runtime.limits);
    this.#size += Buffer.byteLength(part) + 1;
    if (this.#size <= maxBytes || this.#parts.length === 0) this.#parts.push(part);
  }

  toString(): string {
    const rest = this.#count - this.#parts.length;
    const more = rest === 0 ? [] : [JSON.stringify(`[${rest} more items]`)];
    return `[${[...this.#parts, ...more].join(",")}]`;
  }
}
