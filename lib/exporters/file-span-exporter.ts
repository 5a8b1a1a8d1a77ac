import { resolve } from "node:path";
import { InvalidOptionError } from "../errors.js";
import { contain } from "../internal/index.js";
import {
  TracesDataBuilder,
  encodeNote,
  type ExportResult,
  type ReadableSpan,
  type SpanExporter,
} from "../otlp/index.js";
import { AppendOnlyFile } from "./append-only-file.js";
import { asError } from "./as-error.js";
import { refuseUnknown, type KnownOptions } from "./exporter-options.js";
import { nodeFileSystem, type FileSystem } from "./file-system.js";
import { sayRejected } from "./say-rejected.js";
import { Utf8Buffer } from "./utf8-buffer.js";

/** Options of `FileSpanExporter`. */
export interface FileSpanExporterOptions {
  /**
   * The file to append to, by convention `….jsonl`; folders that are missing are created with mode 0700. A relative
   * path is resolved once, at construction.
   */
  readonly path: string;
  /** Size in bytes at which the file is rotated; default 67108864 (64 MiB). Only a single larger span exceeds it. */
  readonly maxBytes?: number;
  /** How many files are kept, the active one included; default 5. With 1, a full file is deleted. */
  readonly maxFiles?: number;
  /** True: every batch is on the disk (fdatasync) before it counts as exported; default false. */
  readonly fsync?: boolean;
}

const KNOWN: KnownOptions<FileSpanExporterOptions> = { path: true, maxBytes: true, maxFiles: true, fsync: true };
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const DEFAULT_MAX_FILES = 5;
/** At most 6 MiB of UTF-8: readers, ours too, refuse lines of more than 8 MiB. */
const MAX_LINE_LENGTH = 2 * 1024 * 1024;
const MAX_UTF8_BYTES_PER_UNIT = 3;

/**
 * This exporter appends spans to a file of OTLP JSON Lines: one `TracesData` object a line, as the OpenTelemetry
 * Collector and `spandrel view` read it. A batch is one line, or several when it is larger than 2 Mi characters, and
 * one synchronous `write`; the operating system holds it once `export` has returned, so a crash of the process loses
 * nothing and leaves at most one torn last line, which the next start ends.
 *
 * The file is created with mode 0600. It is reopened when it was renamed, deleted or replaced, and rotated by size:
 * `traces.jsonl` becomes `traces.1.jsonl`, then `traces.2.jsonl`, and so on, the highest number being the newest; the
 * oldest are deleted beyond `maxFiles`. Several processes may append to one file. Its last line, where the
 * process came to an end of its own, holds the ledgers of all processors (`spandrel.ledger`), and no span.
 *
 * `export` never throws. When the disk is full or the file cannot be written, its callback gets code 1 and the error,
 * nothing is kept in memory, and the next batch starts on a fresh line. A span that cannot be encoded costs itself only.
 * Throws `InvalidOptionError` at construction for an option it cannot use.
 *
 * @example
 * const exporter = new FileSpanExporter({ path: ".spandrel/traces.jsonl", maxBytes: 16_777_216 });
 */
export class FileSpanExporter implements SpanExporter {
  readonly #file: AppendOnlyFile;
  readonly #maxLineLength: number;
  #spare: Utf8Buffer | undefined;
  #resource: ReadableSpan["resource"] | undefined;
  #isShutDown = false;

  /** @param fileSystem for specs only: where the operating system's calls go. */
  constructor(options: FileSpanExporterOptions, fileSystem: FileSystem = nodeFileSystem) {
    const { path, maxBytes = DEFAULT_MAX_BYTES, maxFiles = DEFAULT_MAX_FILES, fsync = false } = readOptions(options);
    this.#file = new AppendOnlyFile({ path: resolve(path), maxBytes, maxFiles, fsync }, fileSystem);
    this.#maxLineLength = Math.min(MAX_LINE_LENGTH, Math.floor(maxBytes / MAX_UTF8_BYTES_PER_UNIT));
  }

  export(spans: readonly ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    resultCallback(this.#append(spans));
  }

  /** Every batch has been handed to the operating system by the time its callback is called: nothing is held back. */
  async forceFlush(): Promise<void> {}

  /** Adds a line with these facts beside the attributes of the spans' resource, and no span; none where there were no spans. */
  note(facts: Readonly<Record<string, unknown>>): void {
    if (this.#isShutDown || this.#resource === undefined) return;
    const line = Buffer.from(`${encodeNote(this.#resource, facts)}\n`);
    try {
      this.#file.append(line, [line.length]);
    } catch (error) {
      contain("SPANDREL_FILE_NOTE", "adding the ledger to a trace file", error);
    }
  }

  /** Syncs the file to the disk and closes it. Later exports fail. Never rejects. */
  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    this.#spare = undefined;
    try {
      this.#file.close();
    } catch (error) {
      contain("SPANDREL_FILE_CLOSE", "closing a trace file", error);
    }
  }

  #append(spans: readonly ReadableSpan[]): ExportResult {
    if (this.#isShutDown) return { code: 1, error: new Error("the file exporter has been shut down") };
    this.#resource = spans.at(-1)?.resource ?? this.#resource;
    // Taken, not borrowed: a getter of a span that is being read may export another.
    const bytes = this.#spare ?? new Utf8Buffer();
    this.#spare = undefined;
    try {
      const { lineEnds, rejected } = writeLines(spans, this.#maxLineLength, bytes);
      if (lineEnds.length > 0) this.#file.append(bytes.read(), lineEnds);
      return rejected > 0 ? { code: 0, rejected } : { code: 0 };
    } catch (error) {
      return { code: 1, error: asError(error, "the file cannot be written") };
    } finally {
      bytes.clear();
      this.#spare = bytes;
    }
  }
}

/** Cuts a batch into lines of about this length at most; spans that cannot be encoded are counted and said once. */
function writeLines(
  spans: readonly ReadableSpan[],
  maxLength: number,
  bytes: Utf8Buffer,
): { lineEnds: number[]; rejected: number } {
  const lineEnds: number[] = [];
  let rejected = 0;
  let builder = new TracesDataBuilder(maxLength);
  const finishLine = (): void => {
    if (builder.encoded > 0) {
      for (const piece of builder.pieces()) bytes.write(piece);
      bytes.write("\n");
      lineEnds.push(bytes.length);
    }
    rejected += builder.rejected.length;
    sayRejected(builder.rejected);
  };
  spans.forEach((span, index) => {
    if (builder.add(span, index)) return;
    finishLine();
    builder = new TracesDataBuilder(maxLength);
    builder.add(span, index);
  });
  finishLine();
  return { lineEnds, rejected };
}

function readOptions(options: FileSpanExporterOptions): FileSpanExporterOptions {
  if (typeof options !== "object" || options === null)
    throw new InvalidOptionError("FileSpanExporter", "an object with a path", options);
  refuseUnknown("FileSpanExporter", KNOWN, options);
  const { path, maxBytes, maxFiles, fsync } = options;
  if (typeof path !== "string" || path === "" || path.includes("\0"))
    throw new InvalidOptionError("FileSpanExporter.path", "a file path", path);
  requireCount("FileSpanExporter.maxBytes", maxBytes);
  requireCount("FileSpanExporter.maxFiles", maxFiles);
  if (fsync !== undefined && typeof fsync !== "boolean")
    throw new InvalidOptionError("FileSpanExporter.fsync", "true or false", fsync);
  return options;
}

function requireCount(option: string, value: unknown): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && Number(value) >= 1))
    throw new InvalidOptionError(option, "a positive integer", value);
}
