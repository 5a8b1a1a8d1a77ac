// Asks an OpenTelemetry Collector what it makes of what we write, compares that field by field with what was sent, and keeps
// its answers about the golden spans in spec/otlp/fixtures/collector/verdict.json, which spec/otlp/collector-verdict.spec.ts
// holds today's encoders to. Run it by hand when an encoder or the golden spans have changed; it is no part of CI.
//
// node scripts/ask-collector.mjs COLLECTOR [--spans 400] [--seed 1] [--check]
//
// COLLECTOR is the path of a binary that has the receivers `otlp` and `otlp_json_file` and the exporter `file`: that of the
// contrib distribution, or one that go.opentelemetry.io/collector/cmd/builder makes of these modules, all of one version:
//   go.opentelemetry.io/collector/receiver/otlpreceiver
//   github.com/open-telemetry/opentelemetry-collector-contrib/receiver/otlpjsonfilereceiver
//   github.com/open-telemetry/opentelemetry-collector-contrib/exporter/fileexporter
// --spans and --seed say how many generated spans are sent beside the golden ones; --check keeps nothing.
// It listens on loopback only, and ends the Collectors that it starts.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { require as requireTypeScript } from "tsx/cjs/api";

import { Checklist, expectNone } from "./support/checklist.mjs";

const FIXTURES = resolve(import.meta.dirname, "../spec/otlp/fixtures/collector");
const START_MILLIS = 20_000;
const ANSWER_MILLIS = 20_000;
/** Which of the generated spans are kept with the golden ones: the short ones among so many. */
const KEPT_AMONG = 60;
const KEPT_LENGTH = 1_500;
/** Our encoders stop at 31 (protobuf) and 64 (JSON). */
const DEPTHS = [15, 30, 40, 60, 64, 100, 1_000];
/** The exporter cuts lines at 2 Mi characters, which are at most 6 MiB. */
const LINE_LENGTHS = [1_200_000, 6_200_000];

const load = (path) => requireTypeScript(path, import.meta.filename);
const otlp = load("../lib/otlp/index.ts");
const { FileSpanExporter } = load("../lib/exporters/file-span-exporter.ts");
const { goldenBatches } = load("../spec/otlp/golden-spans.ts");
const { makeSpan } = load("../spec/otlp/make-span.ts");
const { anySpan } = load("../spec/otlp/arbitrary-span.ts");
const { findTraceDifferences } = load("../spec/otlp/trace-differences.ts");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    spans: { type: "string", default: "400" },
    seed: { type: "string", default: "1" },
    check: { type: "boolean", default: false },
  },
});
const [collector] = positionals;
if (collector === undefined) throw new Error("usage: node scripts/ask-collector.mjs COLLECTOR [--spans N] [--seed N]");

