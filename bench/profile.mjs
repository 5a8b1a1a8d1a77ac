// Prints where the time of one contender goes in one case: self time by function. Needs dist (npm run build).
//
//   node bench/profile.mjs spandrel b_async [--ms 3000] [--top 30] [--dist PATH]
import { Session } from "node:inspector/promises";
import { relative, resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { CASES } from "./lib/cases.mjs";
import { CONTENDERS } from "./lib/contenders.mjs";

const INTERVAL_MICROS = 200;
const WARMUP_MILLIS = 1_000;
const ROOT = resolve(import.meta.dirname, "..");

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ms: { type: "string", default: "3000" },
    top: { type: "string", default: "30" },
    dist: { type: "string", default: resolve(ROOT, "dist/esm") },
  },
});
const [contenderName = "spandrel", caseName = "b_async"] = positionals;
const { adapter, settings = {} } = CONTENDERS[contenderName];
const { run, chunk } = CASES[caseName];
process.env.NODE_ENV = "production";
const { create } = await import(`./contenders/${adapter}.mjs`);
const entry = pathToFileURL(resolve(options.dist, "index.js")).href;
const { service, flush } = await create({ ...settings, entry });

await runFor(WARMUP_MILLIS);
const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.setSamplingInterval", { interval: INTERVAL_MICROS });
await session.post("Profiler.start");
const operations = await runFor(Number(options.ms));
const { profile } = await session.post("Profiler.stop");
printSelfTimes(profile, operations);
process.exit(0);

async function runFor(millis) {
  let count = 0;
  for (const end = performance.now() + millis; performance.now() < end; count += chunk) {
    await run(service, chunk);
    await nextTurn();
  }
  await flush?.();
  return count;
}

function printSelfTimes({ nodes, samples, timeDeltas }, count) {
  const places = new Map(nodes.map((node) => [node.id, placeOf(node.callFrame)]));
  const selfMicros = new Map();
  let total = 0;
  samples.forEach((id, index) => {
    const place = places.get(id);
    selfMicros.set(place, (selfMicros.get(place) ?? 0) + timeDeltas[index]);
    total += timeDeltas[index];
  });
  console.log(`${contenderName} ${caseName}: ${count} operations, ${((total * 1000) / count).toFixed(0)} ns each`);
  const sorted = [...selfMicros].sort(([, a], [, b]) => b - a).slice(0, Number(options.top));
  for (const [place, micros] of sorted) {
    const share = `${((micros / total) * 100).toFixed(1)} %`.padStart(7);
    console.log(`${share} ${((micros * 1000) / count).toFixed(0).padStart(8)} ns  ${place}`);
  }
}

function placeOf({ functionName, url, lineNumber }) {
  const file = url.startsWith("file:") ? relative(ROOT, fileURLToPath(url)) : url;
  return `${functionName || "(anonymous)"}  ${file}${file === "" ? "" : `:${lineNumber + 1}`}`;
}
