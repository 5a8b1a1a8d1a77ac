// Opens many streams, reads one chunk of each and forgets them: does the memory come back, and does every span end?
// Needs dist (npm run build).
//
//   node --expose-gc bench/abandoned.mjs [--streams 100000]
import { setImmediate as nextTurn } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startTelemetry, traced } from "../dist/esm/index.js";
import { describeConditions, nodeLabel, writeResults } from "./lib/machine.mjs";

/** Collections after which a span that has not ended is taken for lost. */
const MAX_COLLECTIONS = 100;

const { values: options } = parseArgs({ options: { streams: { type: "string", default: "100000" } } });
const streams = Number(options.streams);
if (globalThis.gc === undefined) throw new Error("start it with node --expose-gc");

const outcomes = {};
let ended = 0;
const exporter = {
  export(spans, resultCallback) {
    ended += spans.length;
    for (const { attributes } of spans) {
      const outcome = attributes["spandrel.stream.outcome"] ?? "none";
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    resultCallback({ code: 0 });
  },
  async shutdown() {},
};
const conditions = describeConditions();
// All spans may end in one collection, before an export has a turn.
const queue = { maxSpans: streams + 1, maxBytes: 2 ** 40 };
const telemetry = startTelemetry({ logLevel: "error", processors: { default: { exporter, queue } } });
const words = traced("words", async function* () {
  yield "half";
  yield "a";
  yield "sentence";
});

await openStreams(1_000);
await collectUntil(1_000);
ended = 0;
for (const outcome of Object.keys(outcomes)) delete outcomes[outcome];

const heapBefore = collectedHeap();
await openStreams(streams);
const heapAfterOpening = process.memoryUsage().heapUsed;
const startedAt = performance.now();
const collections = await collectUntil(streams);
const settleMillis = performance.now() - startedAt;
const heapAfter = collectedHeap();
const [ledger] = telemetry.status().processors;
await telemetry.shutdown();

const megabytes = (bytes) => Number((bytes / 2 ** 20).toFixed(1));
const results = {
  kind: "abandoned",
  ...conditions,
  streams,
  spansEnded: ended,
  outcomes,
  dropped: ledger.dropped,
  heapMegabytes: {
    before: megabytes(heapBefore),
    afterOpening: megabytes(heapAfterOpening),
    after: megabytes(heapAfter),
  },
  collections,
  settleMillis: Math.round(settleMillis),
};
console.log(results);
console.log(writeResults(`abandoned-${nodeLabel(process.version)}`, results));
if (ended !== streams) process.exitCode = 1;

async function openStreams(count) {
  for (let i = 0; i < count; i++) await words().next();
}

async function collectUntil(count) {
  let collections = 0;
  while (ended < count && collections < MAX_COLLECTIONS) {
    globalThis.gc();
    collections++;
    // Finalizers run in a turn of their own, and the exports they cause in the ones after it.
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    await telemetry.flush();
  }
  return collections;
}

function collectedHeap() {
  for (let i = 0; i < 3; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}
