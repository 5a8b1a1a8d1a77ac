import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type LlmServer, startLlmServer } from "./support/llm-fixture-server.js";

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
  let server: LlmServer;
  beforeAll(async () => {
    server = await startLlmServer();
    server.answer("gpt-4o-mini", { text: ["It arrives ", "today."] });
    const person = (age: number) => ({
      toolCalls: [{ name: "Person", fragments: [JSON.stringify({ name: "Ada", age })] }],
    });
    server.answer("gpt-4o", person(1852), person(36));
    // Inside the tree, so that the examples find their packages; an ignored folder.
    mkdirSync(join(ROOT, "samples/out"), { recursive: true });
    folder = mkdtempSync(join(ROOT, "samples/out/readme-"));
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("has every ts block among the examples that are run", () => {
    expect(examples.length).toBeGreaterThanOrEqual(3);
    expect(readme.match(/```ts\n/g)).toHaveLength(examples.length);
  });

  it.each(examples)(
    "prints what it says: $file",
    async ({ file, code, output }) => {
      const path = join(folder, file);
      writeFileSync(path, code);
      const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", path], {
        cwd: folder,
        env: {
          PATH: process.env["PATH"],
          TSX_TSCONFIG_PATH: join(ROOT, "samples/tsconfig.json"),
          OPENAI_BASE_URL: server.url,
          OPENAI_API_KEY: "none",
        },
      });
      expect(withoutTimes(stdout)).toBe(output.trim());
      // One of them goes on trying to the end of its shutdown's time.
    },
    30_000,
  );

  it("shows the two commands", () => {
    expect(readme).toContain("npm install && npm start");
    expect(readme).toContain("npm install && npm test");
  });
});
