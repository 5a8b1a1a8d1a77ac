import type OpenAI from "openai";
import type { ChatCompletionChunk } from "openai/resources/chat/completions";
import { startLlmServer } from "./llm-fixture-server.js";
import { MOCKED, startLlmMock } from "./llm-mock.js";
import { anthropicOf, drain, OPENAI_MAJORS, openAIOf } from "./llm-server/clients.js";

const messages = [{ role: "user" as const, content: "Hi" }];

/** The same questions to both servers. */
async function bothAnswer(ask: (url: { openai: string; anthropic: string }) => Promise<unknown>): Promise<unknown> {
  const server = await startLlmServer();
  const mock = await startLlmMock();
  try {
    const ours = await ask({ openai: server.url, anthropic: server.url });
    expect(await ask({ openai: mock.url, anthropic: mock.origin })).toEqual(ours);
    return ours;
  } finally {
    await server.close();
    await mock.close();
  }
}

/** What does not depend on where a text is split. */
async function readChat(client: OpenAI, model: string): Promise<unknown> {
  const plain = await client.chat.completions.create({ model, messages });
  const { items } = await drain<ChatCompletionChunk>(
    client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } }),
  );
  const helper = await client.chat.completions.stream({ model, messages }).finalChatCompletion();
  const [choice] = plain.choices;
  const first = items[0]?.choices[0]?.delta;
  const last = items.at(-1);
  return {
    text: choice?.message.content,
    calls: choice?.message.tool_calls,
    finish: choice?.finish_reason,
    tokens: [plain.usage?.prompt_tokens, plain.usage?.completion_tokens],
    role: first?.role,
    streamed: items.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""),
    streamedFinish: items.flatMap((chunk) => chunk.choices[0]?.finish_reason ?? []),
    last: [last?.choices, last?.usage?.total_tokens],
    helped: helper.choices[0]?.message.content,
    helpedCalls: helper.choices[0]?.message.tool_calls?.map(
      (call) => call.type === "function" && call.function.arguments,
    ),
  };
}

async function readResponse(client: OpenAI, model: string): Promise<unknown> {
  const plain = await client.responses.create({ model, input: "Hi" });
  const { items } = await drain(client.responses.create({ model, input: "Hi", stream: true }));
  return {
    text: plain.output_text,
    status: plain.status,
    tokens: [plain.usage?.input_tokens, plain.usage?.output_tokens],
    calls: plain.output.map((item) => (item.type === "function_call" ? [item.name, item.arguments] : item.type)),
    events: [...new Set(items.map((event) => event.type))].sort(),
  };
}

describe.each(OPENAI_MAJORS)("aimock and the fixture server, %s", (_name, Class) => {
  it.each(MOCKED)("answer chat completions alike: %s", async (model) => {
    const client = (url: string): OpenAI => openAIOf({ url }, Class);
    expect(await bothAnswer(({ openai }) => readChat(client(openai), model))).toBeDefined();
  });

  it.each(["text", "tools"])("answer responses alike: %s", async (model) => {
    expect(await bothAnswer(({ openai }) => readResponse(openAIOf({ url: openai }, Class), model))).toBeDefined();
  });

  it("answer embeddings alike", async () => {
    await bothAnswer(async ({ openai }) => {
      // aimock sends numbers whatever is asked for; openai 6 takes them for the base64 it asks for by itself.
      const request = { model: "text", input: "a", encoding_format: "float" } as const;
      const { data } = await openAIOf({ url: openai }, Class).embeddings.create(request);
      return data[0]?.embedding;
    });
  });
});

it.each(["text", "tools"])("aimock and the fixture server answer Anthropic's messages alike: %s", async (model) => {
  await bothAnswer(async ({ anthropic }) => {
    const client = anthropicOf({ url: anthropic });
    const { content, stop_reason, usage } = await client.messages.create({ model, messages, max_tokens: 99 });
    const { items } = await drain(client.messages.create({ model, messages, max_tokens: 99, stream: true }));
    return {
      said: content.map((block) => (block.type === "text" ? block.text : block.type === "tool_use" && block.input)),
      stop_reason,
      tokens: [usage.input_tokens, usage.output_tokens],
      events: items.map((event) => event.type).filter((type) => type !== "content_block_delta"),
    };
  });
});
