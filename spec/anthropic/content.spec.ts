import { traceAnthropic } from "../../lib/anthropic/index.js";
import { MESSAGES } from "../../lib/anthropic/messages.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import { Traces, useTraces } from "../support/traces.js";
import { type Body, bodyFor, useServer } from "./rig.js";

const traces = useTraces({ instruments: [] });
const server = useServer();

/** Asks a server that answers with these blocks. */
async function ask(body: object, content: readonly object[] = [], more: object = {}): Promise<ReadableSpan> {
  const answer = (): Promise<Response> =>
    Promise.resolve(Response.json({ id: "msg_1", type: "message", role: "assistant", content, ...more }));
  await server.client({ fetch: answer }).messages.create({ ...bodyFor("text"), ...body } as Body);
  return traces.current.span("chat text");
}

/** Streams these events from a server. */
async function stream(events: readonly object[]): Promise<ReadableSpan> {
  const text = events.map((event) => `event: message_start\ndata: ${JSON.stringify(event)}\n\n`).join("");
  const headers = { "content-type": "text/event-stream" };
  const client = server.client({ fetch: () => Promise.resolve(new Response(text, { headers })) });
  for await (const _event of await client.messages.create({ ...bodyFor("text"), stream: true }));
  return traces.current.span("chat text");
}

const json = (span: ReadableSpan, name: string): unknown => JSON.parse(String(span.attributes[name]));
const inputOf = (span: ReadableSpan): unknown => json(span, "gen_ai.input.messages");
const outputOf = (span: ReadableSpan): unknown => json(span, "gen_ai.output.messages");

