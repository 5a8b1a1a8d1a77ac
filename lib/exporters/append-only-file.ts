import { dirname } from "node:path";
import { contain } from "../internal/index.js";
import { hasErrorCode, type FileSystem } from "./file-system.js";
import { rotateFile } from "./rotate-file.js";

/** Append, and read: the last byte tells whether the last line is whole. */
const FLAGS = "a+";
const NEWLINE = 0x0a;
const FRESH_LINE = Buffer.from("\n");

/** Only a file that seems torn when it is opened is waited for, for 1 ms as a rule. */
const PAUSE_MILLIS = 1;
const MAX_LOOKS = 20;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** Settings of an `AppendOnlyFile`, all of them validated by its owner. */
export interface AppendOnlyFileOptions {
  readonly path: string;
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly fsync: boolean;
}

interface OpenFile {
  readonly descriptor: number;
  readonly device: number;
  readonly inode: number;
}

/**
 * This is a file of lines that several processes may append to (O_APPEND). It is looked at before every write, so that
 * a renamed, deleted or replaced file is noticed and opened anew, with its folder. What a crash or a full disk left
 * behind as half a line is ended by a newline before anything else is written. Calls are synchronous and throw what the
 * operating system says; after a throw the next call starts afresh.
 */
export class AppendOnlyFile {
  readonly #options: AppendOnlyFileOptions;
  readonly #fs: FileSystem;
  #file: OpenFile | undefined;
  #isLineTorn = false;

  constructor(options: AppendOnlyFileOptions, fileSystem: FileSystem) {
    this.#options = options;
    this.#fs = fileSystem;
  }

  /**
   * Appends whole lines, which end at these places of `bytes`, with one `write` call, or with one per file where the
   * size limit falls between two lines. A line is never cut in two files.
   */
  append(bytes: Buffer, lineEnds: readonly number[]): void {
    let { file, size } = this.#current();
    let from = 0;
    let start = 0;
    for (const end of lineEnds) {
      const isOver = size + end - from > this.#options.maxBytes;
      if (isOver && start > from) {
        this.#write(file, bytes.subarray(from, start));
        size += start - from;
        from = start;
      }
      if (isOver && size > 0) ({ file, size } = this.#rotate(file));
      start = end;
    }
    if (start > from) this.#write(file, bytes.subarray(from, start));
    if (this.#options.fsync) this.#fs.fdatasyncSync(file.descriptor);
  }

  /** Syncs what was written to the disk and closes the file; the next `append` opens it again. */
  close(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    try {
      this.#fs.fdatasyncSync(file.descriptor);
    } catch (error) {
      // Pipes and devices cannot be synced.
      if (!hasErrorCode(error, "EINVAL", "ENOTSUP")) throw error;
    } finally {
      this.#fs.closeSync(file.descriptor);
    }
  }

  /** The file that is at the path now. Costs one `stat`, which also gives the size for rotation. */
  #current(): { file: OpenFile; size: number } {
    const found = this.#fs.statSync(this.#options.path, { throwIfNoEntry: false });
    const file = this.#file;
    if (file !== undefined && found?.ino === file.inode && found.dev === file.device) return { file, size: found.size };
    this.#abandon();
    return this.#open();
  }

  #open(): { file: OpenFile; size: number } {
    const { path, fsync } = this.#options;
    const descriptor = this.#openDescriptor(path);
    try {
      const { dev, ino, size } = this.#fs.fstatSync(descriptor);
      this.#isLineTorn = this.#endsTorn(descriptor, size);
      if (fsync && size === 0) this.#syncFolder(path);
      const file = { descriptor, device: dev, inode: ino };
      this.#file = file;
      return { file, size };
    } catch (error) {
      this.#fs.closeSync(descriptor);
      throw error;
    }
  }

  #openDescriptor(path: string): number {
    try {
      return this.#fs.openSync(path, FLAGS, 0o600);
    } catch (error) {
      if (!hasErrorCode(error, "ENOENT")) throw error;
      this.#fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      return this.#fs.openSync(path, FLAGS, 0o600);
    }
  }

  /**
   * True when the file ends in half a line that nobody is about to finish: the size that another process's write shows
   * half-way has changed a moment later. A file that is torn by mistake gets an empty line, which readers skip.
   */
  #endsTorn(descriptor: number, size: number): boolean {
    let seen = size;
    for (let look = 0; look < MAX_LOOKS; look++) {
      if (seen === 0 || this.#endsWithNewline(descriptor, seen)) return false;
      Atomics.wait(PAUSE, 0, 0, PAUSE_MILLIS);
      const now = this.#fs.fstatSync(descriptor).size;
      if (now === seen) return true;
      seen = now;
    }
    return true;
  }

  /** Read through the same descriptor: the path may lead to another file by now. False for what cannot be read. */
  #endsWithNewline(descriptor: number, size: number): boolean {
    const last = Buffer.alloc(1);
    try {
      return this.#fs.readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE;
    } catch {
      return false;
    }
  }

  /** Without this a power cut can lose the name of a new file whose content was synced. */
  #syncFolder(path: string): void {
    let descriptor: number | undefined;
    try {
      descriptor = this.#fs.openSync(dirname(path), "r");
      this.#fs.fsyncSync(descriptor);
    } catch {
      // Not every platform syncs folders; the file's own sync still reports its failures.
    } finally {
      if (descriptor !== undefined) this.#fs.closeSync(descriptor);
    }
  }

  #write(file: OpenFile, lines: Buffer): void {
    const bytes = this.#isLineTorn ? Buffer.concat([FRESH_LINE, lines]) : lines;
    this.#isLineTorn = true;
    let written = 0;
    // A short count is how a disk that fills up says so; the next call either finishes the line or throws the reason.
    while (written < bytes.length) {
      const count = this.#fs.writeSync(file.descriptor, bytes, written, bytes.length - written);
      if (count <= 0) throw new Error(`wrote ${written} of ${bytes.length} bytes`);
      written += count;
    }
    this.#isLineTorn = false;
  }

  /** A file that cannot be rotated is written on: losing the limit is better than losing spans. */
  #rotate(file: OpenFile): { file: OpenFile; size: number } {
    const { path, maxFiles } = this.#options;
    try {
      rotateFile(this.#fs, path, maxFiles, (found) => found.ino === file.inode && found.dev === file.device);
    } catch (error) {
      contain("SPANDREL_FILE_ROTATION", "rotating a trace file", error);
      return { file, size: 0 };
    }
    this.#abandon();
    return this.#open();
  }

  /** Lets go of a file that is no longer the one at the path. */
  #abandon(): void {
    const file = this.#file;
    this.#file = undefined;
    this.#isLineTorn = false;
    try {
      if (file !== undefined) this.#fs.closeSync(file.descriptor);
    } catch (error) {
      contain("SPANDREL_FILE_CLOSE", "closing a trace file", error);
    }
  }
}
