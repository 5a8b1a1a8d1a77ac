import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(__dirname, "..");
const run = promisify(execFile);

const examples = ["docs/instruments.md"].flatMap((file) =>
  [...readFileSync(join(ROOT, file), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""], at) => ({
    file,
    at: at + 1,
    code,
  })),
);

describe("the examples of the documents", () => {
  let folder = "";
  beforeAll(() => {
    mkdirSync(join(ROOT, "samples/out"), { recursive: true });
    folder = mkdtempSync(join(ROOT, "samples/out/docs-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(examples)("$file, example $at runs as it stands, without a word", async ({ at, code }) => {
    const path = join(folder, `example-${String(at)}.ts`);
    writeFileSync(path, code);
    const { stdout, stderr } = await run(process.execPath, ["--import", "tsx", path], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        TSX_TSCONFIG_PATH: join(ROOT, "samples/tsconfig.json"),
        OPENAI_API_KEY: "none",
        ANTHROPIC_API_KEY: "none",
        SPANDREL_LOG_LEVEL: "error",
      },
    });
    expect({ stdout, stderr }).toEqual({ stdout: "", stderr: "" });
  });
});
