import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundleFile } from "../support/bundle.js";

describe("a rejection that nobody handles", () => {
  it("is reported once, as without tracing, and one that is handled is not", async () => {
    const program = await bundleFile(join(__dirname, "fixtures/rejections.ts"));
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    const ways = ["async", "promise", "subclass", "subclass, asked", "own method", "generator", "stream"];
    expect(JSON.parse(stdout)).toEqual({
      reported: Object.fromEntries(
        ways.flatMap((way) => [
          [`plain ${way}`, 1],
          [`traced ${way}`, 1],
        ]),
      ),
      // A promise subclass is handed back itself, and nobody asked it how it ended.
      failed: ["async", "generator", "handled", "own method", "promise", "stream", "subclass, asked"],
    });
  }, 30_000);
});
