import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { basename, resolve } from "node:path";

const RESULTS = resolve(import.meta.dirname, "../results");

/** What figures depend on besides the code. Taken before the first of them is measured. */
export function describeConditions(nodeVersion = process.version) {
  const processors = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return {
    command: commandLine(),
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    node: nodeVersion,
    machine: `${processors.length} × ${processors[0]?.model.trim()}, ${gigabytes} GiB, ${type()} ${release()}`,
    loadAtStart: loadavg()[0],
    packages: Object.fromEntries(["api", "sdk-trace-node"].map((name) => [name, versionOf(name)])),
    commit: commit(),
  };
}

/** The command as another machine would run it: without a path of this one. */
/** Paths of this machine mean nothing elsewhere. */
const PATH_OPTIONS = { "--node": "NODE", "--contenders": "FOLDER" };

function commandLine() {
  const [, script, ...rest] = process.argv;
  const words = rest.map((word, index) => PATH_OPTIONS[rest[index - 1]] ?? word);
  return ["node", ...process.execArgv, `bench/${basename(script)}`, ...words].join(" ");
}

function versionOf(name) {
  const file = new URL(`../../node_modules/@opentelemetry/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).version;
}

function commit() {
  try {
    const options = { cwd: import.meta.dirname, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], options).trim();
  } catch {
    return "unknown";
  }
}

/** Writes `results/NAME.json`, from which `report.mjs` makes the tables of the documentation. */
export function writeResults(name, results) {
  mkdirSync(RESULTS, { recursive: true });
  const file = resolve(RESULTS, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return file;
}

export function readResults(name) {
  try {
    return JSON.parse(readFileSync(resolve(RESULTS, `${name}.json`), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** `v24.21.0` is `node24`. */
export function nodeLabel(version) {
  return `node${version.slice(1).split(".")[0]}`;
}
