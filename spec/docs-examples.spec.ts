import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startAnyModelServer } from "./support/any-model-server.js";

const ROOT = resolve(__dirname, "..");
const run = promisify(execFile);

const examples = ["docs/delivery.md", "docs/instruments.md", "docs/instructor.md"].flatMap((file) =>
  [...readFileSync(join(ROOT, file), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""], at) => ({
    file,
    at: at + 1,
    code,
  })),
);

/** What an example says that it prints: the comment behind each `console.log`, `then` between the lines. */
function promisedBy(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].flatMap(([, text = ""]) => text.split(", then "));
}

describe("the examples of the documents", () => {
  let folder = "";
  let server: Awaited<ReturnType<typeof startAnyModelServer>>;
  beforeAll(async () => {
    mkdirSync(join(ROOT, "samples/out"), { recursive: true });
    folder = mkdtempSync(join(ROOT, "samples/out/docs-"));
    server = await startAnyModelServer();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.close();
  });

  it.each(examples)("$file, example $at prints what it says, and not a word more", async ({ file, at, code }) => {
    // Examples are ES modules, as they wait at the top level.
    const path = join(folder, `${file.replaceAll(/\W/g, "-")}-${String(at)}.mts`);
    writeFileSync(path, code);
    const { stdout, stderr } = await run(process.execPath, ["--import", "tsx", path], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        TSX_TSCONFIG_PATH: join(ROOT, "samples/tsconfig.json"),
        OPENAI_API_KEY: "none",
        OPENAI_BASE_URL: server.url,
        ANTHROPIC_API_KEY: "none",
        SPANDREL_LOG_LEVEL: "error",
      },
    });
    expect({ lines: stdout.split("\n").filter(Boolean), stderr }).toEqual({ lines: promisedBy(code), stderr: "" });
  });
});
