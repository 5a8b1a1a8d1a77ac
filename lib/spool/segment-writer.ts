import type { SpoolFileSystem } from "./file-system.js";
import type { Segment } from "./segment.js";

/** Append, and only to a file that is new: what another has written is never written on. */
const FLAGS = "ax";

/** This appends lines to a segment, each with one `write` call, and leaves no part of one that it cannot write whole. */
export class SegmentWriter {
  readonly segment: Segment;
  readonly descriptor: number;
  readonly #fs: SpoolFileSystem;
  readonly #device: number;
  readonly #inode: number;
  #isTorn = false;

  /** Creates the file; throws what the operating system says. */
  constructor(fs: SpoolFileSystem, segment: Segment) {
    this.#fs = fs;
    this.segment = segment;
    this.descriptor = fs.openSync(segment.path, FLAGS, 0o600);
    try {
      const { dev, ino } = fs.fstatSync(this.descriptor);
      this.#device = dev;
      this.#inode = ino;
    } catch (error) {
      fs.closeSync(this.descriptor);
      segment.delete(fs);
      throw error;
    }
  }

  /** True when half a line is at its end that cannot be cut off: nothing may follow it. */
  get isTorn(): boolean {
    return this.#isTorn;
  }

  /** False when the file was deleted, moved or replaced. */
  isInPlace(): boolean {
    const found = this.#fs.statSync(this.segment.path, { throwIfNoEntry: false });
    return found?.ino === this.#inode && found.dev === this.#device;
  }

  /** Throws what the operating system says, or that it took a part only; the file then ends where it ended before. */
  append(line: Buffer): void {
    try {
      const count = this.#fs.writeSync(this.descriptor, line, 0, line.length);
      if (count !== line.length) throw new Error(`wrote ${count} of ${line.length} bytes`);
      this.segment.size += line.length;
    } catch (error) {
      this.#cutTail();
      throw error;
    }
  }

  #cutTail(): void {
    try {
      this.#fs.ftruncateSync(this.descriptor, this.segment.size);
    } catch {
      this.#isTorn = true;
    }
  }
}
