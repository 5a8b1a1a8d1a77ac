import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { faultOfProof } from "../support/shown-by.js";

const DOCS = resolve(__dirname, "../../docs");
const SHOWN = /\[[\w-]+\]\(\.\.\/([^)]+)\): (.+?)(?=, \[|$)/g;

/** Rows of the feature table: the feature, ours, and what shows it. */
const rows = (readFileSync(join(DOCS, "instructor.md"), "utf8").split("## Beside others")[1] ?? "")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| feature"))
  .map((line) => {
    const cells = line.slice(2, -2).split(" | ");
    return { feature: cells[0] ?? "", ours: cells[5] ?? "", shown: [...(cells[6] ?? "").matchAll(SHOWN)] };
  });

describe("the feature table of docs/instructor.md", () => {
  it("has a row for each feature that was looked at", () => {
    expect(rows.length).toBeGreaterThanOrEqual(28);
  });

  it.each(rows)("is shown: $feature", ({ ours, shown }) => {
    expect(ours).not.toMatch(/^(?:p|–|)$/);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.map(([, file = "", title = ""]) => faultOfProof(file, title)).filter(Boolean)).toEqual([]);
  });
});
