import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundleFile } from "../support/bundle.js";

const run = promisify(execFile);

describe("100,000 streams that are forgotten", () => {
  it("are ended abandoned, once each where they were pulled, and leave no memory behind", async () => {
    const program = await bundleFile(join(__dirname, "fixtures/abandoned.ts"));
    const { stdout, stderr } = await run(process.execPath, ["--expose-gc", program]);
    expect(stderr).toBe("");
    const { grownMegabytes, ...counts } = JSON.parse(stdout) as { grownMegabytes: number };
    expect(counts).toEqual({
      ended: 75_000,
      repeated: 0,
      outcomes: { "sync abandoned 1": 25_000, "async abandoned 1": 25_000, "iterable abandoned 1": 25_000 },
    });
    expect(grownMegabytes).toBeLessThan(5);
  }, 60_000);
});