async function findPort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function waitUntil(what, millis, isDone) {
  const end = performance.now() + millis;
  while (!(await isDone())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${millis} ms`);
    await sleep(20);
  }
}

/** Runs a Collector while `tell` talks to it; returns the lines that its file exporter wrote, and what it said. */
async function withCollector(tell) {
  const folder = mkdtempSync(join(tmpdir(), "ask-collector-"));
  mkdirSync(join(folder, "in"));
  const port = await findPort();
  const child = spawn(collector, ["--config", join(FIXTURES, "judge.yaml")], {
    env: { ...process.env, JUDGE_FOLDER: folder, JUDGE_PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise((done) => child.once("exit", done));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const out = join(folder, "out.jsonl");
  const readLines = () => (existsSync(out) ? readFileSync(out, "utf8").split("\n").filter(Boolean) : []);
  try {
    await waitUntil("the Collector's start", START_MILLIS, () => {
      if (child.exitCode !== null) throw new Error(`the Collector ended:\n${said.slice(-2_000)}`);
      return said.includes("Everything is ready");
    });
    const told = await tell({ folder, url: `http://127.0.0.1:${port}/v1/traces`, readLines });
    child.kill("SIGTERM");
    await ended;
    return { told, lines: readLines(), said };
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One request; returns status and answer. */
async function post(url, way, batch) {
  const headers = { "content-type": way.type, ...(way.isGzip ? { "content-encoding": "gzip" } : {}) };
  const answer = await fetch(url, { method: "POST", headers, body: way.body(batch) });
  return { status: answer.status, text: await answer.text() };
}

const encode = (name, spans) => ({
  name,
  spans,
  line: otlp.encodeTracesData(spans).text,
  bytes: otlp.encodeTracesProtobuf(spans).bytes,
  hasSpans: otlp.encodeTracesData(spans).encoded > 0,
});

/** What was understood otherwise than it was sent, by what our own decoder says of it; a few of them. */
function differences(batches, answers, read) {
  const found = answers.length === batches.length ? [] : [`${answers.length} answers to ${batches.length} batches`];
  for (const [at, batch] of batches.entries()) {
    const texts = findTraceDifferences(read(batch), otlp.decodeTracesData(answers[at] ?? ""));
    found.push(...texts.map((text) => `${batch.name}: ${text.slice(0, 300)}`));
  }
  return found.slice(0, 15);
}
const readJson = ({ line }) => otlp.decodeTracesData(line);
const readProtobuf = ({ bytes }) => otlp.decodeTracesProtobuf(bytes);

const WAYS = [
  { name: "protobuf", type: "application/x-protobuf", body: ({ bytes }) => bytes, read: readProtobuf },
  {
    name: "protobuf, gzip",
    type: "application/x-protobuf",
    body: ({ bytes }) => gzipSync(bytes),
    isGzip: true,
    read: readProtobuf,
  },
  { name: "JSON", type: "application/json", body: ({ line }) => line, read: readJson },
  { name: "JSON, gzip", type: "application/json", body: ({ line }) => gzipSync(line), isGzip: true, read: readJson },
];

/** Sends every batch on its own; returns what the Collector wrote of each that has spans. */
async function askByHttp(way, batches) {
  const { lines } = await withCollector(async ({ url }) => {
    for (const batch of batches) {
      const { status, text } = await post(url, way, batch);
      if (status !== 200) throw new Error(`${batch.name}: ${status} ${text}`);
    }
  });
  return lines;
}

/** Has our exporter write a file of all batches, and the Collector read it. */
async function askByFile(batches) {
  const { lines, said } = await withCollector(async ({ folder, readLines }) => {
    // Written elsewhere, as a reader that sees a file grow may take half a line for one.
    const exporter = new FileSpanExporter({ path: join(folder, "traces.jsonl") });
    for (const { spans } of batches) exporter.export(spans, () => {});
    await exporter.shutdown();
    writeFileSync(join(folder, "in/traces.jsonl"), readFileSync(join(folder, "traces.jsonl")));
    await waitUntil("the answers", ANSWER_MILLIS, () => readLines().length >= batches.length);
  });
  if (/\terror\t/i.test(said)) throw new Error(said.slice(-2_000));
  return lines;
}

/** A `TracesData` with a resource and no span. */
const NOTE = {
  name: "a resource without spans",
  line: '{"resourceSpans":[{"resource":{"attributes":[{"key":"note","value":{"stringValue":"x"}}]},"scopeSpans":[]}]}',
  bytes: Buffer.from("0a0f0a0d0a0b0a046e6f746512030a0178", "hex"),
};

const varint = (value) => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]);
const delimited = (tag, body) => Buffer.concat([Buffer.from([tag, ...varint(body.length)]), body]);

/** A span with an attribute of lists in lists, written by hand, as our encoders do not go so deep. */
function nestedBatch(depth) {
  let json = '{"stringValue":"bottom"}';
  let value = delimited(0x0a, Buffer.from("bottom"));
  for (let level = 0; level < depth; level++) {
    json = `{"arrayValue":{"values":[${json}]}}`;
    value = delimited(0x2a, delimited(0x0a, value));
  }
  const { line } = encode("", [makeSpan({ attributes: { nested: "x" } })]);
  const span = Buffer.concat([
    delimited(0x0a, Buffer.from("0af7651916cd43dd8448eb211c80319c", "hex")),
    delimited(0x12, Buffer.from("0000000000000001", "hex")),
    delimited(0x4a, Buffer.concat([delimited(0x0a, Buffer.from("nested")), delimited(0x12, value)])),
  ]);
  return {
    line: line.replace('{"stringValue":"x"}', json),
    bytes: delimited(0x0a, delimited(0x12, delimited(0x12, span))),
  };
}

const checklist = new Checklist();
const version = execFileSync(collector, ["--version"], { encoding: "utf8" }).trim();
console.log(version);

const golden = Object.entries(goldenBatches).map(([name, spans]) => encode(name, spans));
const generated = fc
  .sample(anySpan, { numRuns: Number(values.spans), seed: Number(values.seed) })
  .map((span, index) => encode(`generated span ${index}`, [span]));
const batches = [...golden, ...generated].filter(({ hasSpans }) => hasSpans);
console.log(`${golden.length} golden batches; ${generated.length} generated spans, ${batches.length} batches to send`);

