import * as fs from "node:fs";
import { join } from "node:path";
import { InvalidOptionError } from "../../lib/errors";
import { checkTracesData } from "../../lib/otlp/index";
import { makeSpan } from "../otlp/make-span";
import { exportBatch, FileSpanExporter, makeFileSystem, makeFolder, readLines, removeFolders } from "./trace-file";

afterEach(removeFolders);

describe("FileSpanExporter", () => {
  it("writes a batch as one line with one write call", () => {
    const path = join(makeFolder(), "traces.jsonl");
    const sizes: number[] = [];
    const fileSystem = makeFileSystem({
      writeSync: ((descriptor: number, bytes: Buffer, offset: number, length: number) => {
        sizes.push(length);
        return fs.writeSync(descriptor, bytes, offset, length);
      }) as typeof fs.writeSync,
    });
    const exporter = new FileSpanExporter({ path }, fileSystem);
    expect(exportBatch(exporter, makeSpan({ name: "a" }), makeSpan({ id: 2, name: "b" }))).toEqual({ code: 0 });
    expect(exportBatch(exporter, makeSpan({ name: "c" }))).toEqual({ code: 0 });
    expect(readLines(path)).toEqual([["a", "b"], ["c"]]);
    expect(sizes).toHaveLength(2);
    const [first] = fs.readFileSync(path, "utf8").split("\n");
    expect(checkTracesData(first!)).toEqual([]);
  });

  it("adds to what a file already holds", () => {
    const path = join(makeFolder(), "traces.jsonl");
    fs.writeFileSync(path, '{"resourceSpans":[]}\n');
    exportBatch(new FileSpanExporter({ path }), makeSpan({ name: "a" }));
    expect(readLines(path)).toEqual([[], ["a"]]);
  });

  it("creates the file with mode 0600 and its folders with 0700", () => {
    const folder = makeFolder();
    const path = join(folder, "deep/er/traces.jsonl");
    const umask = process.umask(0);
    try {
      exportBatch(new FileSpanExporter({ path }), makeSpan());
    } finally {
      process.umask(umask);
    }
    const modeOf = (name: string): string => (fs.statSync(join(folder, name)).mode & 0o777).toString(8);
    expect([modeOf("deep"), modeOf("deep/er"), modeOf("deep/er/traces.jsonl")]).toEqual(["700", "700", "600"]);
  });

  it("makes no file before there is a span to write", async () => {
    const path = join(makeFolder(), "traces.jsonl");
    const exporter = new FileSpanExporter({ path });
    expect(exportBatch(exporter)).toEqual({ code: 0 });
    await exporter.shutdown();
    expect(fs.existsSync(path)).toBe(false);
  });

  it("cuts a large batch into lines that readers take, still with one write call", () => {
    const path = join(makeFolder(), "traces.jsonl");
    let writes = 0;
    const fileSystem = makeFileSystem({
      writeSync: ((...args: [number, Buffer, number, number]) => {
        writes++;
        return fs.writeSync(...args);
      }) as typeof fs.writeSync,
    });
    const attributes = { text: "é".repeat(900_000) };
    const spans = ["a", "b", "c", "d", "e"].map((name, id) => makeSpan({ id: id + 1, name, attributes }));
    expect(exportBatch(new FileSpanExporter({ path }, fileSystem), ...spans)).toEqual({ code: 0 });
    expect(readLines(path)).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    expect(writes).toBe(1);
  });

  it("tells how many spans could not be encoded, and writes the others", () => {
    const path = join(makeFolder(), "traces.jsonl");
    const poison = makeSpan({ traceId: "none" });
    expect(exportBatch(new FileSpanExporter({ path }), makeSpan({ name: "a" }), poison)).toEqual({
      code: 0,
      rejected: 1,
    });
    expect(exportBatch(new FileSpanExporter({ path }), poison)).toEqual({ code: 0, rejected: 1 });
    expect(readLines(path)).toEqual([["a"]]);
  });

  it("writes whole lines when a getter of a span that is being read exports another", () => {
    const path = join(makeFolder(), "traces.jsonl");
    const exporter = new FileSpanExporter({ path });
    const inner = makeSpan({ name: "inner" });
    const outer = makeSpan({ name: "outer" });
    Object.defineProperty(outer, "name", {
      get: () => {
        exportBatch(exporter, inner);
        return "outer";
      },
    });
    const large = makeSpan({ name: "large", attributes: { text: "x".repeat(2 * 1024 * 1024) } });
    exportBatch(exporter, large, outer);
    expect(readLines(path).flat()).toEqual(["inner", "inner", "large", "outer"]);
  });

  it("keeps to its path when the process changes its folder", () => {
    const [folder, other] = [makeFolder(), makeFolder()];
    const before = process.cwd();
    try {
      process.chdir(folder);
      const exporter = new FileSpanExporter({ path: "traces.jsonl" });
      process.chdir(other);
      exportBatch(exporter, makeSpan({ name: "a" }));
    } finally {
      process.chdir(before);
    }
    expect(readLines(join(folder, "traces.jsonl"))).toEqual([["a"]]);
  });

  it("fails exports after shutdown and leaves the file alone", async () => {
    const path = join(makeFolder(), "traces.jsonl");
    const exporter = new FileSpanExporter({ path });
    exportBatch(exporter, makeSpan({ name: "a" }));
    await exporter.forceFlush();
    await exporter.shutdown();
    await exporter.shutdown();
    expect(exportBatch(exporter, makeSpan({ name: "b" }))).toMatchObject({ code: 1, error: expect.any(Error) });
    expect(readLines(path)).toEqual([["a"]]);
  });

  it("syncs every batch to the disk when asked to, otherwise only at shutdown", async () => {
    for (const [fsync, expected] of [
      [true, [1, 2, 3]],
      [false, [0, 0, 1]],
    ] as const) {
      let syncs = 0;
      const fileSystem = makeFileSystem({ fdatasyncSync: () => (syncs += 1) });
      const exporter = new FileSpanExporter({ path: join(makeFolder(), "traces.jsonl"), fsync }, fileSystem);
      const seen: number[] = [];
      exportBatch(exporter, makeSpan());
      seen.push(syncs);
      exportBatch(exporter, makeSpan());
      seen.push(syncs);
      await exporter.shutdown();
      expect([...seen, syncs]).toEqual(expected);
    }
  });

  it("counts a batch as failed when it cannot be synced", () => {
    const error = new Error("EIO");
    const fileSystem = makeFileSystem({
      fdatasyncSync: () => {
        throw error;
      },
    });
    const exporter = new FileSpanExporter({ path: join(makeFolder(), "traces.jsonl"), fsync: true }, fileSystem);
    expect(exportBatch(exporter, makeSpan())).toEqual({ code: 1, error });
  });

  it.each([
    ["FileSpanExporter", undefined],
    ["FileSpanExporter.path", {}],
    ["FileSpanExporter.path", { path: "" }],
    ["FileSpanExporter.path", { path: "a\0b" }],
    ["FileSpanExporter.maxBytes", { path: "t", maxBytes: 0 }],
    ["FileSpanExporter.maxBytes", { path: "t", maxBytes: "1" }],
    ["FileSpanExporter.maxFiles", { path: "t", maxFiles: 1.5 }],
    ["FileSpanExporter.maxFiles", { path: "t", maxFiles: NaN }],
    ["FileSpanExporter.fsync", { path: "t", fsync: "yes" }],
  ])("throws InvalidOptionError for %s at construction: %j", (option, options) => {
    const construct = (): unknown => new FileSpanExporter(options as never);
    expect(construct).toThrow(InvalidOptionError);
    expect(construct).toThrow(expect.objectContaining({ option }));
  });
});