describe("the request of a call", () => {
  it("has every parameter under its name", async () => {
    const span = await ask({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      stop_sequences: ["END", "STOP"],
      output_config: { effort: "high", format: { type: "json_schema", schema: {} } },
      thinking: { type: "enabled", budget_tokens: 1024 },
      service_tier: "auto",
    });
    expect(span.attributes).toMatchObject({
      "gen_ai.request.max_tokens": 64,
      "gen_ai.request.temperature": 0.5,
      "gen_ai.request.top_p": 0.9,
      "gen_ai.request.top_k": 40,
      "gen_ai.request.stop_sequences": ["END", "STOP"],
      "gen_ai.request.reasoning.level": "high",
      "gen_ai.output.type": "json",
    });
    expect(Object.keys(span.attributes).filter((name) => name.includes("tier") || name.includes("thinking"))).toEqual(
      [],
    );
  });

  it("takes the deprecated output_format of beta for JSON, too", async () => {
    const answer = (): Promise<Response> => Promise.resolve(Response.json({ content: [] }));
    const body = { ...bodyFor("text"), output_format: { type: "json_schema", schema: {} } };
    await server.client({ fetch: answer }).beta.messages.create(body as never);
    expect(traces.current.attributes("chat text")["gen_ai.output.type"]).toBe("json");
  });

  it.each([
    ["a string", "Be brief.", [{ type: "text", content: "Be brief." }]],
    [
      "blocks",
      [
        { type: "text", text: "Be brief." },
        { type: "text", text: "Be kind.", cache_control: { type: "ephemeral" } },
      ],
      [
        { type: "text", content: "Be brief." },
        { type: "text", content: "Be kind." },
      ],
    ],
  ])("has the system prompt from %s", async (_name, system, parts) => {
    expect(json(await ask({ system }), "gen_ai.system_instructions")).toEqual(parts);
  });

  it("has no system instructions without a system prompt", async () => {
    expect((await ask({})).attributes).not.toHaveProperty(["gen_ai.system_instructions"]);
  });

  it("has its tools as they are", async () => {
    const tools = [{ name: "get_weather", description: "Weather", input_schema: { type: "object" } }];
    expect(json(await ask({ tools }), "gen_ai.tool.definitions")).toEqual(tools);
  });

  it.each<[string, object, unknown[]]>([
    ["text", { type: "text", text: "Hi" }, [{ type: "text", content: "Hi" }]],
    [
      "an image by address",
      { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
      [{ type: "uri", modality: "image", uri: "https://example.com/a.png" }],
    ],
    [
      "an image that is sent along",
      { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
      [{ type: "blob", modality: "image", mime_type: "image/png", content: "[not recorded: 4 chars]" }],
    ],
    [
      "a document by file id",
      { type: "document", source: { type: "file", file_id: "file_1" } },
      [{ type: "file", modality: "document", file_id: "file_1" }],
    ],
    [
      "a document that is sent along",
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBE" } },
      [{ type: "blob", modality: "document", mime_type: "application/pdf", content: "[not recorded: 4 chars]" }],
    ],
    [
      "a document of plain text",
      { type: "document", source: { type: "text", media_type: "text/plain", data: "Once" } },
      [{ type: "text", content: "Once" }],
    ],
    [
      "a document of blocks",
      { type: "document", source: { type: "content", content: [{ type: "text", text: "Once" }] } },
      [{ type: "text", content: "Once" }],
    ],
    [
      "a call of a tool",
      { type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "Bern" } },
      [{ type: "tool_call", id: "toolu_1", name: "get_weather", arguments: { city: "Bern" } }],
    ],
    [
      "a result of a tool",
      { type: "tool_result", tool_use_id: "toolu_1", content: "sunny" },
      [{ type: "tool_call_response", id: "toolu_1", response: "sunny" }],
    ],
    [
      "a failed result of a tool, in blocks",
      { type: "tool_result", tool_use_id: "toolu_1", is_error: true, content: [{ type: "text", text: "no" }] },
      [{ type: "tool_call_response", id: "toolu_1", response: [{ type: "text", content: "no" }], is_error: true }],
    ],
    ["thinking", { type: "thinking", thinking: "Hm.", signature: "c2ln" }, [{ type: "reasoning", content: "Hm." }]],
    [
      "redacted thinking",
      { type: "redacted_thinking", data: "ZGF0YQ==" },
      [{ type: "reasoning", content: "[redacted by the provider]" }],
    ],
    [
      "a call of a tool of the provider's",
      { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "sky" } },
      [
        {
          type: "server_tool_call",
          id: "srvtoolu_1",
          name: "web_search",
          server_tool_call: { type: "web_search", arguments: { query: "sky" } },
        },
      ],
    ],
    [
      "a call of a tool of an MCP server",
      { type: "mcp_tool_use", id: "mcptoolu_1", name: "find", server_name: "docs", input: {} },
      [
        {
          type: "server_tool_call",
          id: "mcptoolu_1",
          name: "find",
          server_tool_call: { type: "find", arguments: {}, server_name: "docs" },
        },
      ],
    ],
    [
      "a result of a tool of the provider's, without what only it can read",
      {
        type: "web_search_tool_result",
        tool_use_id: "srvtoolu_1",
        content: [{ type: "web_search_result", url: "https://example.com", encrypted_content: "xxxx" }],
      },
      [
        {
          type: "server_tool_call_response",
          id: "srvtoolu_1",
          server_tool_call_response: {
            type: "web_search_tool_result",
            content: [{ type: "web_search_result", url: "https://example.com" }],
          },
        },
      ],
    ],
    [
      "a block that is not known",
      { type: "hologram", scene: "sky", encrypted_scene: "xxxx" },
      [{ type: "hologram", scene: "sky" }],
    ],
  ])("has %s as a part, asked and answered alike", async (_name, block, parts) => {
    const span = await ask({ messages: [{ role: "user", content: [block] }] }, [block], { stop_reason: "end_turn" });
    expect(inputOf(span)).toEqual([{ role: "user", parts }]);
    expect(outputOf(span)).toEqual([{ role: "assistant", parts, finish_reason: "end_turn" }]);
  });

  it.each([[undefined], [null], ["text"], [{ model: 7, messages: 1 }], [{ messages: [null, 1, { content: [null] }] }]])(
    "that is no request costs nobody anything: %p",
    async (body) => {
      const create = jest.fn(() => Promise.resolve("answered"));
      const client = traceAnthropic({ messages: { create: create as (body: unknown) => Promise<string> } });
      expect(await client.messages.create(body)).toBe("answered");
      expect(traces.current.tree()).toEqual([{ name: "chat", kind: "spandrel" }]);
      expect(traces.current.faults).toEqual({});
    },
  );
});

