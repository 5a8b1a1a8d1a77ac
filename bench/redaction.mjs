// Measures what redaction adds on the way to a sink: microseconds per 1,024 characters of text without and with secrets,
// per span, and per chunk of a stream. Needs dist (npm run build).
//
//   node bench/redaction.mjs [--rounds 15]
import assert from "node:assert";
import { parseArgs } from "node:util";
import { createRedactor } from "../dist/esm/redaction/index.js";
import { describeConditions, nodeLabel, writeResults } from "./lib/machine.mjs";
import { summarize } from "./lib/statistics.mjs";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const rounds = Number(options.rounds);
const CHUNK = 5;
const redactor = createRedactor(true);

const WORDS =
  "the quick brown fox jumps over a lazy dog near the old bridge while models answer questions of customers".split(" ");
const prose = (length) => {
  let text = "";
  for (let at = 0; text.length < length; at++)
    text += `${WORDS[(at * 7 + (at >> 3)) % WORDS.length]}${at % 11 === 10 ? ". " : " "}`;
  return text.slice(0, length);
};
const messages = (count) =>
  JSON.stringify(
    Array.from({ length: count }, (_, at) => ({
      role: at % 2 === 0 ? "user" : "assistant",
      parts: [{ type: "text", content: `${prose(180 + at)}\n${prose(200)}` }],
    })),
  );
const records = (count) =>
  JSON.stringify({
    items: Array.from({ length: count }, (_, id) => ({
      id,
      name: `Item ${id}`,
      price: id * 1.5,
      tags: ["red", "large", "on sale"],
      description: prose(80),
    })),
  });
const request = (count) =>
  JSON.stringify({
    model: "gpt-4o-mini",
    max_tokens: 500,
    messages: Array.from({ length: count }, (_, at) =>
      at % 3 < 2
        ? { role: "user", content: prose(350) }
        : {
            role: "tool",
            tool_call_id: `call_${at}`,
            content: JSON.stringify({
              created_at: "2026-01-02",
              url: `https://shop.example/items/${at}`,
              note: prose(250),
            }),
          },
    ),
  });
const KEY = "sk-proj-aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0fG5hJ3";

const texts = {
  prose: prose(10_240),
  "JSON of messages": messages(24),
  "JSON of records with lists": records(60),
  "JSON of messages, counting tokens": messages(23).replace("[", '[{"max_tokens":10,"total_tokens":3},'),
  "JSON of a request with tools and links": request(24),
  "a short text": prose(60),
};
const secret = {
  "prose, a key each 10 KB": `${prose(5_000)} ${KEY} ${prose(5_000)}`,
  "JSON of messages, a key each 10 KB": messages(24).replace("brown", KEY),
  "JSON of records, a password in each": records(60).replaceAll('"id":', '"password":'),
  "JSON in JSON, a key each 10 KB": JSON.stringify({ body: messages(24).replace("brown", KEY) }),
  "chunks of 5 in a list, a key": JSON.stringify(`${prose(5_000)} ${KEY} ${prose(5_000)}`.match(/.{1,5}/gs)),
};

const results = { kind: "redaction", ...describeConditions(), rounds, rows: [] };
for (const [name, text] of Object.entries(texts)) {
  assert(redactor.redactText(text) === text, name);
  measure(name, "µs/kB", text.length / 1024, () => redactor.redactText(text));
}
for (const [name, text] of Object.entries(secret)) {
  assert(redactor.redactText(text) !== text, name);
  measure(name, "µs/kB", text.length / 1024, () => redactor.redactText(text));
}
const json = texts["JSON of messages"];
measure("JSON.stringify of the messages, to compare", "µs/kB", json.length / 1024, stringifier(JSON.parse(json)));
measureSpans();
measureStream();
console.table(
  results.rows.map(({ name, unit, value }) => ({
    what: name,
    unit,
    median: round(value.median),
    quartiles: `${round(value.lower)} to ${round(value.upper)}`,
  })),
);
console.log(writeResults(`redaction-${nodeLabel(process.version)}`, results));

function measureSpans() {
  const attributes = {
    "traceloop.span.kind": "task",
    "traceloop.entity.name": "plan",
    "traceloop.entity.path": "desk.plan",
    "traceloop.entity.input": JSON.stringify({ question: prose(300) }),
    "traceloop.entity.output": JSON.stringify({ answer: prose(300) }),
    "gen_ai.usage.input_tokens": 12,
  };
  const clean = makeSpan(attributes);
  const dirty = makeSpan({ ...attributes, "http.request.header.authorization": "Bearer abc123456" });
  assert(redactor.redactSpan(clean) === clean);
  measure("a span of six attributes, 700 characters", "µs", 1, () => redactor.redactSpan(clean));
  measure("the same with a header to hide", "µs", 1, () => redactor.redactSpan(dirty));
}

function measureStream() {
  const chunks = texts.prose.match(new RegExp(`[^]{1,${CHUNK}}`, "g"));
  measure(`a chunk of ${CHUNK} in a stream of prose`, "µs", chunks.length, () => {
    const stream = redactor.openTextStream();
    for (const chunk of chunks) stream.push(chunk);
    stream.finish();
  });
}

/** Time of one `run`, divided by `per`; each round takes about 5 ms. */
function measure(name, unit, per, run) {
  let times = 1;
  for (let millis = 0; millis < 5; times *= 2) millis = timed(run, times);
  const values = [];
  for (let at = -5; at < rounds; at++) {
    const millis = timed(run, times);
    if (at >= 0) values.push((millis * 1000) / times / per);
  }
  results.rows.push({ name, unit, value: summarize(values) });
}

function timed(run, times) {
  const startedAt = performance.now();
  for (let at = 0; at < times; at++) run();
  return performance.now() - startedAt;
}

function stringifier(value) {
  return () => JSON.stringify(value);
}

function round(number) {
  return Number(number.toFixed(2));
}

function makeSpan(attributes) {
  return {
    name: "plan",
    kind: 0,
    spanContext: () => ({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 }),
    startTime: [1, 0],
    endTime: [2, 0],
    duration: [1, 0],
    status: { code: 0 },
    attributes,
    links: [],
    events: [],
    ended: true,
    resource: { attributes: { "service.name": "desk" } },
    instrumentationScope: { name: "spandrel" },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
