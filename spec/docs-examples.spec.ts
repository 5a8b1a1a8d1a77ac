import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startAnyModelServer } from "./support/any-model-server.js";

const ROOT = resolve(__dirname, "..");
const run = promisify(execFile);
const TSX_IN_THREADS = join(ROOT, "spec/support/tsx-in-threads.mjs");

interface Example {
  readonly file: string;
  readonly at: number;
  readonly code: string;
}

const examples: readonly Example[] = [
  "docs/client.md",
  "docs/delivery.md",
  "docs/http.md",
  "docs/instruments.md",
  "docs/instructor.md",
  "docs/migrating-from-respan.md",
  "docs/propagation.md",
  "docs/span-buffer.md",
  "docs/testing.md",
  "docs/validation.md",
].flatMap((file) =>
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

/** The examples of one process each, as the start of one costs more than most examples: what leaves telemetry on is its last. */
const groups = examples.reduce<Example[][]>((found, example) => {
  const before = found.at(-1)?.at(-1);
  const isAlone = before === undefined || before.file !== example.file || leavesTelemetryOn(before);
  return isAlone ? [...found, [example]] : [...found.slice(0, -1), [...(found.at(-1) ?? []), example]];
}, []);

function leavesTelemetryOn({ code }: Example): boolean {
  return /(?:start|createTest)Telemetry\(/.test(code) && !code.includes("shutdown()");
}

interface Written {
  readonly stdout: string;
  readonly stderr: string;
}

const END = "--- the end of the example\n";

/** Runs examples one after the other, and gives what each of them wrote; the last also what ended them all. */
async function runAll(folder: string, group: readonly Example[], modelServer: string): Promise<Written[]> {
  // Examples are ES modules, as they wait at the top level.
  const fileOf = ({ file, at }: Example): string => `${file.replaceAll(/\W/g, "-")}-${String(at)}.mts`;
  for (const example of group) writeFileSync(join(folder, fileOf(example)), example.code);
  const end = JSON.stringify(END);
  const main = join(folder, `main-${fileOf(group[0]!)}`);
  const sayEnd = `process.stdout.write(${end}); process.stderr.write(${end});`;
  writeFileSync(main, group.map((example) => `await import("./${fileOf(example)}"); ${sayEnd}\n`).join(""));
  const { stdout, stderr } = await run(process.execPath, ["--import", "tsx", "--import", TSX_IN_THREADS, main], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      TSX_TSCONFIG_PATH: join(ROOT, "samples/tsconfig.json"),
      OPENAI_API_KEY: "none",
      OPENAI_BASE_URL: modelServer,
      ANTHROPIC_API_KEY: "none",
      SPANDREL_LOG_LEVEL: "error",
    },
  }).catch((error: unknown) => error as Written);
  const [out, err] = [stdout.split(END), stderr.split(END)];
  return group.map((_, at) => {
    if (out[at] === undefined) return { stdout: "", stderr: "an example before this one ended the process" };
    const isLast = at === group.length - 1;
    return isLast
      ? { stdout: out.slice(at).join(""), stderr: err.slice(at).join("") }
      : { stdout: out[at], stderr: err[at] ?? "" };
  });
}

describe("the examples of the documents", () => {
  let folder = "";
  let server: Awaited<ReturnType<typeof startAnyModelServer>>;
  const written = new Map<readonly Example[], Promise<Written[]>>();
  beforeAll(async () => {
    mkdirSync(join(ROOT, "samples/out"), { recursive: true });
    folder = mkdtempSync(join(ROOT, "samples/out/docs-"));
    server = await startAnyModelServer();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.close();
  });

  it.each(examples)("$file, example $at prints what it says, and not a word more", async (example) => {
    const group = groups.find((one) => one.some(({ file, at }) => file === example.file && at === example.at)) ?? [];
    const all = written.get(group) ?? runAll(folder, group, server.url);
    written.set(group, all);
    const place = group.findIndex(({ at }) => at === example.at);
    const { stdout, stderr } = (await all)[place] ?? { stdout: "", stderr: "not run" };
    expect({ lines: stdout.split("\n").filter(Boolean), stderr }).toEqual({
      lines: promisedBy(example.code),
      stderr: "",
    });
  });
});
