import * as fs from "node:fs";
import { join } from "node:path";
import { makeSpan } from "../otlp/make-span";
import { exportBatch, FileSpanExporter, makeFolder, readLines, removeFolders } from "./trace-file";

afterEach(removeFolders);

describe("a file deleted while it is written", () => {
  it("is created again", () => {
    const path = join(makeFolder(), "traces.jsonl");
    const exporter = new FileSpanExporter({ path });
    exportBatch(exporter, makeSpan({ name: "a" }));
    fs.unlinkSync(path);
    expect(exportBatch(exporter, makeSpan({ name: "b" }))).toEqual({ code: 0 });
    expect(readLines(path)).toEqual([["b"]]);
  });

  it("is created again with its folder", () => {
    const folder = makeFolder();
    const path = join(folder, "a/b/traces.jsonl");
    const exporter = new FileSpanExporter({ path });
    exportBatch(exporter, makeSpan({ name: "a" }));
    fs.rmSync(join(folder, "a"), { recursive: true });
    expect(exportBatch(exporter, makeSpan({ name: "b" }))).toEqual({ code: 0 });
    expect(readLines(path)).toEqual([["b"]]);
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
  });

  it("fails the batch while a file stands where its folder was, and recovers", () => {
    const folder = makeFolder();
    const path = join(folder, "a/traces.jsonl");
    const exporter = new FileSpanExporter({ path });
    exportBatch(exporter, makeSpan({ name: "a" }));
    fs.rmSync(join(folder, "a"), { recursive: true });
    fs.writeFileSync(join(folder, "a"), "");
    expect(exportBatch(exporter, makeSpan({ name: "b" }))).toMatchObject({ code: 1, error: { code: "ENOTDIR" } });
    fs.unlinkSync(join(folder, "a"));
    expect(exportBatch(exporter, makeSpan({ name: "c" }))).toEqual({ code: 0 });
    expect(readLines(path)).toEqual([["c"]]);
  });
});
