import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { faultOfProof } from "./support/shown-by.js";

const ROOT = resolve(__dirname, "..");
const page = readFileSync(join(ROOT, "docs/comparison.md"), "utf8");
const references = [...page.matchAll(/`(spec\/[\w./-]+) › ([^`]+)`/g)].map(([, file = "", title = ""]) => ({
  file,
  title,
}));

describe("docs/comparison.md", () => {
  it("answers every row with a spec, or says that it has none", () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| |"));
    const unanswered = rows.filter((row) => !/` \|$|the same file, run again|\| – \|$/.test(row));
    expect(unanswered).toEqual([]);
    expect(rows.length).toBeGreaterThan(50);
  });

  it.each(references)("names a spec that exists: $file › $title", ({ file, title }) => {
    expect(faultOfProof(file, title)).toBeUndefined();
  });
});
