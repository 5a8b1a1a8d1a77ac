import type OpenAI from "openai";
import { StreamingTask, Task } from "../../lib/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { drain, openAIOf } from "../support/llm-server/clients.js";
import { useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();
const TEXT = "Blue sky 😀 🇨🇭.";

let server: LlmServer;
beforeAll(async () => void (server = await startLlmServer()));
afterAll(() => server.close());

/** Streams an answer, once without a decorator, once as pieces and once as the whole. */
class Greeter {
  readonly #openai: OpenAI;
  readonly #streamOptions: OpenAI.ChatCompletionStreamOptions;

  constructor(openai: OpenAI, streamOptions: OpenAI.ChatCompletionStreamOptions = {}) {
    this.#openai = openai;
    this.#streamOptions = streamOptions;
  }

  async *pieces(text: string): AsyncGenerator<string> {
    const stream = await this.#openai.chat.completions.create({
      model: "text",
      messages: [{ role: "user", content: text }],
      temperature: 0,
      stream: true,
      stream_options: this.#streamOptions,
    });
    for await (const { choices } of stream) {
      const content = choices[0]?.delta.content;
      if (content) yield content;
    }
  }

  @StreamingTask({ name: "hi" })
  hi(text: string): AsyncGenerator<string> {
    return this.pieces(text);
  }

  @Task({ name: "whole" })
  async whole(text: string): Promise<string> {
    let answer = "";
    for await (const piece of this.pieces(text)) answer += piece;
    return answer;
  }
}

const content = withAttributes(
  "input",
  "output",
  "chunks",
  "outcome",
  "gen_ai.output.messages",
  "gen_ai.usage.input_tokens",
  "gen_ai.usage.output_tokens",
);
const CHAT = {
  name: "chat text",
  kind: "spandrel",
  chunks: 6,
  outcome: "completed",
  "gen_ai.output.messages": JSON.stringify([
    { role: "assistant", parts: [{ type: "text", content: TEXT }], finish_reason: "stop" },
  ]),
};
const hi = {
  name: "hi",
  kind: "task",
  input: '{"text":"Hi"}',
  output: JSON.stringify(TEXT),
  chunks: 4,
  outcome: "completed",
};
const whole = { name: "whole", kind: "task", input: '{"text":"Hi"}', output: JSON.stringify(TEXT) };

describe("a streamed answer", () => {
  it("is one call with its whole text where the client alone is traced", async () => {
    const greeter = new Greeter(traceOpenAI(openAIOf(server)));
    expect((await drain(greeter.pieces("Hi"))).items.join("")).toBe(TEXT);
    expect(traces.current.tree(content)).toEqual([CHAT]);
  });

  it("is one task with its whole text where the method alone is traced, whether it streams or returns the text", async () => {
    const greeter = new Greeter(openAIOf(server));
    expect((await drain(greeter.hi("Hi"))).items.join("")).toBe(TEXT);
    expect(await greeter.whole("Hi")).toBe(TEXT);
    expect(traces.current.tree(content)).toEqual([hi, whole]);
  });

  it("is one trace, the call below the method, where both are traced", async () => {
    const greeter = new Greeter(traceOpenAI(openAIOf(server)));
    expect((await drain(greeter.hi("Hi"))).items.join("")).toBe(TEXT);
    expect(await greeter.whole("Hi")).toBe(TEXT);
    expect(traces.current.tree(content)).toEqual([
      { ...hi, children: [CHAT] },
      { ...whole, children: [CHAT] },
    ]);
  });

  it("has its tokens where the request asks for them, and is asked for nothing that the request does not", async () => {
    const client = traceOpenAI(openAIOf(server));
    await drain(new Greeter(client, { include_usage: true }).pieces("Hi"));
    expect(traces.current.tree(content)).toEqual([
      { ...CHAT, chunks: 7, "gen_ai.usage.input_tokens": 11, "gen_ai.usage.output_tokens": 7 },
    ]);
    await drain(new Greeter(client).pieces("Hi"));
    expect(server.requests.slice(-2).map(({ body }) => body["stream_options"])).toEqual([{ include_usage: true }, {}]);
  });
});
