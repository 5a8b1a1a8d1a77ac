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

/** A disk with this much room: writes are cut short at its end, then refused, as Linux does. */
function makeDisk(room: number): { fileSystem: ReturnType<typeof makeFileSystem>; free(bytes: number): void } {
  let left = room;
  const writeSync = (descriptor: number, bytes: Buffer, offset: number, length: number): number => {
    if (left === 0) throw systemError("ENOSPC");
    const count = fs.writeSync(descriptor, bytes, offset, Math.min(length, left));
    left -= count;
    return count;
  };
  return {
    fileSystem: makeFileSystem({ writeSync: writeSync as typeof fs.writeSync }),
    free: (bytes) => (left = bytes),
  };
}

describe("a full disk", () => {
  it("fails the batch with the error, and the next batch that fits starts on a fresh line", () => {
    const path = join(makeFolder(), "traces.jsonl");
    const disk = makeDisk(600);
    const exporter = new FileSpanExporter({ path }, disk.fileSystem);
    expect(exportBatch(exporter, makeSpan({ name: "a" }))).toEqual({ code: 0 });
    expect(exportBatch(exporter, makeSpan({ name: "torn" }))).toMatchObject({ code: 1, error: { code: "ENOSPC" } });
    expect(exportBatch(exporter, makeSpan({ name: "lost" }))).toMatchObject({ code: 1, error: { code: "ENOSPC" } });
    expect(fs.statSync(path).size).toBe(600);
    disk.free(10_000);
    expect(exportBatch(exporter, makeSpan({ name: "b" }))).toEqual({ code: 0 });
    expect(exportBatch(exporter, makeSpan({ name: "c" }))).toEqual({ code: 0 });
    expect(readLines(path)).toEqual([["a"], "it is not JSON", ["b"], ["c"]]);
  });

  it("tears at most one line wherever the room ends", () => {
    for (let room = 1; room < 900; room += 37) {
      const path = join(makeFolder(), "traces.jsonl");
      const disk = makeDisk(room);
      const exporter = new FileSpanExporter({ path }, disk.fileSystem);
      const written: string[] = [];
      for (const name of ["a", "b", "c"]) if (exportBatch(exporter, makeSpan({ name })).code === 0) written.push(name);
      disk.free(10_000);
      expect(exportBatch(exporter, makeSpan({ name: "after" }))).toEqual({ code: 0 });
      const lines = readLines(path);
      // A line that lacked nothing but its newline is whole after all.
      const torn = lines.filter((line) => line === "it is not JSON");
      expect(torn.length).toBeLessThanOrEqual(1);
      const whole = lines.flatMap((line) => (typeof line === "string" ? [] : line));
      expect(whole).toEqual(expect.arrayContaining([...written, "after"]));
    }
  });

  const hasFullDevice = fs.existsSync("/dev/full");
  (hasFullDevice ? it : it.skip)("is reported by the real operating system as well", () => {
    const exporter = new FileSpanExporter({ path: "/dev/full" });
    expect(exportBatch(exporter, makeSpan())).toMatchObject({ code: 1, error: { code: "ENOSPC" } });
    expect(exportBatch(exporter, makeSpan())).toMatchObject({ code: 1, error: { code: "ENOSPC" } });
  });

  it("fails the batch when a write takes nothing and says nothing", () => {
    const fileSystem = makeFileSystem({ writeSync: () => 0 });
    const exporter = new FileSpanExporter({ path: join(makeFolder(), "traces.jsonl") }, fileSystem);
    expect(exportBatch(exporter, makeSpan())).toMatchObject({ code: 1, error: expect.any(Error) });
  });
});

describe("a file that may not be written", () => {
  it("fails every batch and works once it may", () => {
    const path = join(makeFolder(), "traces.jsonl");
    let isReadOnly = true;
    const openSync = (...args: Parameters<typeof fs.openSync>): number => {
      if (isReadOnly && args[1] === "a+") throw systemError("EROFS");
      return fs.openSync(...args);
    };
    const exporter = new FileSpanExporter({ path }, makeFileSystem({ openSync }));
    expect(exportBatch(exporter, makeSpan())).toMatchObject({ code: 1, error: { code: "EROFS" } });
    isReadOnly = false;
    expect(exportBatch(exporter, makeSpan({ name: "a" }))).toEqual({ code: 0 });
    expect(readLines(path)).toEqual([["a"]]);
  });

  it("fails when the path is a folder", () => {
    const exporter = new FileSpanExporter({ path: makeFolder() });
    expect(exportBatch(exporter, makeSpan())).toMatchObject({ code: 1, error: { code: "EISDIR" } });
  });
});
