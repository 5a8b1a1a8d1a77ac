import Anthropic from "@anthropic-ai/sdk";
import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import { type LlmServer, startLlmServer } from "../llm-fixture-server.js";
import { anthropicOf, type Drained, drain } from "./clients.js";
import { TEXT } from "./scenarios.js";

const messages = [{ role: "user" as const, content: "Hi" }];
const SAID = TEXT.join("");

describe("Anthropic messages of the fixture server", () => {
  let server: LlmServer;
  let client: Anthropic;
  beforeAll(async () => {
    server = await startLlmServer();
    client = anthropicOf(server);
  });
  afterAll(() => server.close());

  const ask = async (model: string) => client.messages.create({ model, messages, max_tokens: 99 });
  const stream = async (model: string): Promise<Drained<RawMessageStreamEvent>> =>
    drain<RawMessageStreamEvent>(client.messages.create({ model, messages, max_tokens: 99, stream: true }));
  const pieces = ({ items }: Drained<RawMessageStreamEvent>): string[] =>
    items.flatMap((event) =>
      event.type === "content_block_delta" && event.delta.type === "text_delta" ? [event.delta.text] : [],
    );
  /** All events as sent; the client keeps the pings to itself. */
  const sent = async (model: string): Promise<string[]> => {
    const request = client.messages.create({ model, messages, max_tokens: 99, stream: true });
    const text = await (await request.asResponse()).text();
    return [...text.matchAll(/^event: (.*)$/gm)].map(([, type = ""]) => type);
  };

  it("serves text, plain and streamed in Anthropic's order of events", async () => {
    expect(await ask("text")).toMatchObject({
      type: "message",
      role: "assistant",
      model: "text-2026-08-06",
      content: [{ type: "text", text: SAID }],
      stop_reason: "end_turn",
      usage: { input_tokens: 11, output_tokens: 7 },
    });
    expect(await sent("text")).toEqual([
      "message_start",
      "content_block_start",
      "ping",
      ...TEXT.map(() => "content_block_delta"),
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    const streamed = await stream("text");
    expect(streamed.error).toBeUndefined();
    expect(pieces(streamed)).toEqual(TEXT);
    expect(streamed.items[0]).toMatchObject({
      message: { content: [], usage: { input_tokens: 11, output_tokens: 1 } },
    });
    expect(streamed.items.at(-2)).toMatchObject({ delta: { stop_reason: "end_turn" }, usage: { output_tokens: 7 } });
  });

  it("gives the helper stream the whole message", async () => {
    const message = await client.messages.stream({ model: "text", messages, max_tokens: 99 }).finalMessage();
    expect(message).toMatchObject({ content: [{ text: SAID }], stop_reason: "end_turn", usage: { output_tokens: 7 } });
  });

  it("serves two tool calls, one block after another", async () => {
    const calls = [
      { type: "tool_use", id: "toolu_0", name: "get_weather", input: { city: "Bern" } },
      { type: "tool_use", id: "toolu_1", name: "get_time", input: { zone: "CET" } },
    ];
    expect(await ask("tools")).toMatchObject({ content: calls, stop_reason: "tool_use" });
    expect(await client.messages.stream({ model: "tools", messages, max_tokens: 99 }).finalMessage()).toMatchObject({
      content: calls,
    });
    const { items } = await stream("tools");
    const fragments = items.flatMap((event) =>
      event.type === "content_block_delta" && event.delta.type === "input_json_delta"
        ? [`${event.index} ${event.delta.partial_json}`]
        : [],
    );
    expect(fragments).toEqual(["0 ", '0 {"city":', '0 "Bern', '0 "}', "1 ", '1 {"zone":', '1 "CET"}']);
  });

  it.each([
    ["refusal", "refusal"],
    ["length", "max_tokens"],
    ["content-filter", "refusal"],
  ])("stops by %s", async (model, reason) => {
    expect(await ask(model)).toMatchObject({ stop_reason: reason });
    expect((await stream(model)).items.at(-2)).toMatchObject({ delta: { stop_reason: reason } });
  });

  it("serves thinking before the text, and the parts of the usage", async () => {
    const thinking = { type: "thinking", thinking: "Think twice.", signature: "c2ln" };
    const usage = { input_tokens: 7, cache_read_input_tokens: 4, output_tokens: 20 };
    expect(await ask("reasoning")).toMatchObject({ content: [thinking, { type: "text" }], usage });
    const helper = client.messages.stream({ model: "reasoning", messages, max_tokens: 99 });
    expect(await helper.finalMessage()).toMatchObject({ content: [thinking, { type: "text" }], usage });
  });

  it("sends an overloaded_error in the middle of a stream", async () => {
    const streamed = await stream("error-event");
    expect(pieces(streamed)).toEqual(TEXT.slice(0, 2));
    expect(streamed.error).toBeInstanceOf(Anthropic.APIError);
    expect(streamed.error).toMatchObject({ type: "overloaded_error" });
  });

  it("cuts, closes and tears streams", async () => {
    const cut = await stream("cut-mid-stream");
    expect(pieces(cut)).toEqual(TEXT.slice(0, 2));
    expect(cut.error).toMatchObject({ name: "TypeError", message: "terminated" });
    expect((await sent("closed-without-finish")).at(-1)).toBe("content_block_stop");
    expect((await sent("closed-without-done")).at(-1)).toBe("message_delta");
    expect((await stream("closed-without-finish")).error).toBeUndefined();
    expect((await stream("malformed-json")).error).toBeInstanceOf(SyntaxError);
    await expect(ask("malformed-json")).rejects.toMatchObject({ name: "SyntaxError" });
  });

  it.each([
    ["bad-request", 400, "invalid_request_error"],
    ["unauthorized", 401, "authentication_error"],
    ["server-error", 500, "api_error"],
  ])("answers %s with %i", async (model, status, type) => {
    await expect(ask(model)).rejects.toMatchObject({ status, type });
  });
});