const answers = new Map();
for (const way of WAYS) {
  await checklist.check(`OTLP/HTTP, ${way.name}: every field as it was sent`, async () => {
    const lines = await askByHttp(way, batches);
    answers.set(way.name, lines);
    expectNone("understood otherwise", differences(batches, lines, way.read));
  });
}
await checklist.check("a file of FileSpanExporter: every field as it was written", async () => {
  const lines = await askByFile(batches);
  answers.set("file", lines);
  expectNone("understood otherwise", differences(batches, lines, readJson));
});
await checklist.check("gzip and a file change no answer", () => {
  const [protobuf, zipped, json, zippedJson, file] = answers.values();
  for (const [one, other] of [
    [protobuf, zipped],
    [json, zippedJson],
    [json, file],
  ])
    expectNone(
      "not the same",
      one
        .filter((line, at) => line !== other[at])
        .map((line) => line.slice(0, 300))
        .slice(0, 5),
    );
});

/** What was asked beside: nothing of ours depends on it, but docs/scale.md says it. */
const remarks = {};
await checklist.check("a resource without spans is no fault, and no span", async () => {
  for (const way of [WAYS[0], WAYS[2]]) {
    const { told, lines } = await withCollector(({ url }) => post(url, way, NOTE));
    remarks[`a resource without spans, OTLP/HTTP ${way.name}`] = { status: told.status, understood: lines };
    expectNone("it was passed on", lines);
  }
  const { line: span } = golden[1];
  const { lines, said } = await withCollector(async ({ folder, readLines }) => {
    writeFileSync(join(folder, "in/note.jsonl"), `${NOTE.line}\n${span}\n`);
    await waitUntil("the span after the note", ANSWER_MILLIS, () => readLines().at(-1)?.includes("spanId"));
  });
  remarks["a resource without spans, a line of a file"] = { understood: lines.slice(0, -1) };
  expectNone("said", said.match(/^.*\t(error|warn)\t.*$/gim) ?? []);
  const spans = lines.flatMap((line) => otlp.decodeTracesData(line).spans);
  if (spans.length !== 1) throw new Error(`${spans.length} spans, 1 expected`);
});
for (const depth of DEPTHS) {
  await checklist.check(`a value ${depth} deep`, async () => {
    const batch = nestedBatch(depth);
    const found = {};
    for (const way of [WAYS[0], WAYS[2]]) {
      const { told, lines } = await withCollector(({ url }) => post(url, way, batch));
      found[way.name] = told.status === 200 && lines.length === 1 ? "understood" : `${told.status} ${told.text}`;
    }
    const { lines } = await withCollector(async ({ folder, readLines }) => {
      writeFileSync(join(folder, "in/deep.jsonl"), `${batch.line}\n`);
      await waitUntil("the answer", ANSWER_MILLIS, () => readLines().length > 0);
    });
    found.file = lines.length === 1 ? "understood" : "not understood";
    remarks[`a value ${depth} deep`] = found;
    expectNone(
      "refused",
      Object.entries(found).flatMap(([way, word]) => (word === "understood" ? [] : [`${way}: ${word}`])),
    );
  });
}
for (const length of LINE_LENGTHS) {
  await checklist.check(`a line of ${length} characters`, async () => {
    const { line } = encode("long", [makeSpan({ attributes: { text: "x".repeat(length) } })]);
    const { lines } = await withCollector(async ({ folder, readLines }) => {
      writeFileSync(join(folder, "in/long.jsonl"), `${line}\n`);
      await waitUntil("the answer", ANSWER_MILLIS, () => readLines().length > 0);
    });
    expectNone(
      "understood otherwise",
      findTraceDifferences(otlp.decodeTracesData(line), otlp.decodeTracesData(lines[0])),
    );
    remarks[`a line of ${length} characters`] = "understood";
  });
}

if (!values.check) {
  const isKept = ({ name, line }, at) =>
    name in goldenBatches || (line.length < KEPT_LENGTH && at < golden.length + KEPT_AMONG);
  const verdict = {
    collector: version,
    remarks,
    batches: batches.flatMap((batch, at) =>
      isKept(batch, at)
        ? {
            name: batch.name,
            isGolden: batch.name in goldenBatches,
            json: { sent: batch.line, understood: answers.get("JSON")[at] },
            protobuf: {
              sent: Buffer.from(batch.bytes).toString("base64"),
              understood: answers.get("protobuf")[at],
            },
          }
        : [],
    ),
  };
  writeFileSync(join(FIXTURES, "verdict.json"), `${JSON.stringify(verdict, null, 2)}\n`);
}
checklist.finish();
