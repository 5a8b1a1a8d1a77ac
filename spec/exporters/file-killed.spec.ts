import { join } from "node:path";
import * as fs from "node:fs";
import { makeSpan } from "../otlp/make-span";
import { exportBatch, FileSpanExporter, makeFolder, readLines, removeFolders } from "./trace-file";
import { startWriter } from "./writer-process";

afterEach(removeFolders);

describe("a process killed while it writes", () => {
  it("has lost no batch that was acknowledged, and the next process starts on a fresh line", async () => {
    const path = join(makeFolder(), "traces.jsonl");
    for (const [round, after] of [3, 57, 211].entries()) {
      const writer = startWriter(path, `r${round}`, 1_000_000);
      await writer.ready;
      writer.go();
      await writer.reached(after);
      writer.child.kill("SIGKILL");
      await writer.ended;
      const size = fs.statSync(path).size;
      exportBatch(new FileSpanExporter({ path }), makeSpan({ name: `after ${round}` }));
      const lines = readLines(path);
      const names = new Set(lines.flatMap((line) => (typeof line === "string" ? [] : line)));
      const missing = writer.acknowledged.filter((batch) => !names.has(`r${round}.${batch}.2`));
      expect(missing).toEqual([]);
      expect(names.has(`after ${round}`)).toBe(true);
      expect(lines.filter((line) => typeof line === "string").length).toBeLessThanOrEqual(round + 1);
      expect(fs.statSync(path).size).toBeGreaterThan(size);
    }
  }, 60_000);
});
