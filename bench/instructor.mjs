// Measures what `spandrel/instructor` adds to the OpenAI client, answered by a `fetch` that makes its Response on the
// spot: a call beside `create` + JSON.parse + schema.parse, an item of a streamed list and a delta of a growing value
// beside a loop that puts the same stream together and parses it at its end. Needs dist (npm run build).
//
//   node --expose-gc bench/instructor.mjs [--rounds 9] [--calls 1000] [--items 400]
import OpenAI from "openai";
import { deepStrictEqual } from "node:assert";
import { setImmediate as nextTurn } from "node:timers/promises";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startTelemetry, traced } from "../dist/esm/index.js";
import { fromOpenAI } from "../dist/esm/instructor/index.js";
import { describeConditions, nodeLabel, writeResults } from "./lib/machine.mjs";
import { summarize } from "./lib/statistics.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    calls: { type: "string", default: "1000" },
    items: { type: "string", default: "400" },
  },
});
const rounds = Number(options.rounds);
const callCount = Number(options.calls);
const itemCount = Number(options.items);
const WARMUP_ROUNDS = 3;
const STREAMS = 5;
/** UTF-16 units of a delta: about a token of JSON, and a bit. */
const PIECE = 16;

const User = z.object({ name: z.string(), age: z.int(), interests: z.array(z.string()) });
const user = { name: "Sarah Chen", age: 29, interests: ["hiking", "chess"] };
const Item = z.object({ id: z.int(), name: z.string(), price: z.number(), isInStock: z.boolean() });
const List = z.object({ items: z.array(Item) });
const items = Array.from({ length: itemCount }, (_, id) => ({
  id,
  name: `Item number ${id}`,
  price: (id * 137) / 100,
  isInStock: id % 3 === 0,
}));
const listText = JSON.stringify({ items });

const request = { model: "gpt-4o", messages: [{ role: "user", content: "Who or what is it?" }] };
const functionOf = (schema) => ({
  tools: [{ type: "function", function: { name: "response", parameters: z.toJSONSchema(schema) } }],
  tool_choice: { type: "function", function: { name: "response" } },
});
const userCall = { ...request, ...functionOf(User) };
const listCall = { ...request, ...functionOf(List), stream: true, stream_options: { include_usage: true } };

