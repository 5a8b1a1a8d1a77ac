import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundleFile } from "../support/bundle.js";

type Counts = Record<string, Record<string, { plain: number; traced: number }>>;

describe("a failing call that nobody handles", () => {
  it("is reported as often as without tracing, and one that is handled is not", async () => {
    const program = await bundleFile(join(__dirname, "fixtures/rejections.ts"), { isWithoutPackages: true });
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    const majors = JSON.parse(stdout) as Counts;
    expect(Object.keys(majors)).toEqual(["openai 7", "openai 6"]);
    for (const counts of Object.values(majors)) {
      for (const [way, { plain, traced }] of Object.entries(counts)) {
        expect([way, traced]).toEqual([way, plain]);
        expect([way, plain > 0]).toEqual([way, !way.endsWith("handled")]);
      }
    }
  }, 30_000);
});
