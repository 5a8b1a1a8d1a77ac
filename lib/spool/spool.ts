import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { contain } from "../internal/index.js";
import { adoptFolders, type FoundSegment } from "./adopt-folders.js";
import { DiskSync } from "./disk-sync.js";
import { deleteFile, isMissing, nodeFileSystem, type SpoolFileSystem } from "./file-system.js";
import { folderName, NOBODY, OWNER_FILE, writeOwner } from "./owner.js";
import { RangeQueue } from "./range-queue.js";
import { MAX_RECORD_BYTES, readRecords } from "./read-records.js";
import { SegmentWriter } from "./segment-writer.js";
import { Segment, segmentName, type RecordRange } from "./segment.js";
import { readSpoolOptions, type SpoolOptions, type SpoolSettings } from "./spool-options.js";

/** Records that were taken together. */
export interface SpoolBatch {
  readonly records: readonly string[];
  /** Of the records in UTF-8, without their newlines. */
  readonly bytes: number;
}

/** How much `take` gives at most; one record is given however large it is. */
export interface SpoolLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** A file that somebody has deleted is noticed after a millisecond, and what was written meanwhile counts as lost. */
const LOOK_MILLIS = 1;

/** What a spool holds, and what it has met. */
export interface SpoolStatus {
  /** Records that can be taken. */
  readonly waiting: number;
  /** Records that were taken and neither settled nor released. */
  readonly inFlight: number;
  /** Size of all segments, settled records of unfinished segments included. */
  readonly bytes: number;
  /** Records that were found at the start. */
  readonly recovered: number;
  /** Lines found at the start that are no records. */
  readonly torn: number;
  /** Files found at the start that are not a spool's or cannot be read; they were left alone. */
  readonly foreign: number;
  /** Records that were kept and are not on the disk any more: somebody has deleted or damaged their segment. */
  readonly lost: number;
}

/**
 * This keeps records (lines of text without newline) on disk until they are delivered: at least once, whatever happens
 * to the process.
 *
 * Every writer has a folder of its own in `dir`, `<pid>-<random>`, with segments `00000001.jsonl`, … of one record a
 * line, and beside each a file that says which of its bytes are settled. A new spool takes over the folders of dead
 * processes and gives their records first; of those only what was in flight is given twice. All who share `dir` must see
 * each other's process numbers: they run on one host, or in one container. Folders have mode 0700, files 0600. In memory
 * are positions only: records are read when they are taken.
 *
 * Throws `InvalidOptionError` at construction for an option it cannot use, and nothing else: what the disk does is told
 * by `append`, by `status`, and once on stderr.
 *
 * @example
 * const spool = new Spool({ dir: ".spandrel/spool/default", maxBytes: 268_435_456 });
 * spool.append('{"resourceSpans":[]}');
 * const batch = spool.take({ maxRecords: 512, maxBytes: 4_194_304 });
 * if (batch !== undefined) spool.settle(batch);
 */
export class Spool {
  readonly #settings: SpoolSettings;
  readonly #fs: SpoolFileSystem;
  readonly #sync: DiskSync;
  readonly #dir: string;
  /** Our own folder; not there before the first record. */
  readonly #folder: string;
  #adopted: readonly string[] = [];
  readonly #segments = new Set<Segment>();
  readonly #waiting = new RangeQueue();
  readonly #inFlight = new Map<SpoolBatch, readonly RecordRange[]>();
  #writer: SegmentWriter | undefined;
  #bytes = 0;
  #nextOrder = 1;
  #nextNumber = 1;
  #recovered = 0;
  #torn = 0;
  #foreign = 0;
  #lost = 0;
  #lookedAt = -LOOK_MILLIS;
  #isClosed = false;

  /** @param fileSystem for specs only: where the operating system's calls go. */
  constructor(options: SpoolOptions, fileSystem: SpoolFileSystem = nodeFileSystem) {
    this.#settings = readSpoolOptions(options);
    this.#fs = fileSystem;
    this.#sync = new DiskSync(fileSystem, this.#settings.syncMillis);
    this.#dir = resolve(this.#settings.dir);
    this.#folder = join(this.#dir, folderName(process.pid));
    this.#adopt();
  }

