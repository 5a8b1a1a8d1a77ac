// Measures how many bytes spans of usual kinds are in each encoding, in batches of 512, and what encoding them costs: the
// table "Bytes per span" of docs/scale.md. The texts in them are prose, cut out of the READMEs of the packages installed here,
// so that little of it comes twice within what gzip remembers.
//
// node --expose-gc scripts/measure-span-sizes.mjs [--rounds 7]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import OpenAI from "openai";
import { require as requireTypeScript } from "tsx/cjs/api";

const ROOT = resolve(import.meta.dirname, "..");
const BATCH = 512;
const load = (path) => requireTypeScript(path, import.meta.filename);
const { propagateAttributes, startTelemetry, traced } = load("../lib/index.ts");
const { traceOpenAI } = load("../lib/openai/index.ts");
const { InMemorySpanExporter } = load("../lib/exporters/index.ts");
const { encodeTracesData, encodeTracesProtobuf } = load("../lib/otlp/index.ts");

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "7" } } });

const MODULES = join(ROOT, "node_modules");
const prose = readdirSync(MODULES)
  .flatMap((name) => (name.startsWith("@") ? readdirSync(join(MODULES, name)).map((part) => join(name, part)) : [name]))
  .map((name) => join(MODULES, name, "README.md"))
  .filter((path) => existsSync(path))
  .map((path) => readFileSync(path, "utf8"))
  .join("\n")
  .split("\n")
  .filter((line) => /^[A-Z][^`<>{}|]{60,}$/.test(line))
  .join(" ");

let state = 1;
/** The minimal standard generator: the same texts in every run. */
function random(below) {
  state = (state * 48_271) % 2_147_483_647;
  return state % below;
}
const text = (length) => {
  const from = random(prose.length - length);
  return prose.slice(from, from + length);
};

let answer = "";
const fetch = async () =>
  new Response(
    JSON.stringify({
      id: `chatcmpl-${random(1e9)}`,
      object: "chat.completion",
      model: "gpt-4o-2024-08-06",
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: answer } }],
      usage: { prompt_tokens: 900 + random(400), completion_tokens: 150 + random(100), total_tokens: 1_300 },
    }),
    { headers: { "content-type": "application/json" } },
  );

async function makeSpans({ captureContent = true, call }) {
  const exporter = new InMemorySpanExporter();
  const telemetry = startTelemetry({
    appName: "desk",
    instruments: [],
    captureContent,
    customExporter: exporter,
    resourceAttributes: { "service.version": "1.4.2", "deployment.environment.name": "production" },
    processors: {},
    autoFlush: "off",
  });
  const client = traceOpenAI(new OpenAI({ apiKey: "none", baseURL: "http://127.0.0.1:9/v1", fetch }));
  for (let at = 0; at < BATCH; at++) await call({ client, at });
  await telemetry.flush();
  const spans = [...exporter.getFinishedSpans()];
  await telemetry.shutdown();
  return spans;
}

async function chat(client, messages, messageLength, answerLength) {
  answer = text(answerLength);
  const roles = ["user", "assistant"];
  await client.chat.completions.create({
    model: "gpt-4o",
    temperature: 0.2,
    messages: Array.from({ length: messages }, (_, at) => ({
      role: at === 0 ? "system" : roles[(at + 1) % 2],
      content: text(messageLength),
    })),
  });
}

const lookUp = traced({ name: "load_order" }, (id) => ({ id, status: "shipped", items: 1 + random(5) }));
const summarise = traced({ name: "summarise" }, (input) => ({ summary: text(500), words: input.length }));
const scoped = (at, call) =>
  propagateAttributes({ customerIdentifier: `customer-${at % 50}`, threadIdentifier: `thread-${at}` }, call);

const answerMail = traced({ name: "answer_mail", captureInput: (_client, at) => ({ at }) }, async (client, at) => {
  lookUp(`order-${at}`);
  summarise(text(500));
  await chat(client, 10, 400, 800);
  return text(200);
});
const KINDS = {
  "task, small arguments and result": { call: ({ at }) => lookUp(`order-${at}`) },
  "task, small, no content": { captureContent: false, call: ({ at }) => lookUp(`order-${at}`) },
  "task, 500 characters in, 500 out": { call: () => summarise(text(500)) },
  "chat, 2 messages of 400 characters": { call: ({ client }) => chat(client, 2, 400, 400) },
  "chat, 10 messages of 400 characters": { call: ({ client }) => chat(client, 10, 400, 800) },
  "chat, 10 messages, no content": { captureContent: false, call: ({ client }) => chat(client, 10, 400, 800) },
  "a trace of 4: workflow, small task, 500 characters, chat of 10; per span": {
    call: ({ client, at }) => scoped(at, () => answerMail(client, at)),
  },
};

const median = (figures) => figures.sort((a, b) => a - b)[figures.length >> 1];

const PASSES = 10;

/** CPU µs per span, the median of the rounds. */
function cost(batches, count, action) {
  const figures = [];
  for (let round = -2; round < Number(options.rounds); round++) {
    globalThis.gc?.();
    const before = process.cpuUsage();
    for (let pass = 0; pass < PASSES; pass++) for (const batch of batches) action(batch);
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) figures.push((user + system) / count / PASSES);
  }
  return median(figures).toFixed(1);
}

function cut(spans) {
  const batches = [];
  for (let at = 0; at < spans.length; at += BATCH) batches.push(spans.slice(at, at + BATCH));
  return batches;
}

console.log(`prose: ${Math.round(prose.length / 1_000)} kB`);
const rows = [];
for (const [name, kind] of Object.entries(KINDS)) {
  const spans = await makeSpans(kind);
  const batches = cut(spans);
  const lines = batches.map((batch) => Buffer.from(`${encodeTracesData(batch).text}\n`));
  const messages = batches.map((batch) => encodeTracesProtobuf(batch).bytes);
  const perSpan = (parts) => Math.round(parts.reduce((sum, { length }) => sum + length, 0) / spans.length);
  rows.push({
    span: name,
    "JSON bytes": perSpan(lines),
    "a line each": perSpan(spans.map((span) => Buffer.from(`${encodeTracesData([span]).text}\n`))),
    protobuf: perSpan(messages),
    "JSON gzip": perSpan(lines.map((line) => gzipSync(line))),
    "protobuf gzip": perSpan(messages.map((message) => gzipSync(message))),
    "JSON µs": cost(batches, spans.length, encodeTracesData),
    "protobuf µs": cost(batches, spans.length, encodeTracesProtobuf),
    "gzip µs": cost(messages, spans.length, (message) => gzipSync(message)),
  });
}
const columns = Object.keys(rows[0]);
console.log(`| ${columns.join(" | ")} |\n| ${columns.map(() => "---").join(" | ")} |`);
for (const row of rows) console.log(`| ${columns.map((column) => row[column]).join(" | ")} |`);