describe("the answer to a call", () => {
  it("has input tokens with those of the cache, and those apart", async () => {
    const usage = {
      input_tokens: 5,
      cache_read_input_tokens: 40,
      cache_creation_input_tokens: 100,
      output_tokens: 9,
      output_tokens_details: { thinking_tokens: 3 },
    };
    expect((await ask({}, [], { usage })).attributes).toMatchObject({
      "gen_ai.usage.input_tokens": 145,
      "gen_ai.usage.cache_read.input_tokens": 40,
      "gen_ai.usage.cache_creation.input_tokens": 100,
      "gen_ai.usage.output_tokens": 9,
      "gen_ai.usage.reasoning.output_tokens": 3,
    });
  });

  it("has no tokens where none are told", async () => {
    const span = await ask({}, [], { usage: { cache_read_input_tokens: null } });
    expect(Object.keys(span.attributes).filter((name) => name.startsWith("gen_ai.usage"))).toEqual([]);
  });

  it("has no content, asked or answered, where none is captured", async () => {
    await traces.current.telemetry.shutdown();
    const other = new Traces({ instruments: [], captureContent: false });
    const tools = [{ name: "get_weather", input_schema: { type: "object" } }];
    const answer = (): Promise<Response> =>
      Promise.resolve(Response.json({ content: [{ type: "text", text: "secret" }] }));
    const body = { ...bodyFor("text"), system: "secret", tools } as Body;
    await server.client({ fetch: answer }).messages.create(body);
    await other.telemetry.shutdown();
    const names = Object.keys(other.attributes("chat text"));
    expect(names.filter((name) => /messages|instructions|definitions/.test(name))).toEqual(["gen_ai.tool.definitions"]);
    expect(JSON.stringify(other.attributes("chat text"))).not.toContain("secret");
  });
});

