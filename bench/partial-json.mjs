// Measures reading JSON that arrives in pieces of 8 code units, with the value so far looked at after each: Spandrel's
// PartialJsonParser beside others. Needs dist (npm run build). The others are brought by
//
//   npm install --no-save --prefix FOLDER @streamparser/json@0.0.26 jsonriver@1.1.1 partial-json@0.1.7 ai@6.0.326 zod@4
//   node bench/partial-json.mjs [--rounds 9] [--contenders FOLDER]
import { deepStrictEqual } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { PartialJsonParser } from "../dist/esm/partial-json/partial-json-parser.js";
import { describeConditions, nodeLabel, writeResults } from "./lib/machine.mjs";
import { summarize } from "./lib/statistics.mjs";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "9" }, contenders: { type: "string" } },
});
const rounds = Number(options.rounds);
const PIECE = 8;
/** What parses all text anew for each piece takes seconds for 100 KB: it is measured once, and not with 1 MB. */
const RESCAN_LIMIT = 200_000;

const texts = {
  "100 KB": makeText(100_000),
  "1 MB": makeText(1_000_000),
  "100 KB in one string": JSON.stringify({ text: "It was the best of times. ".repeat(3_846) }),
};

/** Each takes pieces, looks at the value after every one, and returns the last. */
const ways = {
  PartialJsonParser: { run: runSpandrel },
  ...(await contender("@streamparser/json", {}, ({ JSONParser }) => streamparserRun(JSONParser))),
  ...(await contender("jsonriver", {}, ({ parse }) => jsonriverRun(parse))),
  ...(await contender("partial-json", { isRescanning: true }, ({ parse }) => rescanRun((text) => parse(text)))),
  ...(await contender("ai", { isRescanning: true }, ({ parsePartialJson }) =>
    rescanRun(async (text) => (await parsePartialJson(text)).value),
  )),
  "JSON.parse of the whole, once": { run: (pieces) => JSON.parse(pieces.join("")) },
};

let looks = 0;
const results = { kind: "partial-json", ...describeConditions(), rounds, piece: PIECE, rows: [] };
for (const [size, text] of Object.entries(texts)) await measureText(size, text);
const [small, large] = ["100 KB", "1 MB"].map((size) => results.rows.find((row) => row.size === size).millis.median);
console.log(`\nPartialJsonParser: 1 MB takes ${(large / small).toFixed(1)} times as long as 100 KB`);
console.log(`\n${writeResults(`partial-json-${nodeLabel(process.version)}`, results)} (${looks} looks)`);

async function measureText(size, text) {
  const pieces = Array.from({ length: Math.ceil(text.length / PIECE) }, (_, at) =>
    text.slice(at * PIECE, (at + 1) * PIECE),
  );
  const names = Object.keys(ways).filter((name) => !ways[name].isRescanning || text.length < RESCAN_LIMIT);
  const measured = Object.fromEntries(names.map((name) => [name, []]));
  const truth = JSON.parse(text);
  // No collection is forced before a run: it takes the last run's object shapes, and the code compiled for them, away.
  for (let round = -2; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const { run, isRescanning } = ways[name];
      if (isRescanning && round !== 0) continue;
      const startedAt = performance.now();
      const value = await run(pieces);
      const millis = performance.now() - startedAt;
      if (round >= 0) measured[name].push(millis);
      if (round === -2 || isRescanning) deepStrictEqual(value, truth, name);
    }
  }
  const rows = names.map((name) => ({
    size,
    chars: text.length,
    pieces: pieces.length,
    name,
    version: ways[name].version,
    rounds: measured[name].length,
    millis: summarize(measured[name]),
  }));
  results.rows.push(...rows);
  console.log(`\n${size}, ${pieces.length} pieces: ms`);
  console.table(
    rows.map(({ name, version, rounds: times, millis }) => ({
      way: version === undefined ? name : `${name} ${version}`,
      median: Number(millis.median.toFixed(2)),
      quartiles: `${millis.lower.toFixed(2)} to ${millis.upper.toFixed(2)}`,
      rounds: times,
    })),
  );
}

function look(value) {
  if (value !== undefined) looks++;
}

function runSpandrel(pieces) {
  const parser = new PartialJsonParser();
  for (const piece of pieces) {
    parser.push(piece);
    look(parser.value);
  }
  return parser.finish();
}

/** It tells of values one by one; the root is at the bottom of the stack that comes with each. */
function streamparserRun(JSONParser) {
  return (pieces) => {
    const parser = new JSONParser({ emitPartialTokens: true, emitPartialValues: true });
    let root;
    parser.onValue = ({ value, parent, stack }) => {
      root = stack[1]?.value ?? parent ?? value;
    };
    for (const piece of pieces) {
      parser.write(piece);
      look(root);
    }
    return root;
  };
}

function jsonriverRun(parse) {
  return async (pieces) => {
    let last;
    for await (const value of parse(streamOf(pieces))) look((last = value));
    return last;
  };
}

async function* streamOf(pieces) {
  yield* pieces;
}

function rescanRun(parse) {
  return async (pieces) => {
    let text = "";
    let value;
    for (const piece of pieces) {
      text += piece;
      look((value = await parse(text)));
    }
    return value;
  };
}

/** A package out of the contenders' folder, or a line that says it was left out. */
async function contender(name, traits, makeRun) {
  try {
    const folder = resolve(options.contenders ?? ".");
    // Only a module that lies there finds the packages there; some are ES modules without another entry.
    const loader = join(folder, "node_modules", "load-contender.mjs");
    if (options.contenders === undefined) throw new Error("no --contenders");
    writeFileSync(loader, "export const load = (name) => import(name);\n");
    const { load } = await import(pathToFileURL(loader).href);
    const run = makeRun(await load(name));
    const { version } = JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8"));
    return { [name]: { ...traits, run, version } };
  } catch {
    console.log(`${name} is left out: it is not in the folder that --contenders names`);
    return {};
  }
}

/** A list as a model writes it: records of short texts, numbers, words and a longer text. */
function makeText(length) {
  const words = "the quick brown fox jumps over a lazy dog near Zürich's “old” bridge and\nruns \\ away".split(" ");
  const items = [];
  for (let chars = 12; chars < length;) {
    const id = items.length;
    const item = {
      id,
      name: `Item ${id}`,
      price: Math.round(id * 137.31) / 100,
      isInStock: id % 3 === 0,
      tags: ["red", "large", "on sale"].slice(id % 3),
      note: null,
      description: Array.from({ length: 24 }, (_, at) => words[(id * 7 + at * 5) % words.length]).join(" "),
      size: { width: id % 40, height: id % 17 },
    };
    items.push(item);
    chars += JSON.stringify(item).length + 1;
  }
  return JSON.stringify({ items });
}
