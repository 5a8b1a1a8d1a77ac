import * as fs from "node:fs";
import { join } from "node:path";
import { makeSpan } from "../otlp/make-span";
import { exportBatch, FileSpanExporter, makeFileSystem, makeFolder, readLines, removeFolders } from "./trace-file";

afterEach(removeFolders);

describe("a file renamed while it is written", () => {
  it("keeps what it has; the next batch goes to a new file at the path", () => {
    const folder = makeFolder();
    const [path, moved] = [join(folder, "traces.jsonl"), join(folder, "moved.jsonl")];
    const exporter = new FileSpanExporter({ path });
    exportBatch(exporter, makeSpan({ name: "a" }));
    fs.renameSync(path, moved);
    expect(exportBatch(exporter, makeSpan({ name: "b" }))).toEqual({ code: 0 });
    expect([readLines(moved), readLines(path)]).toEqual([[["a"]], [["b"]]]);
  });

  it("is left for the one that took its place", () => {
    const folder = makeFolder();
    const path = join(folder, "traces.jsonl");
    const exporter = new FileSpanExporter({ path });
    exportBatch(exporter, makeSpan({ name: "a" }));
    fs.renameSync(path, join(folder, "old.jsonl"));
    fs.writeFileSync(path, "torn");
    exportBatch(exporter, makeSpan({ name: "b" }));
    expect(readLines(path)).toEqual(["it is not JSON", ["b"]]);
  });

  it("goes on at the start when it is truncated in place", () => {
    const path = join(makeFolder(), "traces.jsonl");
    const exporter = new FileSpanExporter({ path });
    exportBatch(exporter, makeSpan({ name: "a" }));
    fs.truncateSync(path, 0);
    exportBatch(exporter, makeSpan({ name: "b" }));
    expect(readLines(path)).toEqual([["b"]]);
  });

  it("leaks no descriptor", () => {
    const path = join(makeFolder(), "traces.jsonl");
    const open = new Set<number>();
    const exporter = new FileSpanExporter(
      { path },
      makeFileSystem({
        openSync: (...args) => {
          const descriptor = fs.openSync(...args);
          open.add(descriptor);
          return descriptor;
        },
        closeSync: (descriptor) => {
          fs.closeSync(descriptor);
          open.delete(descriptor);
        },
      }),
    );
    for (let round = 0; round < 5; round++) {
      exportBatch(exporter, makeSpan());
      fs.renameSync(path, `${path}.${round}`);
    }
    expect(open.size).toBe(1);
  });
});
