import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "..");
const EXAMPLE = /<!-- run: ([\w.-]+) -->\n```ts\n([\s\S]*?)```\n\n<!-- output -->\n```\n([\s\S]*?)```/g;

/** Durations, bars and trace notes differ from run to run; the tree and what the programs print do not. */
function withoutTimes(output: string): string {
  const lines = output.split("\n").map((line) => line.replace(/\s{2,}[\d.]+ (µs|ms|s)\b.*$/, "").trimEnd());
  return lines.join("\n").trim();
}

const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const examples = [...readme.matchAll(EXAMPLE)].map(([, file = "", code = "", output = ""]) => ({ file, code, output }));

describe("README", () => {
  let folder = "";
  beforeAll(() => {
    // Inside the tree, so that the examples find their packages; an ignored folder.
    mkdirSync(join(ROOT, "samples/out"), { recursive: true });
    folder = mkdtempSync(join(ROOT, "samples/out/readme-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("has every ts block among the examples that are run", () => {
    expect(examples.length).toBeGreaterThanOrEqual(3);
    expect(readme.match(/```ts\n/g)).toHaveLength(examples.length);
  });

  it.each(examples)("prints what it says: $file", ({ file, code, output }) => {
    const path = join(folder, file);
    writeFileSync(path, code);
    const printed = execFileSync(process.execPath, ["--import", "tsx", path], {
      cwd: ROOT,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], TSX_TSCONFIG_PATH: join(ROOT, "samples/tsconfig.json") },
    });
    expect(withoutTimes(printed)).toBe(output.trim());
  });

  it("shows the two commands", () => {
    expect(readme).toContain("npm install && npm start");
    expect(readme).toContain("npm install && npm test");
  });
});