describe("the events of a stream", () => {
  const start = (usage: object = {}): object => ({
    type: "message_start",
    message: { id: "msg_1", model: "m", usage },
  });
  const block = (index: number, content_block: object): object => ({
    type: "content_block_start",
    index,
    content_block,
  });
  const delta = (index: number, value: object): object => ({ type: "content_block_delta", index, delta: value });
  const finish = (stop_reason: string, usage: object = {}): object[] => [
    { type: "message_delta", delta: { stop_reason }, usage },
    { type: "message_stop" },
  ];

  it("make the parts of a message in the order of their blocks", async () => {
    const span = await stream([
      start(),
      block(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "thinking_delta", thinking: "Look " }),
      delta(0, { type: "thinking_delta", thinking: "up." }),
      delta(0, { type: "signature_delta", signature: "c2ln" }),
      block(1, { type: "redacted_thinking", data: "ZGF0YQ==" }),
      block(2, { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} }),
      delta(2, { type: "input_json_delta", partial_json: '{"query":' }),
      delta(2, { type: "input_json_delta", partial_json: '"sky"}' }),
      block(3, { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] }),
      block(4, { type: "text", text: "" }),
      delta(4, { type: "citations_delta", citation: { cited_text: "sky" } }),
      delta(4, { type: "text_delta", text: "Blue." }),
      block(5, { type: "tool_use", id: "toolu_1", name: "now", input: {} }),
      delta(5, { type: "input_json_delta", partial_json: "" }),
      ...finish("tool_use"),
    ]);
    expect(outputOf(span)).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "reasoning", content: "Look up." },
          { type: "reasoning", content: "[redacted by the provider]" },
          {
            type: "server_tool_call",
            id: "srvtoolu_1",
            name: "web_search",
            server_tool_call: { type: "web_search", arguments: { query: "sky" } },
          },
          {
            type: "server_tool_call_response",
            id: "srvtoolu_1",
            server_tool_call_response: { type: "web_search_tool_result", content: [] },
          },
          { type: "text", content: "Blue." },
          { type: "tool_call", id: "toolu_1", name: "now", arguments: {} },
        ],
        finish_reason: "tool_use",
      },
    ]);
    expect(span.attributes["gen_ai.response.finish_reasons"]).toEqual(["tool_use"]);
  });

  it("go on where the start of a block left off", async () => {
    const span = await stream([
      start(),
      block(0, { type: "text", text: "Blue" }),
      delta(0, { type: "text_delta", text: " sky." }),
      ...finish("end_turn"),
    ]);
    expect(outputOf(span)).toMatchObject([{ parts: [{ type: "text", content: "Blue sky." }] }]);
  });

  it("name the model that another one fell back to", async () => {
    const fallback = { type: "fallback", from: { model: "m" }, to: { model: "smaller" } };
    const span = await stream([start(), block(0, fallback), ...finish("end_turn")]);
    expect(span.attributes["gen_ai.response.model"]).toBe("smaller");
    expect(outputOf(span)).toMatchObject([{ parts: [fallback] }]);
  });

  it("count tokens as the last of them says, with what it leaves out as it was", async () => {
    const span = await stream([
      start({ input_tokens: 5, cache_read_input_tokens: 40, cache_creation_input_tokens: 2, output_tokens: 1 }),
      ...finish("end_turn", { input_tokens: 6, cache_read_input_tokens: null, output_tokens: 9 }),
    ]);
    expect(span.attributes).toMatchObject({
      "gen_ai.usage.input_tokens": 48,
      "gen_ai.usage.cache_read.input_tokens": 40,
      "gen_ai.usage.cache_creation.input_tokens": 2,
      "gen_ai.usage.output_tokens": 9,
    });
  });

  it("that report a failure without the client throwing make the span one", async () => {
    const span = await stream([start(), { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }]);
    expect(span.status).toEqual({ code: 2, message: "Overloaded" });
    expect(span.attributes).toMatchObject({
      "error.type": "overloaded_error",
      "spandrel.stream.outcome": "failed",
    });
  });

  it("that make no sense cost nobody anything", async () => {
    const span = await stream([
      { type: "content_block_delta", index: 9, delta: { type: "text_delta", text: "lost" } },
      { type: "content_block_start" },
      { type: "content_block_delta" },
      { type: "unheard_of" },
      ...finish("end_turn"),
    ]);
    expect(span.attributes["spandrel.stream.chunk_count"]).toBe(6);
    expect(traces.current.faults).toEqual({});
  });

  it("of a text without end are kept within bounds", async () => {
    const piece = "x".repeat(40_000);
    const pieces = Array.from({ length: 8 }, () => delta(0, { type: "text_delta", text: piece }));
    const span = await stream([start(), block(0, { type: "text", text: "" }), ...pieces, ...finish("end_turn")]);
    const [{ parts }] = outputOf(span) as [{ parts: [{ content: string }] }];
    expect(parts[0].content).toMatch(/^x{16384}…\[cut: 320000 chars\]$/);
  });

  it("are not kept where content is not captured", () => {
    const reader = MESSAGES.readChunks?.(false, 100);
    for (const event of [start(), block(0, { type: "text", text: "secret" }), ...finish("end_turn")])
      reader?.add(event);
    expect(reader?.isFinished).toBe(true);
    expect(reader?.facts()).toMatchObject({ output: undefined });
  });

  it("of more blocks than are kept end at the last that is", async () => {
    const blocks = Array.from({ length: 130 }, (_, index) => block(index, { type: "text", text: "x" }));
    const span = await stream([start(), ...blocks, ...finish("end_turn")]);
    const [{ parts }] = outputOf(span) as [{ parts: unknown[] }];
    expect(parts).toHaveLength(128);
  });
});
