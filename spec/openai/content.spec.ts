import { propagateAttributes, traced } from "../../lib/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS, openAIOf } from "../support/llm-server/clients.js";
import { useTraces } from "../support/traces.js";
import { settle } from "./twins.js";

let server: LlmServer;
beforeAll(async () => {
  server = await startLlmServer();
});
afterAll(() => server.close());

const SECRET = "mellon";
const messages = [{ role: "user" as const, content: SECRET }];
const tools = [
  { type: "function" as const, function: { name: "get_weather", description: "Weather", parameters: {} } },
];
const responseTools = [{ type: "function" as const, name: "get_weather", parameters: {}, strict: false }];

/** Texts of the fixture's answers, and of what was asked. */
const CONTENT = /mellon|sky|Bern|CET|will not|not do/;

const textOf = (span: ReadableSpan): string => JSON.stringify([span.name, span.attributes, span.events, span.status]);

describe.each(OPENAI_MAJORS)("%s: with content switched off", (_major, OpenAI) => {
  const callAll = async (): Promise<void> => {
    const client = traceOpenAI(openAIOf(server, OpenAI));
    for (const model of ["tools", "refusal", "text", "cut-mid-stream"]) {
      const stream_options = { include_usage: true };
      await settle(() => client.chat.completions.create({ model, messages, tools }));
      await settle(() => client.responses.create({ model, input: SECRET, instructions: SECRET, tools: responseTools }));
      await settle(async () => {
        const body = { model, messages, tools, stream: true, stream_options } as const;
        for await (const _ of await client.chat.completions.create(body));
      });
      await settle(async () => {
        for await (const _ of await client.responses.create({
          model,
          input: SECRET,
          tools: responseTools,
          stream: true,
        }));
      });
    }
    await client.embeddings.create({ model: "text", input: SECRET });
  };

  const expectNoContent = (spans: readonly ReadableSpan[]): void => {
    const chats = spans.filter(({ name }) => name.startsWith("chat"));
    expect(chats).toHaveLength(16);
    for (const span of spans) expect(textOf(span)).not.toMatch(CONTENT);
    for (const { attributes } of chats) expect(attributes["gen_ai.tool.definitions"]).toContain("get_weather");
    const whole = chats.filter(({ name }) => name !== "chat cut-mid-stream");
    for (const { attributes } of whole) {
      expect([attributes["gen_ai.usage.input_tokens"], attributes["gen_ai.usage.output_tokens"]]).toEqual([11, 7]);
      expect(attributes["gen_ai.response.finish_reasons"]).toHaveLength(1);
    }
  };

  describe("for the process", () => {
    const traces = useTraces({ captureContent: false });

    it("no text is left, while tools, usage and finish reasons are", async () => {
      await callAll();
      expectNoContent(traces.current.spans);
    });
  });

  describe("around the call", () => {
    const traces = useTraces();

    it("no text is left there, and all of it outside", async () => {
      await propagateAttributes({ captureContent: false }, () => traced("work", callAll)());
      expectNoContent(traces.current.spans);
      traces.current.reset();
      await callAll();
      const chats = traces.current.spans.filter(({ name }) => name !== "chat cut-mid-stream");
      for (const span of chats) expect(textOf(span)).toMatch(CONTENT);
    });

    it("no text of a stream is left that is read elsewhere", async () => {
      const client = traceOpenAI(openAIOf(server, OpenAI));
      const stream = await propagateAttributes({ captureContent: false }, () =>
        client.chat.completions.create({ model: "text", messages, stream: true }),
      );
      for await (const _ of stream);
      expect(textOf(traces.current.span("chat text"))).not.toMatch(CONTENT);
    });
  });
});

describe.each(OPENAI_MAJORS)("%s: what a span keeps", (_major, OpenAI) => {
  const traces = useTraces();
  const bytesOf = (name: string): number => Buffer.byteLength(String(traces.current.spans[0]?.attributes[name]));

  it("of a prompt of a megabyte is cut, with a marker", async () => {
    const client = traceOpenAI(openAIOf(server, OpenAI));
    await client.chat.completions.create({ model: "text", messages: [{ role: "user", content: "ü".repeat(500_000) }] });
    const input = String(traces.current.attributes("chat text")["gen_ai.input.messages"]);
    expect(input).toContain("[cut: 500000 chars]");
    expect(bytesOf("gen_ai.input.messages")).toBeLessThan(67_000);
    expect(JSON.parse(input)).toMatchObject([{ role: "user", parts: [{ type: "text" }] }]);
  });

  it.each([
    ["chat", 300, "😀".repeat(512)],
    ["responses", 300, "x".repeat(1024)],
  ])("of a streamed answer of 300 KB is cut, with a marker (%s)", async (api, count, piece) => {
    const model = `long@${_major} ${api}`;
    server.answer(model, { text: Array.from({ length: count }, () => piece) });
    const client = traceOpenAI(openAIOf(server, OpenAI));
    let chars = 0;
    if (api === "chat") {
      for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
        chars += chunk.choices[0]?.delta.content?.length ?? 0;
    } else {
      for await (const event of await client.responses.create({ model, input: "Hi", stream: true }))
        if (event.type === "response.output_text.delta") chars += event.delta.length;
    }
    expect(chars).toBe(count * 1024);
    const output = String(traces.current.attributes(`chat ${model}`)["gen_ai.output.messages"]);
    expect(output).toContain(`[cut: ${String(chars)} chars]`);
    expect(bytesOf("gen_ai.output.messages")).toBeLessThan(67_000);
    expect(output.isWellFormed()).toBe(true);
    expect(JSON.parse(output)).toMatchObject([{ role: "assistant", parts: [{ type: "text" }], finish_reason: "stop" }]);
  });

  it.each([65_535, 65_536, 65_537])("of a cut stream's text of %i characters", async (size) => {
    const model = `edge@${_major} ${String(size)}`;
    const half = Math.floor(size / 2);
    server.answer(model, { text: ["a".repeat(half), "b".repeat(size - half), "c"], fault: "cut" });
    const client = traceOpenAI(openAIOf(server, OpenAI));
    const deltas: string[] = [];
    await settle(async () => {
      for await (const { choices } of await client.chat.completions.create({ model, messages, stream: true }))
        deltas.push(choices[0]?.delta.content ?? "");
    });
    const output = String(traces.current.attributes(`chat ${model}`)["gen_ai.output.messages"]);
    expect(bytesOf("gen_ai.output.messages")).toBeLessThan(67_000);
    expect(output).toContain("aaaa");
  });
});
