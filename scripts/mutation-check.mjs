// Plants one fault after another and fails for each that the named specs do not notice. The faults are data:
// spec/mutations/<area>.mjs exports `faults`, a list of
//   { name, file, find, replace, specs, project? }
// `find` is text that occurs once in `file`, `specs` are files or folders below spec/, `project` is "stage3" (default) or "legacy".
// The tree is never changed: a transform replaces the text while jest compiles the file.
// `--only TEXT` plants the faults whose area or name contains it; `--who` says which specs noticed each; `--part K/N` plants
// every N-th fault, from the K-th on (0 is the first), for who has not the time for all.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { Checklist } from "./support/checklist.mjs";

const require = createRequire(import.meta.url);
const JEST = require.resolve("jest/bin/jest");
const FAULTS = resolve("spec/mutations");
const AT_ONCE = 2;
/** A fault may make a spec hang for ever: a run that takes this much longer than the healthy one has noticed it. */
const HANG_FACTOR = 5;
const MIN_TIMEOUT_MILLIS = 60_000;
/** What waits for the garbage collector is not seen in every run. */
const ATTEMPTS = 3;

const {
  only = "",
  part = "0/1",
  who: isWho,
} = parseArgs({
  options: { only: { type: "string" }, part: { type: "string" }, who: { type: "boolean", default: false } },
}).values;
const [first, step] = part.split("/").map(Number);
if (!(Number.isInteger(first) && first >= 0 && first < step))
  throw new Error(`--part is K/N with K below N, not ${part}`);
const projects = require(resolve("jest.config.js")).projects.map((project) => ({
  ...project,
  rootDir: process.cwd(),
  transform: Object.fromEntries(
    Object.entries(project.transform).map(([pattern, [, options]]) => [
      pattern,
      [resolve("scripts/support/fault-transform.cjs"), options],
    ]),
  ),
}));

/** Runs the specs with a fault (or none) and returns jest's report. */
function runSpecs(specs, project, fault, timeoutMillis) {
  const config = JSON.stringify({
    rootDir: process.cwd(),
    projects: projects.filter((one) => one.displayName === project),
  });
  const args = [JEST, "--config", config, "--json", "--silent", "--runInBand", "--forceExit", "--runTestsByPath"];
  const env = { ...process.env, NODE_ENV: "test" };
  if (fault !== undefined) env.SPANDREL_FAULT = JSON.stringify(fault);
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [...args, ...specFiles(specs)], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
      // A synchronous loop stops jest's own timeouts as well.
      timeout: timeoutMillis,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("error", fail);
    child.on("close", (_code, signal) => {
      if (signal !== null) return done({ isHung: true });
      try {
        done(JSON.parse(stdout.slice(stdout.indexOf("{"))));
      } catch {
        fail(new Error(`jest gave no report:\n${stderr.slice(0, 2000)}`));
      }
    });
  });
}

function specFiles(specs) {
  return specs.flatMap((spec) => {
    const path = join("spec", spec);
    if (!statSync(path).isDirectory()) return path;
    const below = readdirSync(path, { recursive: true, encoding: "utf8" });
    return below.filter((file) => file.endsWith(".spec.ts")).map((file) => join(path, file));
  });
}

function checkShape({ file, find, specs }, project) {
  if (!existsSync(file)) throw new Error(`${file} is not there`);
  const count = readFileSync(file, "utf8").split(find).length - 1;
  if (count !== 1) throw new Error(`"${find}" occurs ${count} times in ${file}, must be once`);
  if (specFiles(specs).length === 0) throw new Error(`no spec is below ${specs.join(", ")}`);
  if (!projects.some((one) => one.displayName === project)) throw new Error(`no jest project "${project}"`);
}

async function plantFault(fault) {
  const { project = "stage3", specs } = fault;
  checkShape(fault, project);
  const { healthy, millis } = await baseline(specs, project);
  const passing = passedTests(healthy);
  if (passing.size === 0) throw new Error(`no test passes without the fault in ${specs.join(", ")}`);
  let report;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    report = await runSpecs(specs, project, fault, Math.max(MIN_TIMEOUT_MILLIS, Math.ceil(HANG_FACTOR * millis)));
    const noticed = report.isHung ? ["a hang"] : [...failedTests(report)].filter((test) => passing.has(test));
    if (noticed.length === 0) continue;
    if (attempt > 1) console.log(`${fault.name}: noticed at run ${attempt} only`);
    if (isWho) console.log(`noticed by ${[...new Set(noticed.map((test) => test.split(": ")[0]))].join(", ")}`);
    return;
  }
  const texts = report.testResults.map((result) => result.message).join("\n");
  if (report.numRuntimeErrorTestSuites > 0) {
    throw new Error(`the fault stops the specs from loading, so it proves nothing:\n${texts.slice(0, 800)}`);
  }
  throw new Error(`SURVIVED in ${fault.file}: ${fault.find}  ->  ${fault.replace}`);
}

const testsOf = (report, status) =>
  new Set(
    (report.testResults ?? []).flatMap(({ name, assertionResults }) =>
      assertionResults.filter((test) => test.status === status).map((test) => `${name}: ${test.fullName}`),
    ),
  );
const passedTests = (report) => testsOf(report, "passed");
const failedTests = (report) => testsOf(report, "failed");

const baselines = new Map();
function baseline(specs, project) {
  const key = [project, ...specs].join(" ");
  if (!baselines.has(key)) baselines.set(key, measureBaseline(specs, project));
  return baselines.get(key);
}

async function measureBaseline(specs, project) {
  const start = performance.now();
  const healthy = await runSpecs(specs, project);
  return { healthy, millis: performance.now() - start };
}

const planned = [];
for (const file of readdirSync(FAULTS).sort()) {
  const area = file.replace(/\.mjs$/, "");
  const { faults } = await import(join(FAULTS, file));
  for (const fault of faults) if (`${area}: ${fault.name}`.includes(only)) planned.push({ area, fault });
}
const queue = planned.filter((_, at) => at % step === first);

const checklist = new Checklist();
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { area, fault } = next;
      await checklist.check(`${area}: ${fault.name}`, () => plantFault(fault));
    }
  }),
);
checklist.finish();
