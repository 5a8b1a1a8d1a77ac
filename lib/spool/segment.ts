import { join } from "node:path";
import { contain } from "../internal/index.js";
import { deleteFile, type SpoolFileSystem } from "./file-system.js";
import { formatSettled } from "./settled-ranges.js";

/** A file of records, and what is known of it. */
export class Segment {
  readonly folder: string;
  readonly path: string;
  /** Where its records stand among all others. */
  readonly order: number;
  size: number;
  /** Records that wait or are in flight. */
  unsettled = 0;
  readonly #donePath: string;
  /** What the side file does not know yet. */
  #unwritten = "";

  constructor(folder: string, name: string, order: number, size: number) {
    this.folder = folder;
    this.path = join(folder, segmentFile(name));
    this.#donePath = join(folder, doneFile(name));
    this.order = order;
    this.size = size;
  }

  /** Remembers that these records will not be given again. */
  settle(range: RecordRange): void {
    this.unsettled -= range.records;
    this.#unwritten += formatSettled(range);
  }

  /** Tells the next process. What the disk does not take is told with the next batch. */
  writeSettled(fs: SpoolFileSystem): void {
    const bytes = Buffer.from(this.#unwritten);
    if (bytes.length === 0) return;
    try {
      const descriptor = fs.openSync(this.#donePath, "a", 0o600);
      try {
        if (fs.writeSync(descriptor, bytes, 0, bytes.length) === bytes.length) this.#unwritten = "";
      } finally {
        fs.closeSync(descriptor);
      }
    } catch (error) {
      contain("SPANDREL_SPOOL_PROGRESS", "noting what was delivered in the spool", error);
    }
  }

  /** The records first: a side file without them does no harm. */
  delete(fs: SpoolFileSystem): void {
    deleteFile(fs, this.path);
    deleteFile(fs, this.#donePath);
  }
}

/** A run of lines of one segment. */
export interface RecordRange {
  readonly segment: Segment;
  /** In bytes; both ends lie at the start of a line. */
  readonly start: number;
  readonly end: number;
  readonly records: number;
}

const SEGMENT_FILE = /^(\d{8,12})\.jsonl$/;
const DONE_FILE = /^(\d{8,12})\.done$/;
const NAME_DIGITS = 8;

export function segmentName(number: number): string {
  return String(number).padStart(NAME_DIGITS, "0");
}

export function segmentFile(name: string): string {
  return `${name}.jsonl`;
}

export function doneFile(name: string): string {
  return `${name}.done`;
}

/** The name of the segment that this file is, or is the side file of. */
export function parseSegmentFile(file: string): string | undefined {
  return SEGMENT_FILE.exec(file)?.[1];
}

export function parseDoneFile(file: string): string | undefined {
  return DONE_FILE.exec(file)?.[1];
}
