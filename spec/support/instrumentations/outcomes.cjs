"use strict";
// The rows: how a call goes, and what the user's code does with it.

const ALL = ["plain", "stream", "helper"];
const STREAMED = ["stream", "helper"];

/** Notes what class the caller was handed; another than the client's own lacks its methods. */
function note(seen, role, value) {
  const { name } = value.constructor;
  seen[role] = name === "Object" ? Object.prototype.toString.call(value).slice(8, -1) : name;
  return value;
}

async function readAll(operation, stream) {
  let text = "";
  for await (const item of stream) text += operation.item(item);
  return text;
}

/** Awaits or reads the whole answer. */
async function consume({ operation, kit, model, seen }, options) {
  const answer = note(seen, "promise", operation.call(kit, model, options));
  if (operation.kind === "plain") return operation.read(await answer);
  if (operation.kind === "stream") return readAll(operation, note(seen, "stream", await answer));
  const text = await readAll(operation, answer);
  return [text, await operation.last(answer)];
}

/** Reads two pieces of text off a stream, then does something to it; how far it gets from there is up to timing. */
async function interrupt({ operation, kit, model, seen }, act, options) {
  const answer = note(seen, "promise", operation.call(kit, model, options));
  const stream = operation.kind === "stream" ? note(seen, "stream", await answer) : answer;
  let count = 0;
  for await (const item of stream) if (operation.item(item) !== "" && ++count === 2 && act(stream)) break;
  return "over";
}

async function abort(cell) {
  const { operation, kit, model } = cell;
  const controller = new globalThis.AbortController();
  const options = { signal: controller.signal };
  if (operation.kind !== "plain") return interrupt(cell, () => controller.abort(), options);
  const answer = consume(cell, options);
  await Promise.race([kit.arrived(model), answer]);
  controller.abort();
  return answer;
}

/** `scenario` names the fixture server's answer; without one it is the operation's own success. */
const OUTCOMES = [
  { name: "success", kinds: ALL, use: consume },
  { name: "HTTP 400", kinds: ALL, scenario: "bad-request", use: consume, isFailure: true },
  { name: "429, then success", kinds: ALL, scenario: "rate-limited", use: consume },
  { name: "abort", kinds: ALL, scenario: (kind) => (kind === "plain" ? "hang" : "endless"), use: abort, leaves: true },
  { name: "connection cut", kinds: ALL, scenario: "cut-mid-stream", use: consume, isFailure: true },
  { name: "error in the stream", kinds: STREAMED, scenario: "error-event", use: consume, isFailure: true },
  { name: "closed without finish", kinds: STREAMED, scenario: "closed-without-finish", use: consume },
  {
    name: "consumer breaks",
    kinds: STREAMED,
    scenario: "endless",
    use: (cell) => interrupt(cell, () => true),
    leaves: true,
  },
  {
    name: "never read",
    kinds: ["stream"],
    async use({ operation, kit, model, seen }) {
      note(seen, "stream", await operation.call(kit, model));
      return "not read";
    },
  },
  {
    name: "tee",
    kinds: ["stream"],
    async use({ operation, kit, model, seen }) {
      const stream = note(seen, "stream", await operation.call(kit, model));
      const [left, right] = stream.tee();
      return [await readAll(operation, left), await readAll(operation, right)];
    },
  },
  {
    name: "withResponse",
    kinds: ["plain", "stream"],
    async use({ operation, kit, model, seen }) {
      const answer = note(seen, "promise", operation.call(kit, model));
      const { data, response, request_id: id } = await answer.withResponse();
      const value = operation.kind === "plain" ? operation.read(data) : await readAll(operation, data);
      return [response.status, typeof id, value];
    },
  },
  {
    name: "asResponse",
    kinds: ["plain", "stream"],
    async use({ operation, kit, model, seen }) {
      const answer = note(seen, "promise", operation.call(kit, model));
      const response = await answer.asResponse();
      return [response.status, (await response.text()).length > 0];
    },
  },
];

module.exports = { OUTCOMES };
