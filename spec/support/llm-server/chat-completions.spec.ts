import type OpenAI from "openai";
import type { ChatCompletionChunk } from "openai/resources/chat/completions";
import { type LlmServer, startLlmServer } from "../llm-fixture-server.js";
import { drain, OPENAI_MAJORS, openAIOf } from "./clients.js";
import { TEXT } from "./scenarios.js";

const messages = [{ role: "user" as const, content: "Hi" }];
const SAID = TEXT.join("");

describe.each(OPENAI_MAJORS)("chat completions of the fixture server, %s", (_name, Class) => {
  let server: LlmServer;
  let client: OpenAI;
  beforeAll(async () => {
    server = await startLlmServer();
    client = openAIOf(server, Class);
  });
  afterAll(() => server.close());

  const ask = async (model: string) => client.chat.completions.create({ model, messages });
  const stream = async (model: string) =>
    drain<ChatCompletionChunk>(client.chat.completions.create({ model, messages, stream: true }));
  const contents = (chunks: readonly ChatCompletionChunk[]): unknown[] =>
    chunks.map((chunk) => chunk.choices[0]?.delta.content);

  it("serves text, plain and streamed", async () => {
    const { id, model, choices, usage } = await ask("text");
    expect({ model, usage }).toMatchObject({
      model: "text-2026-08-06",
      usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
    });
    expect(id).toMatch(/^chatcmpl-\d+$/);
    expect(choices).toMatchObject([{ finish_reason: "stop", message: { role: "assistant", content: SAID } }]);

    const { items, error } = await stream("text");
    expect(error).toBeUndefined();
    expect(contents(items)).toEqual(["", ...TEXT, undefined]);
    expect(items.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, null, null, null, "stop"]);
    expect(items.every((chunk) => !("usage" in chunk))).toBe(true);
  });

  it("serves usage with its parts, as a last chunk when asked for", async () => {
    const details = {
      prompt_tokens: 110,
      completion_tokens: 70,
      total_tokens: 180,
      prompt_tokens_details: { cached_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 30 },
    };
    expect((await ask("usage-details")).usage).toMatchObject(details);

    const { items } = await drain<ChatCompletionChunk>(
      client.chat.completions.create({
        model: "usage-details",
        messages,
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    expect(items.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(items.at(-1)).toMatchObject({ choices: [], usage: details });
  });

  it("serves two parallel tool calls, streamed in interleaved fragments", async () => {
    const { choices } = await ask("tools");
    expect(choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: null,
        tool_calls: [
          { id: "call_0", type: "function", function: { name: "get_weather", arguments: '{"city":"Bern"}' } },
          { id: "call_1", type: "function", function: { name: "get_time", arguments: '{"zone":"CET"}' } },
        ],
      },
    });

    const { items } = await stream("tools");
    const calls = items.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
    expect(calls.map((call) => `${call.index} ${call.function?.name ?? ""}${call.function?.arguments ?? ""}`)).toEqual([
      "0 get_weather",
      "1 get_time",
      '0 {"city":',
      '1 {"zone":',
      '0 "Bern',
      '1 "CET"}',
      '0 "}',
    ]);
    expect(items.at(-1)?.choices[0]?.finish_reason).toBe("tool_calls");
  });

  it("serves a refusal", async () => {
    const refusal = "I will not do that.";
    expect((await ask("refusal")).choices[0]).toMatchObject({ message: { content: null, refusal } });
    const { items } = await stream("refusal");
    expect(items.map((chunk) => chunk.choices[0]?.delta.refusal ?? "").join("")).toBe(refusal);
  });

  it.each([
    ["length", "length"],
    ["content-filter", "content_filter"],
  ])("stops by %s", async (model, reason) => {
    expect((await ask(model)).choices[0]?.finish_reason).toBe(reason);
    expect((await stream(model)).items.at(-1)?.choices[0]?.finish_reason).toBe(reason);
  });

  it("serves two choices, streamed in turn", async () => {
    const { choices } = await ask("two-choices");
    expect(choices.map((choice) => [choice.index, choice.message.content, choice.finish_reason])).toEqual([
      [0, SAID, "stop"],
      [1, "Grey sea", "length"],
    ]);
    const { items } = await stream("two-choices");
    const pieces = items.map(({ choices: [choice] }) => [
      choice?.index,
      choice?.delta.content ?? choice?.finish_reason,
    ]);
    expect(pieces).toEqual([
      [0, ""],
      [1, ""],
      [0, TEXT[0]],
      [1, "Grey "],
      [0, TEXT[1]],
      [1, "sea"],
      [0, TEXT[2]],
      [0, TEXT[3]],
      [0, "stop"],
      [1, "length"],
    ]);
  });

  it("serves reasoning beside the text", async () => {
    expect((await ask("reasoning")).choices[0]?.message).toMatchObject({ reasoning_content: "Think twice." });
    const { items } = await stream("reasoning");
    const thoughts = items
      .map((chunk) => chunk.choices[0]?.delta)
      .filter((delta) => "reasoning_content" in (delta ?? {}));
    expect(thoughts).toEqual([{ reasoning_content: "Think " }, { reasoning_content: "twice." }]);
  });

  it("cuts the connection in the middle", async () => {
    await expect(ask("cut-mid-stream")).rejects.toThrow("terminated");
    const { items, error } = await stream("cut-mid-stream");
    expect(contents(items)).toEqual(["", TEXT[0], TEXT[1]]);
    expect(error).toMatchObject({ name: "TypeError", message: "terminated" });
    const last = server.requests.at(-1);
    await expect(last?.ended).resolves.toBe("cut");
  });

  it("closes a stream cleanly without a finish, without [DONE]", async () => {
    expect(contents((await stream("closed-without-finish")).items)).toEqual(["", ...TEXT]);
    expect(contents((await stream("closed-without-done")).items)).toEqual(["", ...TEXT, undefined]);
  });

  it.each(["error-event", "failed-event"])("sends an error in the middle of a stream: %s", async (model) => {
    const { items, error } = await stream(model);
    expect(contents(items)).toEqual(["", TEXT[0], TEXT[1]]);
    expect(error).toBeInstanceOf(Class.APIError);
    expect(error).toMatchObject({ message: "The fixture had an error.", type: "server_error" });
  });

  it("tears the JSON of a body, or of one event", async () => {
    await expect(ask("malformed-json")).rejects.toMatchObject({ name: "SyntaxError" });
    const { items, error } = await stream("malformed-json");
    expect(contents(items)).toEqual(["", TEXT[0], TEXT[1]]);
    expect(error).toBeInstanceOf(SyntaxError);
  });
});