const usage = { prompt_tokens: 31, completion_tokens: 12, total_tokens: 43 };
const answer = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "gpt-4o-2024-08-06",
  choices: [{ index: 0, finish_reason: "tool_calls", logprobs: null, message: toMessage(JSON.stringify(user)) }],
  usage,
});
const pieces = Array.from({ length: Math.ceil(listText.length / PIECE) }, (_, at) =>
  listText.slice(at * PIECE, (at + 1) * PIECE),
);
const deltas = [
  { role: "assistant", content: null, ...toMessage("", { index: 0 }) },
  ...pieces.map((piece) => ({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
];
const chunk = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_790_000_000, model: "gpt-4o-2024-08-06" };
const chunks = [
  ...deltas.map((delta) => ({ ...chunk, choices: [{ index: 0, delta, finish_reason: null }] })),
  { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
  { ...chunk, choices: [], usage },
];
const events = chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`);
const streamed = new TextEncoder().encode(`${events.join("")}data: [DONE]\n\n`);

const jsonHeaders = { "content-type": "application/json" };
const sseHeaders = { "content-type": "text/event-stream" };
const fetch = async (_url, { body }) =>
  body.includes('"stream":true')
    ? new Response(streamed, { headers: sseHeaders })
    : new Response(answer, { headers: jsonHeaders });

const client = new OpenAI({ apiKey: "none", baseURL: "http://127.0.0.1:9/v1", fetch });
const instructor = fromOpenAI(client);

/** Each way of one unit of work: the first is what the others are compared with. */
const units = {
  call: {
    count: callCount,
    times: callCount,
    expected: user,
    ways: {
      plain: async () => {
        const { choices } = await client.chat.completions.create(userCall);
        return User.parse(JSON.parse(choices[0].message.tool_calls[0].function.arguments));
      },
      create: () => instructor.create({ ...request, responseModel: User }),
    },
  },
  item: {
    count: STREAMS * itemCount,
    times: STREAMS,
    expected: items,
    ways: {
      plain: async () => List.parse(JSON.parse(await readStream())).items,
      createIterable: async () => {
        const found = [];
        for await (const item of instructor.createIterable({ ...request, responseModel: Item })) found.push(item);
        return found;
      },
    },
  },
  delta: {
    count: STREAMS * pieces.length,
    times: STREAMS,
    expected: { items },
    ways: {
      plain: async () => List.parse(JSON.parse(await readStream())),
      createPartial: async () => {
        let last;
        for await (const partial of instructor.createPartial({ ...request, responseModel: List })) last = partial;
        return last;
      },
    },
  },
};

const results = {
  kind: "instructor",
  ...describeConditions(),
  rounds,
  calls: callCount,
  items: itemCount,
  deltas: pieces.length,
  rows: [],
};
for (const { ways, expected } of Object.values(units))
  for (const way of Object.values(ways)) deepStrictEqual(await way(), expected);
for (const [unit, { count, times, ways }] of Object.entries(units)) await measureUnit(unit, count, times, ways);
console.log(`\n${writeResults(`instructor-${nodeLabel(process.version)}`, results)}`);

/** Every round has every way with telemetry off, then on, or the other way round. */
async function measureUnit(unit, count, times, ways) {
  const [[, plain], [name, way]] = Object.entries(ways);
  const measured = { plain: [], off: [], on: [] };
  for (let round = -WARMUP_ROUNDS; round < rounds; round++) {
    const off = async () => {
      for (const [label, once] of alternate(round, [
        ["plain", plain],
        ["off", way],
      ]))
        keep(label, await measure(times, once));
    };
    const on = async () => {
      const telemetry = startTelemetry({
        appName: "bench",
        instruments: [],
        customExporter: { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} },
      });
      keep("on", await traced("round", () => measure(times, way))());
      await telemetry.shutdown();
    };
    const keep = (label, micros) => {
      if (round >= 0) measured[label].push(micros / count);
    };
    for (const step of alternate(round, [off, on])) await step();
  }
  for (const telemetry of ["off", "on"]) {
    const pairs = measured[telemetry].map((micros, at) => [micros, measured.plain[at]]);
    const added = summarize(pairs.map(([micros, base]) => micros - base));
    const ratio = summarize(pairs.map(([micros, base]) => micros / base));
    const row = {
      unit,
      way: name,
      telemetry,
      plain: summarize(measured.plain),
      measured: summarize(measured[telemetry]),
      added,
      ratio,
    };
    results.rows.push(row);
    console.log(
      `per ${unit}: plain ${row.plain.median.toFixed(2)} us, ${name} (telemetry ${telemetry}) ` +
        `${row.measured.median.toFixed(2)} us, added ${added.median.toFixed(2)} us ` +
        `(${added.lower.toFixed(2)} to ${added.upper.toFixed(2)})`,
    );
  }
}

function alternate(round, list) {
  return round % 2 === 0 ? list : list.toReversed();
}

function toMessage(text, more = {}) {
  const call = { ...more, id: "call_1", type: "function", function: { name: "response", arguments: text } };
  return { role: "assistant", content: null, refusal: null, tool_calls: [call] };
}

async function readStream() {
  let text = "";
  for await (const { choices } of await client.chat.completions.create(listCall))
    text += choices[0]?.delta.tool_calls?.[0].function.arguments ?? "";
  return text;
}

/** CPU time of the whole process, in microseconds: the export happens elsewhere in the loop. */
async function measure(times, once) {
  const before = process.cpuUsage();
  for (let at = 0; at < times; at++) {
    await once();
    // Nothing else here leaves the microtask queue, and exports wait for a turn.
    if (at % 100 === 99) await nextTurn();
  }
  const { user: inUser, system } = process.cpuUsage(before);
  return inUser + system;
}
