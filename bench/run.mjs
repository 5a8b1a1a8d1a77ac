// Measures what tracing costs a call, beside hand-written OpenTelemetry. Needs dist (npm run build). See README.md.
//
//   node bench/run.mjs [--rounds 9] [--ms 200] [--cases a_sync,b_async] [--only hand,spandrel] [--node PATH] [--other PATH]
import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { loadavg } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { CASES } from "./lib/cases.mjs";
import { CONTENDERS, contendersOfBuild } from "./lib/contenders.mjs";
import { describeConditions, nodeLabel, writeResults } from "./lib/machine.mjs";
import { summarize } from "./lib/statistics.mjs";

const START_TIMEOUT_MILLIS = 60_000;
const FIRST_WARMUP_MILLIS = 400;
const WARMUP_MILLIS = 60;

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    ms: { type: "string", default: "200" },
    cases: { type: "string" },
    only: { type: "string" },
    /** Another Node.js binary for the contenders. */
    node: { type: "string", default: process.execPath },
    /** Another build's folder (its dist/esm), whose contenders run in the same rounds as `other`, `other-content`, … */
    other: { type: "string" },
    /** Base name of the file in results/; by default calls-nodeNN. */
    out: { type: "string" },
  },
});
const rounds = Number(options.rounds);
const millis = Number(options.ms);
const known = { ...CONTENDERS, ...(options.other === undefined ? {} : contendersOfBuild("other")) };
const caseNames = pick(options.cases, Object.keys(CASES), "case");
const contenderNames = pick(options.only, Object.keys(known), "contender");
const entries = { spandrel: entryOf(resolve(import.meta.dirname, "../dist/esm")), other: entryOf(options.other) };

const workers = new Map();
try {
  for (const name of contenderNames) workers.set(name, await startWorker(known[name]));
  await measureAll();
} finally {
  for (const worker of workers.values()) worker.process.kill();
}

async function measureAll() {
  const node = workers.values().next().value.node;
  const conditions = describeConditions(node);
  const results = { kind: "calls", ...conditions, rounds, millis, cases: [] };
  for (const caseName of caseNames) {
    const names = contenderNames.filter((name) => known[name].cases.includes(caseName));
    const verified = {};
    for (const name of names) verified[name] = await verify(name, caseName);
    const measured = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? names : names.toReversed();
      for (const name of order) measured[name].push(await measure(name, caseName, round));
    }
    const rows = names.map((name) => compare(name, measured, verified[name]));
    results.cases.push({ name: caseName, title: CASES[caseName].title, rows });
    printCase(caseName, rows);
  }
  results.loadAtEnd = loadavg()[0];
  const file = writeResults(options.out ?? `calls-${nodeLabel(node)}`, results);
  console.log(`\nload average ${conditions.loadAtStart.toFixed(1)} to ${results.loadAtEnd.toFixed(1)}; ${file}`);
}

async function verify(name, caseName) {
  const answer = await workers.get(name).ask({ case: caseName, verify: true });
  if (answer.isRight !== true) throw new Error(`${name} does not answer ${caseName} as the plain service does`);
  return answer;
}

function measure(name, caseName, round) {
  const warmupMillis = round === 0 ? FIRST_WARMUP_MILLIS : WARMUP_MILLIS;
  return workers.get(name).ask({ case: caseName, millis, warmupMillis });
}

/** Overhead is what a round took beyond `bare`, ratio is overhead over the baseline's; both of the same round. */
function compare(name, measured, { lastSpan }) {
  const { baseline, group } = known[name];
  const overhead = (who, column) =>
    measured[who].map((round, index) => round[column] - (measured.bare?.[index][column] ?? 0));
  const ratio = (column) => {
    if (baseline === undefined || measured[baseline] === undefined) return undefined;
    const base = overhead(baseline, column);
    return summarize(overhead(name, column).map((value, index) => value / base[index]));
  };
  return {
    name,
    group,
    baseline,
    callNanos: summarize(measured[name].map((round) => round.callNanos)),
    fastestNanos: Math.min(...measured[name].map((round) => round.fastestNanos)),
    callOverhead: summarize(overhead(name, "callNanos")),
    callRatio: ratio("callNanos"),
    cpuOverhead: summarize(overhead(name, "cpuNanos")),
    cpuRatio: ratio("cpuNanos"),
    spansPerOperation: summarize(measured[name].map((round) => round.spansPerOperation)).median,
    attributesPerSpan: lastSpan?.attributes.length,
    rounds: measured[name],
  };
}

function printCase(caseName, rows) {
  console.log(`\n${caseName}: ${CASES[caseName].title}. Nanoseconds per operation beyond bare; ratio to baseline.`);
  console.table(
    Object.fromEntries(
      rows.map((row) => [
        row.name,
        {
          call: Math.round(row.callOverhead.median),
          "call ratio": formatRatio(row.callRatio),
          CPU: Math.round(row.cpuOverhead.median),
          "CPU ratio": formatRatio(row.cpuRatio),
          "fastest chunk": Math.round(row.fastestNanos),
          "spans/op": row.spansPerOperation,
          attributes: row.attributesPerSpan ?? 0,
        },
      ]),
    ),
  );
}

function formatRatio(ratio) {
  if (ratio === undefined) return "";
  return `${ratio.median.toFixed(2)} (${ratio.lower.toFixed(2)} to ${ratio.upper.toFixed(2)})`;
}

/** Starts a contender's process; throws with what it wrote when it does not come up. */
async function startWorker({ adapter, settings = {}, build = "spandrel" }) {
  const argument = JSON.stringify({ adapter, settings: { ...settings, entry: entries[build] } });
  const child = fork(resolve(import.meta.dirname, "lib/worker.mjs"), [argument], {
    execPath: options.node,
    execArgv: ["--expose-gc"],
    env: workerEnvironment(),
  });
  const waiting = new Map();
  const failAll = (error) => {
    for (const { reject } of waiting.values()) reject(error);
  };
  let nextId = 0;
  const node = await new Promise((resolveReady, reject) => {
    const timer = setTimeout(() => reject(new Error(`${adapter} does not start`)), START_TIMEOUT_MILLIS);
    child.once("exit", (code) => {
      const error = new Error(`${adapter} ended with code ${code}`);
      reject(error);
      failAll(error);
    });
    child.on("message", ({ isReady, node: version, id, error, ...answer }) => {
      clearTimeout(timer);
      if (isReady) return resolveReady(version);
      const { resolve: settle, reject: fail } = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) settle(answer);
      else fail(new Error(`${adapter}: ${error}`));
    });
  });
  const ask = (request) =>
    new Promise((settle, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve: settle, reject });
      child.send({ id, ...request });
    });
  return { process: child, node, ask };
}

/** Variables that would configure an SDK or Spandrel are kept from the contenders. */
function workerEnvironment() {
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(OTEL_|SPANDREL_|RESPAN_|TRACELOOP_|NODE_)/.test(key),
  );
  return { ...Object.fromEntries(inherited), NODE_ENV: "production" };
}

function entryOf(folder) {
  if (folder === undefined) return undefined;
  const file = resolve(folder, "index.js");
  if (!existsSync(file)) throw new Error(`${file} is missing: run "npm run build" first`);
  return pathToFileURL(file).href;
}

function pick(list, all, what) {
  if (list === undefined) return all;
  const chosen = list.split(",");
  const unknown = chosen.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`there is no ${what} ${unknown.join(", ")}; there are ${all.join(", ")}`);
  return chosen;
}
