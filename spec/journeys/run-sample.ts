import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(__dirname, "../..");
const run = promisify(execFile);

export interface SampleRun {
  readonly stdout: string;
  readonly stderr: string;
  /** The fresh folder that the sample wrote into. */
  readonly out: string;
  removeOut(): void;
}

export interface SampleOptions {
  /** Modules that are loaded before it. */
  readonly imports?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The folder that an earlier run wrote into. */
  readonly out?: string;
  /** What it is compiled with. Default: what all samples are. */
  readonly tsconfig?: string;
}

/**
 * Runs a sample as its user does, `node --import tsx samples/NAME/main.ts` from the root, in a process of its own. Only
 * its output folder is another, and `spandrel` means the sources, so that no spec depends on a build. Rejects when the
 * sample's exit code is not 0.
 */
export async function runSample(name: string, options: SampleOptions = {}): Promise<SampleRun> {
  const { imports = [], env = {}, out = mkdtempSync(join(tmpdir(), `spandrel-${name}-`)) } = options;
  const { tsconfig = "samples/tsconfig.json" } = options;
  const flags = ["tsx", ...imports].flatMap((module) => ["--import", module]);
  const { stdout, stderr } = await run(process.execPath, [...flags, `samples/${name}/main.ts`], {
    cwd: ROOT,
    env: { ...cleanEnvironment(), ...env, SAMPLE_OUT: out, TSX_TSCONFIG_PATH: join(ROOT, tsconfig) },
    timeout: 30_000,
  });
  return { stdout, stderr, out, removeOut: () => rmSync(out, { recursive: true, force: true }) };
}

/** What is set in the shell of whoever runs the specs must not change what a sample does. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter(
    (name) => !/^(ANTHROPIC|OPENAI|OTEL|RESPAN|SPANDREL|TRACELOOP|NODE)_/.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}
