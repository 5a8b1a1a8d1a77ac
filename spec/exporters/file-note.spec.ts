import * as fs from "node:fs";
import { join } from "node:path";
import { containedFaults, resetLog } from "../../lib/internal/index";
import { checkTracesData } from "../../lib/otlp/index";
import { makeSpan } from "../otlp/make-span";
import { exportBatch, FileSpanExporter, makeFileSystem, makeFolder, readLines, removeFolders } from "./trace-file";

beforeEach(() => resetLog(() => {}));
afterEach(removeFolders);

const RESOURCE = { attributes: { "service.name": "desk" } };
const FACTS = { "spandrel.ledger": '[{"name":"default"}]', count: 2 };

function lastLine(path: string): string {
  return fs.readFileSync(path, "utf8").split("\n").at(-2) ?? "";
}

describe("a note in a trace file", () => {
  it("is a line of strict OTLP with the facts beside the resource of the spans, and no span", () => {
    const path = join(makeFolder(), "traces.jsonl");
    const exporter = new FileSpanExporter({ path });
    exportBatch(exporter, makeSpan({ name: "a", resource: RESOURCE }));
    exportBatch(exporter);
    exporter.note(FACTS);
    expect(readLines(path)).toEqual([["a"], []]);
    expect(JSON.parse(lastLine(path))).toEqual({
      resourceSpans: [
        {
          resource: {
            attributes: [
              { key: "service.name", value: { stringValue: "desk" } },
              { key: "spandrel.ledger", value: { stringValue: '[{"name":"default"}]' } },
              { key: "count", value: { intValue: "2" } },
            ],
          },
          scopeSpans: [],
        },
      ],
    });
    expect(checkTracesData(lastLine(path))).toEqual([]);
  });

  it("is not written where there were no spans, nor after a shutdown", async () => {
    const path = join(makeFolder(), "traces.jsonl");
    const exporter = new FileSpanExporter({ path });
    exporter.note(FACTS);
    expect(fs.existsSync(path)).toBe(false);
    exportBatch(exporter, makeSpan({ name: "a" }));
    await exporter.shutdown();
    exporter.note(FACTS);
    expect(readLines(path)).toEqual([["a"]]);
  });

  it("that the disk does not take is contained", () => {
    const path = join(makeFolder(), "traces.jsonl");
    let isFull = false;
    const fileSystem = makeFileSystem({
      writeSync: ((descriptor: number, bytes: Buffer, offset: number, length: number) => {
        if (isFull) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
        return fs.writeSync(descriptor, bytes, offset, length);
      }) as typeof fs.writeSync,
    });
    const exporter = new FileSpanExporter({ path }, fileSystem);
    exportBatch(exporter, makeSpan({ name: "a" }));
    isFull = true;
    exporter.note(FACTS);
    expect(containedFaults()).toMatchObject({ SPANDREL_FILE_NOTE: 1 });
    expect(readLines(path)).toEqual([["a"]]);
  });
});
