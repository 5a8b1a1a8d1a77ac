"use strict";
const { OPERATIONS } = require("./operations.cjs");
const { OUTCOMES } = require("./outcomes.cjs");

const LIMIT_MILLIS = 5000;

function scenarioOf(operation, { scenario }) {
  if (typeof scenario === "function") return scenario(operation.kind);
  if (scenario === "rate-limited") return operation.retried ?? scenario;
  return scenario ?? operation.scenario;
}

/** Every operation with every outcome it can have. */
const CELLS = OUTCOMES.flatMap((outcome) =>
  OPERATIONS.filter(({ kind }) => outcome.kinds.includes(kind)).map((operation) => ({
    name: `${operation.name}: ${outcome.name}`,
    operation,
    outcome,
    scenario: scenarioOf(operation, outcome),
  })),
);

/**
 * Runs one cell as user code would and tells what that code saw: classes, value or error, and, where the client has to
 * leave, whether the connection was closed. `key` makes the model's name the cell's own.
 */
async function runCell(cell, kit, key) {
  const { operation, outcome, scenario } = cell;
  const model = `${scenario}@${key}`;
  const seen = {};
  try {
    seen.value = await limited(outcome.use({ operation, kit, model, seen }), "hangs");
  } catch (error) {
    seen.error = nameError(error);
  }
  if (outcome.leaves) seen.connection = await limited(kit.ended(model), "hangs").catch(() => "still open");
  return { model, seen };
}

/** Class and first line of the message; a client that wraps an error of another realm (Jest's) puts its class before it. */
function nameError(error) {
  if (!(error instanceof Error) && typeof error?.message !== "string") return `not an Error: ${String(error)}`;
  return `${error.constructor.name}: ${error.message.split("\n")[0].replace(/^\w*Error: /, "")}`;
}

function limited(promise, message) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), LIMIT_MILLIS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** What user code saw, compared with what it sees of the client alone: `ok`, or the difference. */
function judge(seen, alone) {
  if (seen.error !== undefined && seen.error !== alone.error) return `throws ${seen.error}`;
  if (alone.error !== undefined && seen.error === undefined) return `does not throw ${alone.error}`;
  for (const aspect of ["value", "promise", "stream", "connection"]) {
    const [is, was] = [JSON.stringify(seen[aspect]), JSON.stringify(alone[aspect])];
    if (is !== was) return `${aspect} ${is ?? "none"} instead of ${was ?? "none"}`;
  }
  const [unhandled] = alone.unhandled === undefined ? (seen.unhandled ?? []) : [];
  return unhandled === undefined ? "ok" : `unhandled rejection, which ends the process: ${unhandled}`;
}

const KINDS = ["internal", "server", "client", "producer", "consumer"];
const STATUSES = ["unset", "ok", "error"];
/** What the fixture server says, and no request does. */
const SAID = /Blue|Ada|Bern/;

/** What a reader of the trace needs of a span, as data; whichever vocabulary the span speaks. */
function describeSpan(span, callerSpanId) {
  const { attributes } = span;
  const pick = (...names) => names.map((name) => attributes[name]).find((value) => value !== undefined);
  const input = pick("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt");
  const output = pick("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion");
  const reason = Object.keys(attributes).find((name) => /finish_reasons?$/.test(name));
  const finish = reason === undefined ? undefined : [attributes[reason]].flat();
  const content = JSON.stringify([attributes, span.events.map((event) => event.attributes)]);
  return {
    name: span.name.replace(/@.*/, ""),
    kind: KINDS[span.kind],
    status: STATUSES[span.status.code],
    parentOk: span.parentSpanContext?.spanId === callerSpanId,
    tokens: input === undefined && output === undefined ? null : `${input ?? "?"}+${output ?? "?"}`,
    finish: finish ?? null,
    output: SAID.test(content),
  };
}

module.exports = { CELLS, OPERATIONS, OUTCOMES, describeSpan, judge, runCell };
