import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { bundleFile } from "../support/bundle.js";

const ROOT = resolve(__dirname, "../..");
const run = promisify(execFile);

interface Exported {
  readonly name: string;
  readonly scope: string;
  readonly id: string;
  readonly trace: string;
  readonly parent?: string;
  readonly status: number;
  readonly inputTokens?: number;
}

interface Report {
  readonly spans: readonly Exported[];
  readonly answers: readonly string[];
  readonly duplicates: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
}

/** A folder with openai 6 as its `openai`, to be run in. */
let folder: string;
let program: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "spandrel-guard-"));
  mkdirSync(join(folder, "node_modules"));
  const isCode = (path: string): boolean => !/\.(map|ts|mts)$|\/src(\/|$)/.test(path);
  cpSync(join(ROOT, "node_modules/openai-6"), join(folder, "node_modules/openai"), { recursive: true, filter: isCode });
  program = await bundleFile(join(__dirname, "fixtures/two-tracers.ts"), { isWithoutPackages: true });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function runTwoTracers(vendor: string, order: string): Promise<Report & { stderr: string }> {
  const { stdout, stderr } = await run(process.execPath, [program], {
    cwd: folder,
    env: { PATH: process.env["PATH"], VENDOR: vendor, ORDER: order },
    timeout: 60_000,
  });
  return { ...(JSON.parse(stdout) as Report), stderr };
}

/** Each span with its ancestors, outermost first. */
function paths(spans: readonly Exported[]): string[] {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const path = (span: Exported): string => {
    if (span.parent === undefined) return span.name;
    const parent = byId.get(span.parent);
    const isSameTrace = parent?.trace === span.trace;
    return `${parent === undefined || !isSameTrace ? "ORPHAN" : path(parent)} > ${span.name}`;
  };
  return spans.map(path).sort();
}

const VENDORS = [
  "@opentelemetry/instrumentation-openai",
  "@traceloop/instrumentation-openai",
  "@arizeai/openinference-instrumentation-openai",
];

describe.each(VENDORS)("%s beside Spandrel", (vendor) => {
  it.each(["vendor first", "vendor last", "by hand", "own provider"])(
    "%s: each call is one chat span, ours; its children are attached to it, and one line says who doubled",
    async (order) => {
      const { spans, answers, duplicates, faults, stderr } = await runTwoTracers(vendor, order);
      expect(answers).toEqual(["Blue sky 😀 🇨🇭.", "Blue sky 😀 🇨🇭."]);
      expect(paths(spans)).toEqual([
        "create",
        "create > chat text",
        "create > chat text > request",
        "create > chat text > request > sign",
        "stream",
        "stream > chat text",
        "stream > chat text > request",
        "stream > chat text > request > sign",
      ]);
      expect(spans.filter(({ name }) => name === "chat text").map(({ scope }) => scope)).toEqual([
        "spandrel",
        "spandrel",
      ]);
      expect(duplicates).toEqual({ [vendor]: 2 });
      expect(faults).toEqual({});
      const warnings = stderr.split("\n").filter((line) => line.includes("SPANDREL_TRACED_TWICE"));
      expect(stderr).toContain(`SPANDREL_KNOWN_BAD_PAIRING: ${vendor} `);
      expect(warnings).toEqual([expect.stringContaining(`: ${vendor} traces calls that Spandrel traces too; `)]);
    },
  );
});
