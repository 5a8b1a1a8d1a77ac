// Measures what tracing adds to a call of the OpenAI client and to each chunk of its streams: the same client with and
// without `traceOpenAI`, answered by a `fetch` that makes its Response on the spot. Needs dist (npm run build).
//
//   node --expose-gc bench/llm.mjs [--rounds 9] [--calls 2000] [--chunks 1000]
import OpenAI from "openai";
import { setImmediate as nextTurn } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startTelemetry, traced } from "../dist/esm/index.js";
import { traceOpenAI } from "../dist/esm/openai/index.js";
import { describeConditions, nodeLabel, writeResults } from "./lib/machine.mjs";
import { summarize } from "./lib/statistics.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    calls: { type: "string", default: "2000" },
    chunks: { type: "string", default: "1000" },
  },
});
const rounds = Number(options.rounds);
const callCount = Number(options.calls);
const chunkCount = Number(options.chunks);
const STREAMS = 20;

const messages = [
  { role: "system", content: "You are a concise assistant." },
  { role: "user", content: "Which is the largest lake of Switzerland, and how deep is it?" },
];
const answer = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  model: "gpt-4o-2024-08-06",
  choices: [
    { index: 0, finish_reason: "stop", message: { role: "assistant", content: "Lake Geneva; it is 310 m deep." } },
  ],
  usage: { prompt_tokens: 31, completion_tokens: 12, total_tokens: 43 },
});
const events = Array.from({ length: chunkCount }, (_, at) => {
  const isLast = at === chunkCount - 1;
  const choice = { index: 0, delta: isLast ? {} : { content: `word${at} ` }, finish_reason: isLast ? "stop" : null };
  return `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", model: "gpt-4o", choices: [choice] })}\n\n`;
});
const streamed = new TextEncoder().encode(`${events.join("")}data: [DONE]\n\n`);

const jsonHeaders = { "content-type": "application/json" };
const sseHeaders = { "content-type": "text/event-stream" };
const fetch = async (_url, { body }) =>
  body.includes('"stream":true')
    ? new Response(streamed, { headers: sseHeaders })
    : new Response(answer, { headers: jsonHeaders });

const telemetry = startTelemetry({
  appName: "bench",
  instruments: [],
  customExporter: { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} },
});
const newClient = () => new OpenAI({ apiKey: "none", baseURL: "http://127.0.0.1:9/v1", fetch });
const contenders = { plain: newClient(), traced: traceOpenAI(newClient()) };

const work = {
  call: { count: callCount, run: (client) => client.chat.completions.create({ model: "gpt-4o", messages }) },
  chunk: {
    count: STREAMS * chunkCount,
    times: STREAMS,
    run: async (client) => {
      let length = 0;
      const stream = await client.chat.completions.create({ model: "gpt-4o", messages, stream: true });
      for await (const chunk of stream) length += chunk.choices[0].delta.content?.length ?? 0;
      return length;
    },
  },
};

const conditions = describeConditions();
const results = { kind: "llm", ...conditions, rounds, calls: callCount, chunks: chunkCount, rows: [] };
for (const [unit, { count, times = count, run }] of Object.entries(work)) {
  const measured = { plain: [], traced: [] };
  for (let round = -3; round < rounds; round++) {
    const names = round % 2 === 0 ? ["plain", "traced"] : ["traced", "plain"];
    for (const name of names) {
      const micros = await traced("round", () => measure(times, () => run(contenders[name])))();
      if (round >= 0) measured[name].push(micros / count);
    }
  }
  const pairs = measured.traced.map((micros, at) => [micros, measured.plain[at]]);
  const added = summarize(pairs.map(([traced, plain]) => traced - plain));
  const ratio = summarize(pairs.map(([traced, plain]) => traced / plain));
  const row = { unit, plain: summarize(measured.plain), traced: summarize(measured.traced), added, ratio };
  results.rows.push(row);
  console.log(
    `per ${unit}: plain ${row.plain.median.toFixed(2)} us, traced ${row.traced.median.toFixed(2)} us, ` +
      `added ${added.median.toFixed(2)} us (${added.lower.toFixed(2)} to ${added.upper.toFixed(2)})`,
  );
}
await telemetry.shutdown();
console.log(`\n${writeResults(`llm-${nodeLabel(process.version)}`, results)}`);

/** CPU time of the whole process, in microseconds: the export happens elsewhere in the loop. */
async function measure(times, once) {
  const before = process.cpuUsage();
  for (let at = 0; at < times; at++) {
    await once();
    // Nothing else here leaves the microtask queue, and exports wait for a turn.
    if (at % 100 === 99) await nextTurn();
  }
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
