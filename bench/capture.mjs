// Measures what writing down an argument or a result costs, beside JSON.stringify. Needs dist (npm run build).
//
//   node bench/capture.mjs [--rounds 9] [--ms 50]
import { parseArgs } from "node:util";
import { DEFAULT_CAPTURE_LIMITS, serializeArguments, serializeValue } from "../dist/esm/capture/index.js";
import { makeConversation } from "./lib/cases.mjs";
import { describeConditions, nodeLabel, writeResults } from "./lib/machine.mjs";
import { summarize } from "./lib/statistics.mjs";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "9" }, ms: { type: "string", default: "50" } },
});
const rounds = Number(options.rounds);
const millis = Number(options.ms);
const PARAMETERS = { names: ["request"], restIndex: undefined };

const VALUES = {
  tiny: { id: 17, name: "order" },
  "1 KB": makeConversation(1_024, "request"),
  "10 KB": makeConversation(10_240, "request"),
  "64 KB": makeConversation(65_536, "request"),
  "1 MB, of which 64 KB are kept": makeConversation(1_048_576, "request"),
};

/** Each returns a text, of which one character is read: a text joined of pieces is put together by that. */
const WAYS = {
  "JSON.stringify": (value) => JSON.stringify(value),
  serializeValue: (value) => serializeValue(value, DEFAULT_CAPTURE_LIMITS),
  "JSON.stringify of arguments": (value) => JSON.stringify({ request: value }),
  serializeArguments: (value) => serializeArguments([value], PARAMETERS, DEFAULT_CAPTURE_LIMITS),
};
const BASELINE = { serializeValue: "JSON.stringify", serializeArguments: "JSON.stringify of arguments" };

let checksum = 0;
const results = { kind: "capture", ...describeConditions(), rounds, millis, rows: [] };
for (const [size, value] of Object.entries(VALUES)) measureValue(size, value);
console.log(`\n${writeResults(`capture-${nodeLabel(process.version)}`, results)} (${checksum})`);

function measureValue(size, value) {
  const chars = JSON.stringify(value).length;
  const measured = Object.fromEntries(Object.keys(WAYS).map((name) => [name, []]));
  const perChunk = Math.max(1, Math.round(200_000 / chars));
  for (let round = -1; round < rounds; round++) {
    const names = Object.keys(WAYS);
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const nanos = nanosPerCall(WAYS[name], value, perChunk);
      if (round >= 0) measured[name].push(nanos);
    }
  }
  const rows = Object.entries(measured).map(([name, nanos]) => {
    const base = measured[BASELINE[name]];
    return {
      size,
      name,
      nanos: summarize(nanos),
      ratio: base && summarize(nanos.map((value, index) => value / base[index])),
      chars: WAYS[name](value).length,
    };
  });
  results.rows.push(...rows);
  console.log(`\n${size}: µs per value`);
  console.table(
    rows.map(({ name, nanos, ratio, chars: length }) => ({
      way: name,
      median: Number((nanos.median / 1000).toFixed(2)),
      ratio: ratio && `${ratio.median.toFixed(2)} (${ratio.lower.toFixed(2)} to ${ratio.upper.toFixed(2)})`,
      chars: length,
    })),
  );
}

/** The fastest quarter of the chunks: what is left when nobody interrupts. */
function nanosPerCall(way, value, perChunk) {
  const chunks = [];
  const end = performance.now() + millis;
  do {
    const startedAt = process.hrtime.bigint();
    for (let i = 0; i < perChunk; i++) {
      const text = way(value);
      checksum ^= text.charCodeAt(text.length >> 1);
    }
    chunks.push(Number(process.hrtime.bigint() - startedAt) / perChunk);
  } while (performance.now() < end);
  return summarize(chunks).lower;
}
