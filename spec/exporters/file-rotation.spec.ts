import * as fs from "node:fs";
import { join } from "node:path";
import { containedFaults, resetLog } from "../../lib/internal/index";
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

const lines: string[] = [];
beforeEach(() => resetLog((line) => lines.push(line)));
afterEach(() => {
  removeFolders();
  lines.length = 0;
});

/** Room for two lines of one small span each. */
const TWO_LINES = 900;

/** What the folder holds: span names by file. */
function readFolder(folder: string): Record<string, unknown> {
  const names = fs.readdirSync(folder).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return Object.fromEntries(names.map((name) => [name, readLines(join(folder, name)).flat()]));
}

describe("rotation", () => {
  it("numbers full files upwards, newest highest, and keeps maxFiles with the active one", () => {
    const folder = makeFolder();
    const exporter = new FileSpanExporter({ path: join(folder, "traces.jsonl"), maxBytes: TWO_LINES, maxFiles: 3 });
    for (let index = 0; index < 9; index++) {
      expect(exportBatch(exporter, makeSpan({ name: `s${index}` }))).toEqual({ code: 0 });
    }
    expect(readFolder(folder)).toEqual({
      "traces.3.jsonl": ["s4", "s5"],
      "traces.4.jsonl": ["s6", "s7"],
      "traces.jsonl": ["s8"],
    });
    expect(fs.statSync(join(folder, "traces.4.jsonl")).mode & 0o777).toBe(0o600);
  });

  it("goes on counting after a restart, past nine too", () => {
    const folder = makeFolder();
    const path = join(folder, "traces.jsonl");
    for (const number of [2, 9, 10]) fs.writeFileSync(join(folder, `traces.${number}.jsonl`), "");
    for (const name of ["a", "b", "c"]) {
      exportBatch(new FileSpanExporter({ path, maxBytes: TWO_LINES, maxFiles: 3 }), makeSpan({ name }));
    }
    expect(Object.keys(readFolder(folder))).toEqual(["traces.10.jsonl", "traces.11.jsonl", "traces.jsonl"]);
  });

  it("touches no file that is not its own", () => {
    const folder = makeFolder();
    const others = [
      "traces.a.jsonl",
      "traces.01.jsonl",
      "traces.1.json",
      "other.1.jsonl",
      "traces.1.2.jsonl",
      "traces..jsonl",
    ];
    for (const name of others) fs.writeFileSync(join(folder, name), "");
    const exporter = new FileSpanExporter({ path: join(folder, "traces.jsonl"), maxBytes: 1, maxFiles: 2 });
    for (let index = 0; index < 4; index++) exportBatch(exporter, makeSpan());
    expect(fs.readdirSync(folder).sort()).toEqual([...others, "traces.3.jsonl", "traces.jsonl"].sort());
  });

  it("works for a path without an extension", () => {
    const folder = makeFolder();
    const exporter = new FileSpanExporter({ path: join(folder, "traces"), maxBytes: 1 });
    for (const name of ["a", "b"]) exportBatch(exporter, makeSpan({ name }));
    expect(readFolder(folder)).toEqual({ "traces.1": ["a"], traces: ["b"] });
  });

  it("deletes the full file when one file is all that may be kept", () => {
    const folder = makeFolder();
    const exporter = new FileSpanExporter({ path: join(folder, "traces.jsonl"), maxBytes: TWO_LINES, maxFiles: 1 });
    for (const name of ["a", "b", "c"]) exportBatch(exporter, makeSpan({ name }));
    expect(readFolder(folder)).toEqual({ "traces.jsonl": ["c"] });
  });

  it("holds the limit within one batch, at line borders", () => {
    const folder = makeFolder();
    const maxBytes = 3_000;
    const exporter = new FileSpanExporter({ path: join(folder, "traces.jsonl"), maxBytes, maxFiles: 100 });
    const names = Array.from({ length: 40 }, (_, index) => `s${index}`);
    exportBatch(
      exporter,
      ...names.map((name, id) => makeSpan({ id: id + 1, name, attributes: { text: "é".repeat(50) } })),
    );
    const files = readFolder(folder);
    const rotated = Object.entries(files).filter(([name]) => name !== "traces.jsonl");
    expect([...rotated.flatMap(([, spans]) => spans), ...(files["traces.jsonl"] as string[])]).toEqual(names);
    for (const name of Object.keys(files)) expect(fs.statSync(join(folder, name)).size).toBeLessThanOrEqual(maxBytes);
    expect(rotated.length).toBeGreaterThan(2);
  });

  it("gives a span that is larger than the limit a file of its own", () => {
    const folder = makeFolder();
    const exporter = new FileSpanExporter({ path: join(folder, "traces.jsonl"), maxBytes: TWO_LINES });
    const large = makeSpan({ id: 2, name: "large", attributes: { text: "x".repeat(5_000) } });
    expect(exportBatch(exporter, makeSpan({ name: "a" }), large, makeSpan({ id: 3, name: "b" }))).toEqual({ code: 0 });
    expect(readFolder(folder)).toEqual({ "traces.1.jsonl": ["a"], "traces.2.jsonl": ["large"], "traces.jsonl": ["b"] });
  });

  it("counts what another process has written", () => {
    const folder = makeFolder();
    const path = join(folder, "traces.jsonl");
    const exporter = new FileSpanExporter({ path, maxBytes: TWO_LINES });
    exportBatch(exporter, makeSpan({ name: "a" }));
    exportBatch(new FileSpanExporter({ path }), makeSpan({ name: "other" }));
    exportBatch(exporter, makeSpan({ name: "b" }));
    expect(readFolder(folder)).toEqual({ "traces.1.jsonl": ["a", "other"], "traces.jsonl": ["b"] });
  });

  it("leaves a file alone that another process has rotated in the meantime", () => {
    const folder = makeFolder();
    const path = join(folder, "traces.jsonl");
    let other: (() => void) | undefined;
    const fileSystem = makeFileSystem({
      // Between our decision and our rename the other process rotates and writes.
      readdirSync: ((name: string) => {
        other?.();
        other = undefined;
        return fs.readdirSync(name);
      }) as typeof fs.readdirSync,
    });
    const exporter = new FileSpanExporter({ path, maxBytes: TWO_LINES }, fileSystem);
    for (const name of ["a", "b"]) exportBatch(exporter, makeSpan({ name }));
    other = () => exportBatch(new FileSpanExporter({ path, maxBytes: TWO_LINES }), makeSpan({ name: "other" }));
    exportBatch(exporter, makeSpan({ name: "c" }));
    expect(readFolder(folder)).toEqual({ "traces.1.jsonl": ["a", "b"], "traces.jsonl": ["other", "c"] });
  });

  it("takes the next number when another process has just taken one", () => {
    const folder = makeFolder();
    const path = join(folder, "traces.jsonl");
    const fileSystem = makeFileSystem({ readdirSync: () => [] });
    fs.writeFileSync(join(folder, "traces.1.jsonl"), '{"resourceSpans":[]}\n');
    const exporter = new FileSpanExporter({ path, maxBytes: 1 }, fileSystem);
    for (const name of ["a", "b"]) exportBatch(exporter, makeSpan({ name }));
    expect(readFolder(folder)).toEqual({ "traces.1.jsonl": [], "traces.2.jsonl": ["a"], "traces.jsonl": ["b"] });
  });

  it("writes on past the limit when it cannot rotate, says so once, and rotates once it can", () => {
    const folder = makeFolder();
    let isRefused = true;
    const renameSync = (from: fs.PathLike, to: fs.PathLike): void => {
      if (isRefused) throw systemError("EPERM");
      fs.renameSync(from, to);
    };
    const exporter = new FileSpanExporter(
      { path: join(folder, "traces.jsonl"), maxBytes: 1 },
      makeFileSystem({ renameSync }),
    );
    for (const name of ["a", "b", "c"]) expect(exportBatch(exporter, makeSpan({ name }))).toEqual({ code: 0 });
    expect(readFolder(folder)).toEqual({ "traces.jsonl": ["a", "b", "c"] });
    expect(lines).toEqual([expect.stringContaining("SPANDREL_FILE_ROTATION")]);
    expect(containedFaults()).toEqual({ SPANDREL_FILE_ROTATION: 2 });
    isRefused = false;
    exportBatch(exporter, makeSpan({ name: "d" }));
    expect(readFolder(folder)["traces.jsonl"]).toEqual(["d"]);
  });
});
