import * as fs from "node:fs";
import { join } from "node:path";
import { makeSpan } from "../otlp/make-span";
import {
  exportBatch,
  FileSpanExporter,
  makeFileSystem,
  makeFolder,
  readLines,
  removeFolders,
  systemError,
} from "./trace-file";

afterEach(removeFolders);

describe("a torn line", () => {
  it("that a crash left is ended before anything is written", () => {
    const path = join(makeFolder(), "traces.jsonl");
    fs.writeFileSync(path, '{"resourceSpans":[]}\n{"resourceSp');
    exportBatch(new FileSpanExporter({ path }), makeSpan({ name: "a" }));
    expect(readLines(path)).toEqual([[], "it is not JSON", ["a"]]);
  });

  it("is ended in the same write as the batch, so that no other writer comes between", () => {
    const path = join(makeFolder(), "traces.jsonl");
    fs.writeFileSync(path, "torn");
    const texts: string[] = [];
    const writeSync = (descriptor: number, bytes: Buffer, offset: number, length: number): number => {
      texts.push(bytes.toString("utf8", offset, offset + length));
      return fs.writeSync(descriptor, bytes, offset, length);
    };
    const fileSystem = makeFileSystem({ writeSync: writeSync as typeof fs.writeSync });
    exportBatch(new FileSpanExporter({ path }, fileSystem), makeSpan());
    expect(texts).toHaveLength(1);
    expect(texts[0]).toMatch(/^\n\{.*\}\n$/);
  });

  it("leaves no empty line where there was none", () => {
    const path = join(makeFolder(), "traces.jsonl");
    exportBatch(new FileSpanExporter({ path }), makeSpan({ name: "a" }));
    exportBatch(new FileSpanExporter({ path }), makeSpan({ name: "b" }));
    expect(readLines(path)).toEqual([["a"], ["b"]]);
  });

  it("is finished when a write takes only a part", () => {
    const path = join(makeFolder(), "traces.jsonl");
    const writeSync = (descriptor: number, bytes: Buffer, offset: number, length: number): number =>
      fs.writeSync(descriptor, bytes, offset, Math.min(length, 7));
    const exporter = new FileSpanExporter({ path }, makeFileSystem({ writeSync: writeSync as typeof fs.writeSync }));
    expect(exportBatch(exporter, makeSpan({ name: "a" }))).toEqual({ code: 0 });
    expect(exportBatch(exporter, makeSpan({ name: "b" }))).toEqual({ code: 0 });
    expect(readLines(path)).toEqual([["a"], ["b"]]);
  });

  it("of a write that failed half-way is ended by the next, whichever write fails", () => {
    for (let failing = 0; failing < 6; failing++) {
      const path = join(makeFolder(), "traces.jsonl");
      let calls = 0;
      const writeSync = (descriptor: number, bytes: Buffer, offset: number, length: number): number => {
        if (calls++ !== failing) return fs.writeSync(descriptor, bytes, offset, length);
        fs.writeSync(descriptor, bytes, offset, 50);
        throw systemError("EIO");
      };
      const exporter = new FileSpanExporter({ path }, makeFileSystem({ writeSync: writeSync as typeof fs.writeSync }));
      const names = ["a", "b", "c", "d", "e"];
      const codes = names.map((name) => exportBatch(exporter, makeSpan({ name })).code);
      const whole = readLines(endWithNewline(path)).filter((line) => line !== "it is not JSON");
      expect(whole).toEqual(names.filter((_, index) => index !== failing).map((name) => [name]));
      expect(codes).toEqual(names.map((_, index) => (index === failing ? 1 : 0)));
    }
  });

  it("is assumed when the end of the file cannot be read", () => {
    const path = join(makeFolder(), "traces.jsonl");
    fs.writeFileSync(path, "torn");
    const readSync = (): never => {
      throw systemError("EIO");
    };
    const exporter = new FileSpanExporter({ path }, makeFileSystem({ readSync: readSync }));
    expect(exportBatch(exporter, makeSpan({ name: "a" }))).toEqual({ code: 0 });
    expect(readLines(path)).toEqual(["it is not JSON", ["a"]]);
  });
});

/** The last line may be the torn one. */
function endWithNewline(path: string): string {
  if (!fs.readFileSync(path, "utf8").endsWith("\n")) fs.appendFileSync(path, "\n");
  return path;
}
