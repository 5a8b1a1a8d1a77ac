import { isUtf8 } from "node:buffer";
import type { SpoolFileSystem } from "./file-system.js";

/** A longer line is no record: it would have to be held in memory whole. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * Reads the lines between two positions of a file, a chunk at a time. `visit` gets a record's bytes, which are good
 * until it returns, or undefined for a line that is none (it is empty or too long, has a NUL or is no UTF-8, or the
 * file ends before it does), and the position behind it; it says whether to read on.
 */
export function readRecords(
  fs: SpoolFileSystem,
  descriptor: number,
  range: { readonly start: number; readonly end: number },
  visit: (record: Buffer | undefined, end: number) => boolean,
): void {
  const chunk = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK_BYTES, range.end - range.start)));
  const line = new OpenLine();
  let position = range.start;
  while (position < range.end) {
    const length = Math.min(chunk.length, range.end - position);
    const count = fs.readSync(descriptor, chunk, 0, length, position);
    if (count <= 0) break;
    const bytes = chunk.subarray(0, count);
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, from)) {
      if (!visit(line.finish(bytes.subarray(from, at)), position + at + 1)) return;
      from = at + 1;
    }
    line.hold(bytes.subarray(from));
    position += count;
  }
  if (line.isOpen) visit(undefined, position);
}

/** The line that the chunks read so far have left open. */
class OpenLine {
  #parts: Buffer[] = [];
  #length = 0;

  get isOpen(): boolean {
    return this.#length > 0;
  }

  /** Keeps a copy, unless the line is too long to be a record anyway. */
  hold(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > MAX_RECORD_BYTES) this.#parts = [];
    else if (part.length > 0) this.#parts.push(Buffer.from(part));
  }

  finish(last: Buffer): Buffer | undefined {
    const length = this.#length + last.length;
    const line = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#length = 0;
    const isRecord = length > 0 && length <= MAX_RECORD_BYTES && !line.includes(0) && isUtf8(line);
    return isRecord ? line : undefined;
  }
}
