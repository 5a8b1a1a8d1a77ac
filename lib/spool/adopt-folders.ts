import { join } from "node:path";
import { contain } from "../internal/index.js";
import { deleteFile, isMissing, readText, type SpoolFileSystem } from "./file-system.js";
import { folderName, isAbandoned, isFolderName, OWNER_FILE, writeOwner } from "./owner.js";
import { readRecords } from "./read-records.js";
import { doneFile, parseDoneFile, parseSegmentFile, segmentFile } from "./segment.js";
import { findUnsettled, type Stretch } from "./settled-ranges.js";

/** A segment that another process has left behind. */
export interface FoundSegment {
  readonly folder: string;
  readonly name: string;
  readonly size: number;
  readonly modifiedMillis: number;
  /** What was not delivered of it. */
  readonly waiting: readonly (Stretch & { readonly records: number })[];
}

/** What was taken over from dead processes. */
export interface Adoption {
  readonly folders: readonly string[];
  /** Oldest first. */
  readonly segments: readonly FoundSegment[];
  /** Lines that are no records. */
  readonly torn: number;
  /** Files that were left alone. */
  readonly foreign: number;
}

const MAX_DONE_BYTES = 8 * 1024 * 1024;

/**
 * Takes over every folder in `dir` whose owner is dead. The claim is a rename: of several processes that try, one has
 * it. Whatever the folders hold, and whatever fails, this never throws; what cannot be read stays for another start.
 */
export function adoptFolders(fs: SpoolFileSystem, dir: string): Adoption {
  return new Adopter(fs).adopt(dir);
}

class Adopter {
  readonly #fs: SpoolFileSystem;
  readonly #folders: string[] = [];
  #torn = 0;
  #foreign = 0;

  constructor(fs: SpoolFileSystem) {
    this.#fs = fs;
  }

  adopt(dir: string): Adoption {
    const writers: FoundSegment[][] = [];
    for (const name of this.#list(dir)) {
      const folder = this.#claim(dir, name);
      if (folder === undefined) continue;
      this.#folders.push(folder);
      writers.push(this.#readFolder(folder));
    }
    // The order within a folder is that of its numbers, whatever the clock has done meanwhile.
    writers.sort(([a], [b]) => (a?.modifiedMillis ?? 0) - (b?.modifiedMillis ?? 0));
    return { folders: this.#folders, segments: writers.flat(), torn: this.#torn, foreign: this.#foreign };
  }

  #list(folder: string): string[] {
    try {
      return this.#fs.readdirSync(folder).sort();
    } catch (error) {
      if (!isMissing(error)) contain("SPANDREL_SPOOL_READ", "listing the spool", error);
      return [];
    }
  }

  /** The folder's new path, or undefined for one that is not ours to take. */
  #claim(dir: string, name: string): string | undefined {
    const path = join(dir, name);
    try {
      if (!isFolderName(name) || !this.#fs.lstatSync(path).isDirectory()) {
        this.#foreign++;
        return undefined;
      }
      if (!isAbandoned(this.#fs, path, name)) return undefined;
      const claimed = join(dir, folderName(process.pid));
      this.#fs.renameSync(path, claimed);
      this.#sign(claimed);
      return claimed;
    } catch (error) {
      if (!isMissing(error)) contain("SPANDREL_SPOOL_ADOPT", "taking over a spool", error);
      return undefined;
    }
  }

  #sign(folder: string): void {
    try {
      writeOwner(this.#fs, folder);
    } catch (error) {
      contain("SPANDREL_SPOOL_OWNER", "signing a spool", error);
    }
  }

  #readFolder(folder: string): FoundSegment[] {
    const files = this.#list(folder);
    const found: FoundSegment[] = [];
    for (const file of files) {
      if (file === OWNER_FILE) continue;
      const name = parseSegmentFile(file);
      const segment = name === undefined ? undefined : this.#readSegment(folder, name);
      if (segment !== undefined) found.push(segment);
      else if (!this.#isSideFile(folder, file, files)) this.#foreign++;
    }
    return found.sort((a, b) => Number(a.name) - Number(b.name));
  }

  /** A side file whose segment is gone tells of nothing and is deleted. */
  #isSideFile(folder: string, file: string, files: readonly string[]): boolean {
    const name = parseDoneFile(file);
    if (name === undefined) return false;
    try {
      if (!files.includes(segmentFile(name))) deleteFile(this.#fs, join(folder, file));
      return true;
    } catch {
      return false;
    }
  }

  /** Undefined for what is no file or cannot be read. An empty segment, as a crash leaves it, has nothing to give. */
  #readSegment(folder: string, name: string): FoundSegment | undefined {
    const path = join(folder, segmentFile(name));
    try {
      const found = this.#fs.lstatSync(path);
      if (!found.isFile()) return undefined;
      const { size, mtimeMs } = found;
      const descriptor = this.#fs.openSync(path, "r");
      try {
        const done = readText(this.#fs, join(folder, doneFile(name)), MAX_DONE_BYTES) ?? "";
        const scan = new SegmentScan(this.#fs, descriptor, size);
        const waiting = scan.find(findUnsettled(done, size));
        this.#torn += scan.torn;
        return { folder, name, size, modifiedMillis: mtimeMs, waiting };
      } finally {
        this.#fs.closeSync(descriptor);
      }
    } catch (error) {
      contain("SPANDREL_SPOOL_READ", "reading a spool", error);
      return undefined;
    }
  }
}

/** Counts the records of a segment. */
class SegmentScan {
  torn = 0;
  readonly #fs: SpoolFileSystem;
  readonly #descriptor: number;
  readonly #size: number;

  constructor(fs: SpoolFileSystem, descriptor: number, size: number) {
    this.#fs = fs;
    this.#descriptor = descriptor;
    this.#size = size;
  }

  /** A side file that speaks of half lines is not believed at all: better twice than never. */
  find(open: readonly Stretch[]): FoundSegment["waiting"] {
    const isSound = open.every(({ start, end }) => this.#isBorder(start) && this.#isBorder(end));
    const stretches = isSound ? open : [{ start: 0, end: this.#size }];
    return stretches.map((stretch) => this.#count(stretch)).filter(({ records }) => records > 0);
  }

  #isBorder(position: number): boolean {
    if (position === 0 || position === this.#size) return true;
    const byte = Buffer.alloc(1);
    return this.#fs.readSync(this.#descriptor, byte, 0, 1, position - 1) === 1 && byte[0] === 0x0a;
  }

  #count(stretch: Stretch): Stretch & { records: number } {
    let records = 0;
    let end = stretch.start;
    readRecords(this.#fs, this.#descriptor, stretch, (record, position) => {
      if (record === undefined) this.torn++;
      else {
        records++;
        end = position;
      }
      return true;
    });
    return { start: stretch.start, end, records };
  }
}
