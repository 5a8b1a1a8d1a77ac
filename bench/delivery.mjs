// Measures what a span costs from its start to its destination: CPU of the whole process per span, and what of it the
// caller waits for. Needs dist (npm run build). Each measurement is a process of its own; the receiver is another.
//
//   node bench/delivery.mjs [--rounds 7] [--spans 20000] [--contenders FOLDER]
//
// FOLDER has a node_modules with the stock exporters, so that they run beside ours:
//   npm install @opentelemetry/exporter-trace-otlp-proto@0.223.1 @opentelemetry/exporter-trace-otlp-http@0.223.1
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { describeConditions, nodeLabel, writeResults } from "./lib/machine.mjs";
import { summarize } from "./lib/statistics.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    spans: { type: "string", default: "20000" },
    only: { type: "string" },
    contenders: { type: "string" },
  },
});
const OWN = ["nowhere", "memory", "file", "durable", "otlp-protobuf", "otlp-json", "durable-otlp-protobuf"];
const STOCK = ["stock-nowhere", "stock-memory"];
const STOCK_NETWORK = ["stock-otlp-protobuf", "stock-otlp-json"];
const SIZES = { small: 120, "1.5 kB": 1500 };

const paths = [...OWN, ...STOCK, ...(options.contenders === undefined ? [] : STOCK_NETWORK)].filter(
  (path) => options.only === undefined || options.only.split(",").includes(path),
);
const worker = resolve(import.meta.dirname, "lib/delivery-worker.mjs");
const conditions = describeConditions();
const folder = mkdtempSync(join(tmpdir(), "spandrel-bench-"));
const receiver = fork(resolve(import.meta.dirname, "lib/delivery-receiver.mjs"));
const url = await new Promise((ready) => receiver.once("message", ready));

const results = {
  kind: "delivery",
  ...conditions,
  rounds: Number(options.rounds),
  spans: Number(options.spans),
  sizes: [],
};
try {
  for (const [size, bytes] of Object.entries(SIZES)) results.sizes.push({ size, rows: await measureSize(size, bytes) });
} finally {
  receiver.kill();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${writeResults(`delivery-${nodeLabel(process.version)}`, results)}`);

async function measureSize(size, bytes) {
  const measured = Object.fromEntries(paths.map((path) => [path, []]));
  for (let round = 0; round < results.rounds; round++) {
    for (const path of round % 2 === 0 ? paths : paths.toReversed()) measured[path].push(await measure(path, bytes));
  }
  const rows = paths.map((path) => {
    const figures = (key) => summarize(measured[path].map((figure) => figure[key]));
    return { path, cpuMicros: figures("cpuMicros"), p50Micros: figures("p50Micros"), p99Micros: figures("p99Micros") };
  });
  console.log(`\n${size} spans, µs`);
  console.table(
    rows.map(({ path, cpuMicros, p50Micros, p99Micros }) => ({
      path,
      "CPU per span": Number(cpuMicros.median.toFixed(1)),
      quartiles: `${cpuMicros.lower.toFixed(1)} to ${cpuMicros.upper.toFixed(1)}`,
      "caller p50": Number(p50Micros.median.toFixed(1)),
      "caller p99": Number(p99Micros.median.toFixed(1)),
    })),
  );
  return rows;
}

/** Resolves with what the process of this path has measured of itself. */
function measure(path, bytes) {
  const settings = { path, bytes, url, folder, spans: Number(options.spans), contenders: options.contenders };
  return new Promise((done, fail) => {
    const child = fork(worker, [JSON.stringify(settings)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    child.once("message", done);
    child.once("exit", (code) => fail(new Error(`${path} ended with ${code} and no figures`)));
  });
}
