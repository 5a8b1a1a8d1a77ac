// Measures PartialAnswer on an answer that arrives in pieces of 8 code units: with a snapshot after each, with its
// finished parts validated after each, and with both. Beside it what they are for not having to do, once: reading and
// validating the whole. Needs dist (npm run build).
//
//   node bench/partial-answer.mjs [--rounds 9]
import { deepStrictEqual } from "node:assert";
import { parseArgs } from "node:util";
import * as z from "zod";
import { PartialAnswer } from "../dist/esm/partial-answer/partial-answer.js";
import { createResponseSchema } from "../dist/esm/response-schema/response-schema.js";
import { summarize } from "./lib/statistics.mjs";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "9" } } });
const rounds = Number(options.rounds);
const PIECE = 8;

const common = { id: z.int(), name: z.string().min(1), tags: z.array(z.string()) };
const plainItem = z.object({ ...common, note: z.string().optional(), size: z.object({ width: z.number() }) });
const taggedItem = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("even"), ...common, note: z.string().optional(), size: z.object({ width: z.number() }) }),
  z.object({ kind: z.literal("odd"), ...common, note: z.string().optional(), size: z.object({ width: z.number() }) }),
]);

const schemas = {
  objects: createResponseSchema(z.object({ title: z.string(), items: z.array(plainItem) }), { strict: true }),
  "tagged objects": createResponseSchema(z.object({ title: z.string(), items: z.array(taggedItem) }), { strict: true }),
};

const ways = {
  "no look at it": async (answer, pieces) => {
    for (const piece of pieces) answer.push(piece);
  },
  snapshots: async (answer, pieces) => {
    for (const piece of pieces) {
      answer.push(piece);
      look(answer.snapshot);
    }
  },
  "validated parts": async (answer, pieces) => {
    for (const piece of pieces) {
      answer.push(piece);
      look(await answer.validateFinished());
    }
  },
  both: async (answer, pieces) => {
    for (const piece of pieces) {
      answer.push(piece);
      look(await answer.validateFinished());
      look(answer.snapshot);
    }
  },
};

let looks = 0;
for (const [size, length] of Object.entries({ "100 KB": 100_000, "1 MB": 1_000_000 })) {
  for (const [kind, schema] of Object.entries(schemas)) await measure(`${size}, ${kind}`, schema, makeText(length));
}
console.log(`${looks} looks`);

async function measure(title, schema, text) {
  const pieces = Array.from({ length: Math.ceil(text.length / PIECE) }, (_, at) =>
    text.slice(at * PIECE, (at + 1) * PIECE),
  );
  const truth = await schema.validate(schema.unwrap(JSON.parse(text)));
  const measured = { whole: [], ...Object.fromEntries(Object.keys(ways).map((name) => [name, []])) };
  for (let round = -2; round < rounds; round++) {
    const startedAt = performance.now();
    await schema.validate(schema.unwrap(JSON.parse(text)));
    if (round >= 0) measured.whole.push(performance.now() - startedAt);
    for (const [name, run] of Object.entries(ways)) {
      const answer = new PartialAnswer(schema);
      const beganAt = performance.now();
      await run(answer, pieces);
      const result = await answer.finish();
      if (round >= 0) measured[name].push(performance.now() - beganAt);
      if (round < 0) deepStrictEqual(result, truth);
    }
  }
  console.log(`\n${title}, ${truth.data.items.length} items, ${pieces.length} pieces: ms`);
  console.table(
    Object.entries(measured).map(([way, times]) => {
      const { median, lower, upper } = summarize(times);
      return { way, median: Number(median.toFixed(2)), quartiles: `${lower.toFixed(2)} to ${upper.toFixed(2)}` };
    }),
  );
}

function look(value) {
  if (value !== undefined) looks++;
}

/** A list of records of about 100 characters, as a model in strict mode writes it. */
function makeText(length) {
  const items = [];
  for (let chars = 30; chars < length;) {
    const id = items.length;
    const item = {
      kind: id % 2 === 0 ? "even" : "odd",
      id,
      name: `Item ${id}`,
      tags: ["red", "large"].slice(id % 2),
      note: id % 3 === 0 ? null : "as good as new",
      size: { width: id % 40 },
    };
    items.push(item);
    chars += JSON.stringify(item).length + 1;
  }
  return JSON.stringify({ title: "A list", items });
}
