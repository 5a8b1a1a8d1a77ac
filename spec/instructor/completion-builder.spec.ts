import type OpenAIClient from "openai";
import { CompletionBuilder } from "../../lib/instructor/completion-builder.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS, openAIOf } from "../support/llm-server/clients.js";
import { MESSAGES, makeRows, piecesOf } from "./streamed-answers.js";

let server: LlmServer;
beforeAll(async () => void (server = await startLlmServer()));
afterAll(() => server.close());

/** What no chunk tells of a message. */
const UNTOLD = ["annotations"];

/** A completion without what a stream cannot tell: the request's own id, and the second of two choices. */
function told(completion: OpenAIClient.ChatCompletion): unknown {
  const [choice] = completion.choices;
  const message = Object.fromEntries(Object.entries(choice!.message).filter(([key]) => !UNTOLD.includes(key)));
  const { _request_id, ...rest } = completion as typeof completion & { _request_id?: string };
  return { ...rest, id: expect.any(String), choices: [{ ...choice, message }] };
}

async function build(client: OpenAIClient, model: string): Promise<CompletionBuilder> {
  const builder = new CompletionBuilder();
  const stream = await client.chat.completions.create({
    model,
    messages: MESSAGES,
    stream: true,
    stream_options: { include_usage: true },
  });
  for await (const chunk of stream) builder.add(chunk);
  return builder;
}

describe.each(OPENAI_MAJORS)("%s: a completion put together from its chunks", (_major, OpenAI) => {
  it.each([
    "text",
    "json",
    "json-invalid",
    "json-torn",
    "tools",
    "refusal",
    "length",
    "content-filter",
    "two-choices",
    "reasoning",
    "usage-details",
    "closed-without-done",
    "bytes",
    "rows",
  ])("is what the API gives without streaming: %s", async (model) => {
    server.answer("rows", { text: piecesOf(JSON.stringify(makeRows(30)), 7) });
    const client = openAIOf(server, OpenAI);
    const plain = await client.chat.completions.create({ model, messages: MESSAGES });
    const builder = await build(client, model);
    expect(builder.completion).toEqual(told(plain));
    expect(builder.isFinished).toBe(true);
  });

  it("is not finished where the stream is not", async () => {
    const builder = await build(openAIOf(server, OpenAI), "closed-without-finish");
    expect(builder.isFinished).toBe(false);
    expect(builder.completion).toMatchObject({
      choices: [{ finish_reason: null, message: { content: "Blue sky 😀 🇨🇭." } }],
    });
  });
});

describe("a completion put together from chunks", () => {
  const chunk = (choice: object, more: object = {}) => ({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 7,
    model: "m",
    choices: [{ index: 0, delta: {}, finish_reason: null, ...choice }],
    ...more,
  });
  const builtOf = (...chunks: unknown[]): unknown => {
    const builder = new CompletionBuilder();
    for (const one of chunks) builder.add(one);
    return builder.completion;
  };
  const empty = { role: "assistant", content: null, refusal: null };
  const completion = (message: object, finish_reason: string | null = null) => ({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 7,
    model: "m",
    choices: [{ index: 0, message: { ...empty, ...message }, logprobs: null, finish_reason }],
  });

  it("is undefined before the first", () => {
    expect(builtOf()).toBeUndefined();
  });

  it("has no usage, tier or fingerprint where no chunk has", () => {
    expect(builtOf(chunk({ delta: { role: "assistant", content: "" } }, { usage: null }))).toStrictEqual(
      completion({ content: "" }),
    );
  });

  it("takes its head from the first chunk with an id: Azure's first is about the prompt", () => {
    const first = { id: "", object: "", created: 0, model: "", choices: [], prompt_filter_results: [] };
    expect(builtOf(first, chunk({ delta: { content: "a" } }))).toStrictEqual(completion({ content: "a" }));
  });

  it("tells each chunk's delta, and nothing of other choices", () => {
    const builder = new CompletionBuilder();
    const delta = { content: "a" };
    expect(builder.add(chunk({ delta }))).toBe(delta);
    expect(builder.add(chunk({ index: 1, delta: { content: "b" }, finish_reason: "length" }))).toEqual({});
    expect(builder.add(chunk({ delta: null }))).toEqual({});
    expect(builder.add({ id: "chatcmpl-1", choices: [] })).toEqual({});
    expect(builder.completion).toStrictEqual(completion({ content: "a" }));
  });

  it("says its role once, however often the chunks do", () => {
    const delta = { role: "assistant", content: "a" };
    expect(builtOf(chunk({ delta }), chunk({ delta }))).toStrictEqual(completion({ content: "aa" }));
  });

  it("keeps the calls apart, in the order in which they begin", () => {
    const call = (index: number, piece: string, more: object = {}, name?: string) =>
      chunk({ delta: { tool_calls: [{ index, ...more, function: { arguments: piece, ...(name && { name }) } }] } });
    const built = builtOf(
      call(1, "", { id: "b", type: "function" }, "two"),
      call(0, "", { id: "a", type: "function" }, "one"),
      call(1, "{"),
      call(0, "["),
      call(1, "}"),
      call(0, "]"),
      chunk({ finish_reason: "tool_calls" }),
    );
    const calls = [
      { id: "b", type: "function", function: { name: "two", arguments: "{}" } },
      { id: "a", type: "function", function: { name: "one", arguments: "[]" } },
    ];
    expect(built).toStrictEqual(completion({ tool_calls: calls }, "tool_calls"));
  });

  it("shows no later chunk in what it gave before", () => {
    const builder = new CompletionBuilder();
    builder.add(chunk({ delta: { content: "a" } }));
    const early = builder.completion;
    builder.add(chunk({ delta: { content: "b" } }));
    expect(early).toStrictEqual(completion({ content: "a" }));
    expect(builder.completion).toStrictEqual(completion({ content: "ab" }));
  });
});
