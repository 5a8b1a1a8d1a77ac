import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileSpanExporter, type ExportResult, type ReadableSpan, type SpanExporter } from "../../lib/exporters/index";
import type { FileSystem } from "../../lib/exporters/file-system";
import { decodeTracesData } from "../../lib/otlp/index";

const folders: string[] = [];

/** A folder of its own for a spec; `removeFolders` deletes it. */
export function makeFolder(): string {
  const folder = fs.mkdtempSync(join(tmpdir(), "spandrel-file-"));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
}

/** Exports a batch and returns what the callback was given; fails when it was not called exactly once, at once. */
export function exportBatch(exporter: SpanExporter, ...spans: ReadableSpan[]): ExportResult {
  const results: ExportResult[] = [];
  exporter.export(spans, (result) => results.push(result));
  expect(results).toHaveLength(1);
  return results[0]!;
}

/** Names of the spans of each line; a line that cannot be read shows its fault, an empty one "". */
export function readLines(path: string): (string[] | string)[] {
  const text = fs.readFileSync(path, "utf8");
  const lines = text.split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => {
    const { spans, fault } = decodeTracesData(line);
    return line === "" ? "" : (fault ?? spans.map((span) => span.name));
  });
}

/** `node:fs` with some calls replaced. */
export function makeFileSystem(changes: Partial<FileSystem>): FileSystem {
  return { ...fs, ...changes };
}

/** An error as the operating system's calls throw it. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code });
}

export { FileSpanExporter };
