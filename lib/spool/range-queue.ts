import type { RecordRange, Segment } from "./segment.js";

/** This keeps where the waiting records are, oldest first: a few numbers for any number of records in a row. */
export class RangeQueue {
  #ranges: RecordRange[] = [];
  #records = 0;

  /** How many records wait. */
  get records(): number {
    return this.#records;
  }

  /** A copy: what is read from it may be taken out meanwhile. */
  list(): readonly RecordRange[] {
    return [...this.#ranges];
  }

  /** Adds records that are newer than all others. */
  push(range: RecordRange): void {
    this.#records += range.records;
    const last = this.#ranges.at(-1);
    if (last !== undefined && isNext(last, range)) this.#ranges[this.#ranges.length - 1] = join(last, range);
    else this.#ranges.push(range);
  }

  /** Puts records back where they were. */
  putBack(ranges: readonly RecordRange[]): void {
    const all = [...this.#ranges, ...ranges].sort((a, b) => a.segment.order - b.segment.order || a.start - b.start);
    this.#ranges = [];
    this.#records = 0;
    for (const range of all) this.push(range);
  }

  /** Takes a range out and leaves its rest, if any. */
  replace(range: RecordRange, rest: RecordRange | undefined): void {
    const at = this.#ranges.indexOf(range);
    this.#ranges.splice(at, 1, ...(rest === undefined ? [] : [rest]));
    this.#records += (rest?.records ?? 0) - range.records;
  }

  /** Takes out what is in this segment and says how many records that were. */
  drop(segment: Segment): number {
    const before = this.#records;
    this.#ranges = this.#ranges.filter((range) => range.segment !== segment);
    this.#records = this.#ranges.reduce((sum, { records }) => sum + records, 0);
    return before - this.#records;
  }
}

function isNext(last: RecordRange, range: RecordRange): boolean {
  return last.segment === range.segment && last.end === range.start;
}

function join(last: RecordRange, range: RecordRange): RecordRange {
  return { ...last, end: range.end, records: last.records + range.records };
}
