import { traceAnthropic } from "../../lib/anthropic/index.js";
import { getClient, traced } from "../../lib/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS, anthropicOf, openAIOf } from "../support/llm-server/clients.js";
import { treeOf } from "../support/traces.js";
import { held, useBalancedTraces } from "./rig.js";

const traces = useBalancedTraces();
const client = getClient();

describe("spans of clients that are traced", () => {
  let server: LlmServer;
  beforeAll(async () => {
    server = await startLlmServer();
  });
  afterAll(() => server.close());
  const messages = [{ role: "user" as const, content: "Hi" }];

  it.each(OPENAI_MAJORS)("%s: plain and streamed, awaited or handed out", async (_, OpenAI) => {
    const openai = traceOpenAI(openAIOf(server, OpenAI));
    const buffer = client.getSpanBuffer();
    await buffer.run(async () => {
      await traced("ask", () => openai.chat.completions.create({ model: "text", messages }))();
      for await (const _ of await openai.chat.completions.create({ model: "text", messages, stream: true }));
    });
    const pending = buffer.run(() => openai.chat.completions.create({ model: "text", messages }));
    await pending;
    const stream = await buffer.run(() => openai.chat.completions.create({ model: "text", messages, stream: true }));
    for await (const _ of stream);
    const chat = { name: "chat text", kind: "spandrel" };
    expect(treeOf(buffer.getAllSpans())).toEqual([{ name: "ask", kind: "task", children: [chat] }, chat, chat, chat]);
    await openai.chat.completions.create({ model: "text", messages });
    expect(traces.current.tree()).toEqual([chat]);
  });

  it("@anthropic-ai/sdk", async () => {
    const anthropic = traceAnthropic(anthropicOf(server));
    const buffer = client.getSpanBuffer();
    await buffer.run(() => anthropic.messages.create({ model: "text", messages, max_tokens: 9 }));
    expect([held(buffer), traces.current.spans]).toEqual([["chat text"], []]);
  });
});
