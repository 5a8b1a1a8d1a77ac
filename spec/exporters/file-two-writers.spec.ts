import * as fs from "node:fs";
import { join } from "node:path";
import { makeFolder, readLines, removeFolders } from "./trace-file";
import { startWriter } from "./writer-process";

afterEach(removeFolders);

const BATCHES = 400;

/** Runs three processes on one path at once; returns the span names of every line of every file. */
async function writeTogether(maxBytes?: number): Promise<{ lines: (string | string[])[]; files: string[] }> {
  const folder = makeFolder();
  const path = join(folder, "traces.jsonl");
  const writers = ["a", "b", "c"].map((name) => startWriter(path, name, BATCHES, maxBytes));
  await Promise.all(writers.map(({ ready }) => ready));
  writers.forEach((writer) => writer.go());
  await Promise.all(writers.map(({ ended }) => ended));
  expect(writers.map(({ acknowledged }) => acknowledged.length)).toEqual([BATCHES, BATCHES, BATCHES]);
  const files = fs.readdirSync(folder);
  return {
    files,
    lines: files.flatMap((file) => (fs.statSync(join(folder, file)).size === 0 ? [] : readLines(join(folder, file)))),
  };
}

function expectedNames(): string[] {
  const names: string[] = [];
  for (const writer of ["a", "b", "c"]) {
    for (let batch = 0; batch < BATCHES; batch++)
      for (const part of [0, 1, 2]) names.push(`${writer}.${batch}.${part}`);
  }
  return names.sort();
}

describe("several processes that write one file", () => {
  it("interleave at line borders only and lose nothing", async () => {
    const { lines, files } = await writeTogether();
    expect(files).toEqual(["traces.jsonl"]);
    expect(lines.filter((line) => typeof line === "string")).toEqual([]);
    expect(lines).toHaveLength(3 * BATCHES);
    expect(lines.flat().sort()).toEqual(expectedNames());
  }, 60_000);

  it("lose nothing while each of them rotates it", async () => {
    const { lines, files } = await writeTogether(100_000);
    expect(files.length).toBeGreaterThan(10);
    // Opening a file in the middle of another's write may look torn: an empty line is all that may come of it.
    expect(lines.filter((line) => typeof line === "string" && line !== "")).toEqual([]);
    expect(
      lines
        .flat()
        .filter((name) => name !== "")
        .sort(),
    ).toEqual(expectedNames());
  }, 60_000);
});
