// Writes the tables of docs/benchmarks.md from results/*.json, so that no figure is typed by hand.
//
//   node bench/report.mjs
//
// A table stands between `<!-- bench: FILE VIEW -->` and `<!-- /bench -->`. Where there are no results of that name,
// what stands there stays.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { readResults } from "./lib/machine.mjs";

const PAGE = resolve(import.meta.dirname, "../docs/benchmarks.md");
const PLACE = /(<!-- bench: (\S+) (\S+) -->\n)[\s\S]*?(<!-- \/bench -->)/g;

const VIEWS = {
  conditions: ({ command, node, machine, date, loadAtStart, packages, commit }) =>
    [
      `\`${command}\` · Node ${node} · ${machine} · ${date} UTC · load average ${loadAtStart.toFixed(1)} at start`,
      `· api ${packages.api}, sdk-trace-node ${packages["sdk-trace-node"]} · commit ${commit}`,
    ].join("\n"),
  plain: (results) => callTable(results, "plain"),
  content: (results) => callTable(results, "content"),
  off: (results) => callTable(results, "off"),
  five: (results) => callTable(results, "five"),
  export: exportTable,
  delivery: deliveryTable,
  capture: captureTable,
  llm: llmTable,
  instructor: instructorTable,
  "partial-json": partialJsonTable,
  abandoned: abandonedTable,
};

const missing = new Set();
const page = readFileSync(PAGE, "utf8");
const filled = page.replace(PLACE, (place, opening, file, view, closing) => {
  const results = readResults(file);
  if (results === undefined) {
    missing.add(file);
    return place;
  }
  if (VIEWS[view] === undefined) throw new Error(`docs/benchmarks.md asks for a view "${view}", which does not exist`);
  return `${opening}\n${VIEWS[view](results)}\n\n${closing}`;
});
writeFileSync(PAGE, filled);
for (const file of missing) console.log(`no results/${file}.json: its tables are left as they were`);

/** Overheads of the baselines in microseconds; the others as ratios to theirs, call time and then CPU. */
function callTable({ cases, rounds }, group) {
  const rows = cases.flatMap(({ title, rows: contenders }) =>
    contenders
      .filter((row) => row.group === group)
      .map((row) => [
        title,
        row.name,
        String(row.attributesPerSpan ?? 0),
        micros(row.callOverhead.median),
        ratioCell(row.callRatio),
        micros(row.cpuOverhead.median),
        ratioCell(row.cpuRatio),
      ]),
  );
  const head = ["case", "contender", "attributes", "call µs", "ratio", "CPU µs", "ratio"];
  return `${table(head, rows)}\n\nMedian of ${rounds} rounds; in brackets the quartiles.`;
}

function exportTable({ sizes, rounds, batch }) {
  const rows = sizes.flatMap(({ size, rows: paths }) =>
    paths.map(({ name, cpuMicros, bytesPerSpan }) => [
      size,
      name,
      `${cpuMicros.median.toFixed(1)} (${cpuMicros.lower.toFixed(1)}–${cpuMicros.upper.toFixed(1)})`,
      String(Math.round(bytesPerSpan)),
    ]),
  );
  const note = `Batches of ${batch}; median of ${rounds} rounds; in brackets the quartiles.`;
  return `${table(["span", "path", "CPU µs per span", "bytes"], rows)}\n\n${note}`;
}

function deliveryTable({ sizes, rounds, spans }) {
  const range = ({ median, lower, upper }) => `${median.toFixed(1)} (${lower.toFixed(1)}–${upper.toFixed(1)})`;
  const rows = sizes.flatMap(({ size, rows: paths }) =>
    paths.map(({ path, cpuMicros, p50Micros, p99Micros }) => [
      size,
      path,
      range(cpuMicros),
      p50Micros.median.toFixed(1),
      p99Micros.median.toFixed(1),
    ]),
  );
  const note = `${spans.toLocaleString("en-US")} spans a process, median of ${rounds} processes; in brackets the quartiles.`;
  return `${table(["span", "path", "CPU µs per span", "caller p50 µs", "caller p99 µs"], rows)}\n\n${note}`;
}

function captureTable({ rows, rounds }) {
  const cells = rows.map(({ size, name, nanos, ratio, chars }) => [
    size,
    name,
    (nanos.median / 1000).toFixed(2),
    ratioCell(ratio),
    String(chars),
  ]);
  return `${table(["value", "way", "µs", "ratio", "characters"], cells)}\n\nMedian of ${rounds} rounds; in brackets the quartiles.`;
}

function llmTable({ rows, rounds }) {
  const cells = rows.map(({ unit, plain, traced, added, ratio }) => [
    unit,
    plain.median.toFixed(2),
    traced.median.toFixed(2),
    `**${added.median.toFixed(2)}** (${added.lower.toFixed(2)}–${added.upper.toFixed(2)})`,
    ratioCell(ratio),
  ]);
  const head = ["per", "plain client µs", "traced client µs", "added µs", "ratio"];
  return `${table(head, cells)}\n\nCPU time of the process; median of ${rounds} rounds; in brackets the quartiles.`;
}

function instructorTable({ rows, rounds }) {
  const cells = rows.map(({ unit, way, telemetry, plain, added, ratio }) => [
    unit,
    way,
    telemetry,
    plain.median.toFixed(2),
    `**${added.median.toFixed(2)}** (${added.lower.toFixed(2)}–${added.upper.toFixed(2)})`,
    ratioCell(ratio),
  ]);
  const head = ["per", "method", "telemetry", "plain client µs", "added µs", "ratio"];
  return `${table(head, cells)}\n\nCPU time of the process; median of ${rounds} rounds; in brackets the quartiles.`;
}

function partialJsonTable({ rows, piece }) {
  const cells = rows.map(({ size, name, version, pieces, millis, rounds }) => [
    size,
    String(pieces),
    version === undefined ? name : `${name} ${version}`,
    `**${millis.median.toFixed(1)}** (${millis.lower.toFixed(1)}–${millis.upper.toFixed(1)})`,
    String(rounds),
  ]);
  const head = ["text", "pieces", "way", "ms", "rounds"];
  return `${table(head, cells)}\n\nPieces of ${piece} code units, the value looked at after each; in brackets the quartiles.`;
}

function abandonedTable({ streams, spansEnded, outcomes, heapMegabytes, collections, settleMillis }) {
  const { before, afterOpening, after } = heapMegabytes;
  const outcomeText = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  return table(
    [
      "streams",
      "spans ended",
      "heap before",
      "after opening",
      "after collection",
      "collections",
      "until the last span",
    ],
    [
      [
        String(streams),
        `${spansEnded} (${outcomeText.join(", ")})`,
        `${before} MB`,
        `${afterOpening} MB`,
        `${after} MB`,
        String(collections),
        `${settleMillis} ms`,
      ],
    ],
  );
}

function table(head, rows) {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return lines.join("\n");
}

function micros(nanos) {
  const value = nanos / 1000;
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function ratioCell(ratio) {
  if (ratio === undefined || ratio === null) return "1";
  return `**${ratio.median.toFixed(2)}** (${ratio.lower.toFixed(2)}–${ratio.upper.toFixed(2)})`;
}