  get status(): SpoolStatus {
    let inFlight = 0;
    for (const ranges of this.#inFlight.values()) for (const { records } of ranges) inFlight += records;
    return {
      waiting: this.#waiting.records,
      inFlight,
      bytes: this.#bytes,
      recovered: this.#recovered,
      torn: this.#torn,
      foreign: this.#foreign,
      lost: this.#lost,
    };
  }

  /**
   * Writes a record. `kept`: the operating system has it, the end of this process cannot lose it. `full`: there is no
   * room within `maxBytes`. `failed`: the disk did not take it, or it is no record: empty, with a newline or a NUL, or
   * larger than 16 MiB. A lone surrogate becomes U+FFFD. Costs one `write`, and a `stat` a millisecond at most.
   */
  append(record: string): "kept" | "full" | "failed" {
    if (this.#isClosed || !isRecord(record)) return "failed";
    const line = Buffer.from(`${record}\n`);
    if (line.length > MAX_RECORD_BYTES + 1) return "failed";
    try {
      this.#checkWriter();
      if (!this.#hasRoom(line.length)) return "full";
      this.#write(line);
      return "kept";
    } catch (error) {
      contain("SPANDREL_SPOOL_WRITE", "writing to the spool", error);
      return "failed";
    }
  }

  /** Gives the oldest records that are not in flight, or undefined when there are none that can be read. */
  take(limits: SpoolLimits): SpoolBatch | undefined {
    if (this.#isClosed) return undefined;
    const taken = new Taken(limits);
    const ranges: RecordRange[] = [];
    for (const range of this.#waiting.list()) {
      if (taken.isFull) break;
      const part = this.#read(range, taken);
      if (part !== undefined) ranges.push(part);
    }
    this.#sweep();
    if (ranges.length === 0) return undefined;
    const batch: SpoolBatch = { records: taken.records, bytes: taken.bytes };
    this.#inFlight.set(batch, ranges);
    return batch;
  }

  /** Ends the records of a batch: they are never given again. A batch that is not in flight is ignored. */
  settle(batch: SpoolBatch): void {
    const ranges = this.#inFlight.get(batch);
    if (ranges === undefined || this.#isClosed) return;
    this.#inFlight.delete(batch);
    for (const range of ranges) range.segment.settle(range);
    this.#sweep();
    for (const segment of new Set(ranges.map((range) => range.segment)))
      if (this.#segments.has(segment)) segment.writeSettled(this.#fs);
  }

  /** Lets the records of a batch be given again, each at its place. A batch that is not in flight is ignored. */
  release(batch: SpoolBatch): void {
    const ranges = this.#inFlight.get(batch);
    if (ranges === undefined || this.#isClosed) return;
    this.#inFlight.delete(batch);
    this.#waiting.putBack(ranges);
  }

  /**
   * With `fsync`: resolves when all that was appended is on the device; rejects with what the operating system said.
   * Without: resolves at once.
   */
  flush(): Promise<void> {
    return this.#sync.flush();
  }

  /** Leaves what was not settled, batches in flight included, for the next spool. Nothing is given or kept after it. */
  close(): void {
    if (this.#isClosed) return;
    this.#seal();
    this.#isClosed = true;
    this.#sync.close();
    this.#sweep();
    for (const segment of this.#segments) segment.writeSettled(this.#fs);
    for (const folder of [this.#folder, ...this.#adopted]) {
      const isUsed = [...this.#segments].some((segment) => segment.folder === folder);
      if (isUsed || !this.#discard(folder)) this.#abandon(folder);
    }
  }

  #adopt(): void {
    const { folders, segments, torn, foreign } = adoptFolders(this.#fs, this.#dir);
    this.#adopted = folders;
    this.#torn = torn;
    this.#foreign = foreign;
    for (const found of segments) this.#addFound(found);
    this.#recovered = this.#waiting.records;
    this.#sweep();
    const used = new Set(segments.map(({ folder }) => folder));
    for (const folder of folders) if (!used.has(folder)) this.#discard(folder);
  }

  #addFound({ folder, name, size, waiting }: FoundSegment): void {
    const segment = new Segment(folder, name, this.#nextOrder++, size);
    this.#segments.add(segment);
    this.#bytes += size;
    for (const { start, end, records } of waiting) {
      segment.unsettled += records;
      this.#waiting.push({ segment, start, end, records });
    }
  }

  /** Lets go of a file that is not at its path any more, and of all others that are not. */
  #checkWriter(): void {
    const now = performance.now();
    // In a burst the look would be a third of what a record costs; a file may be missed for that long.
    if (this.#writer === undefined || now - this.#lookedAt < LOOK_MILLIS) return;
    this.#lookedAt = now;
    if (this.#writer.isInPlace()) return;
    this.#forget(this.#writer.segment);
    for (const segment of this.#segments)
      if (this.#fs.statSync(segment.path, { throwIfNoEntry: false }) === undefined) this.#forget(segment);
  }

  #hasRoom(length: number): boolean {
    const { maxBytes } = this.#settings;
    if (this.#bytes + length <= maxBytes) return true;
    // All that the open segment holds may be settled.
    if (this.#writer?.segment.unsettled !== 0) return false;
    this.#seal();
    return this.#bytes + length <= maxBytes;
  }

  #write(line: Buffer): void {
    const { size } = this.#writer?.segment ?? { size: 0 };
    if (size > 0 && size + line.length > this.#settings.segmentBytes) this.#seal();
    this.#writer ??= this.#open();
    const { segment, descriptor } = this.#writer;
    const start = segment.size;
    try {
      this.#writer.append(line);
    } catch (error) {
      if (this.#writer.isTorn) this.#seal();
      throw error;
    }
    segment.unsettled++;
    this.#bytes += line.length;
    this.#waiting.push({ segment, start, end: segment.size, records: 1 });
    this.#sync.wrote(descriptor);
  }

  #open(): SegmentWriter {
    this.#fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const isSigned = this.#fs.statSync(join(this.#folder, OWNER_FILE), { throwIfNoEntry: false }) !== undefined;
    if (!isSigned) writeOwner(this.#fs, this.#folder);
    const segment = new Segment(this.#folder, segmentName(this.#nextNumber++), this.#nextOrder++, 0);
    const writer = new SegmentWriter(this.#fs, segment);
    this.#segments.add(segment);
    this.#sync.syncFolder(this.#folder);
    return writer;
  }

  /** Closes the open segment; the next record starts another. */
  #seal(): void {
    const writer = this.#writer;
    this.#writer = undefined;
    if (writer !== undefined) this.#sync.retire(writer.descriptor);
    this.#sweep();
  }

  /** Deletes the segments that nothing is left of. */
  #sweep(): void {
    for (const segment of this.#segments) {
      if (segment.unsettled > 0 || segment === this.#writer?.segment) continue;
      try {
        segment.delete(this.#fs);
      } catch (error) {
        contain("SPANDREL_SPOOL_DELETE", "deleting a delivered segment of the spool", error);
        continue;
      }
      this.#segments.delete(segment);
      this.#bytes -= segment.size;
      this.#discardAdopted(segment.folder);
    }
  }

  #discardAdopted(folder: string): void {
    if (folder === this.#folder || [...this.#segments].some((segment) => segment.folder === folder)) return;
    this.#discard(folder);
  }

  /** Deletes a folder unless there is something in it; true when it is gone. */
  #discard(folder: string): boolean {
    try {
      deleteFile(this.#fs, join(folder, OWNER_FILE));
      this.#fs.rmdirSync(folder);
      return true;
    } catch (error) {
      return isMissing(error);
    }
  }

  /** Gives a folder a name that says that it is free. */
  #abandon(folder: string): void {
    try {
      this.#fs.renameSync(folder, join(this.#dir, folderName(NOBODY)));
    } catch (error) {
      // It is free as soon as this process has ended.
      if (!isMissing(error)) contain("SPANDREL_SPOOL_CLOSE", "closing the spool", error);
    }
  }

  /** Counts what a segment held that is gone. */
  #forget(segment: Segment): void {
    if (segment === this.#writer?.segment) {
      this.#sync.retire(this.#writer.descriptor);
      this.#writer = undefined;
    }
    if (this.#segments.delete(segment)) this.#bytes -= segment.size;
    this.#lose(segment, this.#waiting.drop(segment));
  }

  #lose(segment: Segment, records: number): void {
    segment.unsettled -= records;
    this.#lost += records;
  }

  /** Reads from the front of a range what the batch has room for. What cannot be read stays, and stays in its place. */
  #read(range: RecordRange, taken: Taken): RecordRange | undefined {
    const { segment, start } = range;
    let end = start;
    let records = 0;
    try {
      const descriptor = this.#fs.openSync(segment.path, "r");
      try {
        readRecords(this.#fs, descriptor, range, (record, position) => {
          if (record !== undefined && !taken.add(record)) return false;
          end = position;
          if (record !== undefined) records++;
          return records < range.records;
        });
      } finally {
        this.#fs.closeSync(descriptor);
      }
      // What is missing now will not come back; a batch that is full has not looked.
      if (!taken.isFull) end = range.end;
    } catch (error) {
      if (records === 0 && isMissing(error)) {
        this.#forget(segment);
        return undefined;
      }
      contain("SPANDREL_SPOOL_READ", "reading the spool", error);
    }
    if (records === range.records) end = range.end;
    const left = range.records - records;
    this.#waiting.replace(range, end < range.end ? { segment, start: end, end: range.end, records: left } : undefined);
    if (end === range.end) this.#lose(segment, left);
    return records > 0 ? { segment, start, end, records } : undefined;
  }
}

/** Fills a batch up to its limits. */
class Taken {
  readonly records: string[] = [];
  bytes = 0;
  isFull: boolean;
  readonly #limits: SpoolLimits;

  constructor(limits: SpoolLimits) {
    this.#limits = limits;
    this.isFull = limits.maxRecords <= 0;
  }

  /** False for a record that there is no room for. */
  add(record: Buffer): boolean {
    const { maxRecords, maxBytes } = this.#limits;
    if (this.records.length > 0 && this.bytes + record.length > maxBytes) this.isFull = true;
    if (this.isFull) return false;
    this.records.push(record.toString("utf8"));
    this.bytes += record.length;
    this.isFull = this.records.length >= maxRecords || this.bytes >= maxBytes;
    return true;
  }
}

/** What would be skipped when it is read is not taken in. */
function isRecord(record: unknown): record is string {
  return typeof record === "string" && record !== "" && !record.includes("\n") && !record.includes("\0");
}
