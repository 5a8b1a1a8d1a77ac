import type OpenAI from "openai";
import type { ResponseStreamEvent } from "openai/resources/responses/responses";
import { type LlmServer, startLlmServer } from "../llm-fixture-server.js";
import { type Drained, drain, OPENAI_MAJORS, openAIOf } from "./clients.js";
import { TEXT } from "./scenarios.js";

const SAID = TEXT.join("");

describe.each(OPENAI_MAJORS)("responses of the fixture server, %s", (name, Class) => {
  let server: LlmServer;
  let client: OpenAI;
  beforeAll(async () => {
    server = await startLlmServer();
    client = openAIOf(server, Class);
  });
  afterAll(() => server.close());

  const ask = async (model: string) => client.responses.create({ model, input: "Hi" });
  const stream = async (model: string): Promise<Drained<ResponseStreamEvent>> =>
    drain<ResponseStreamEvent>(client.responses.create({ model, input: "Hi", stream: true }));
  const types = ({ items }: Drained<ResponseStreamEvent>): string[] => items.map(({ type }) => type);
  const deltas = ({ items }: Drained<ResponseStreamEvent>): string[] =>
    items.flatMap((event) => ("delta" in event && typeof event.delta === "string" ? [event.delta] : []));

  it("serves text, plain and streamed in OpenAI's order of events", async () => {
    const { status, output_text, model, usage } = await ask("text");
    expect({ status, output_text, model }).toEqual({
      status: "completed",
      output_text: SAID,
      model: "text-2026-08-06",
    });
    expect(usage).toMatchObject({ input_tokens: 11, output_tokens: 7, total_tokens: 18 });

    const streamed = await stream("text");
    expect(types(streamed)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      ...TEXT.map(() => "response.output_text.delta"),
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(deltas(streamed)).toEqual(TEXT);
    expect(streamed.items.map((event) => event.sequence_number)).toEqual(streamed.items.map((_, index) => index));
    expect(streamed.items.at(-1)).toMatchObject({ response: { status: "completed", usage: { total_tokens: 18 } } });
  });

  it("serves the parts of the usage", async () => {
    expect((await ask("usage-details")).usage).toMatchObject({
      input_tokens: 110,
      input_tokens_details: { cached_tokens: 40 },
      output_tokens: 70,
      output_tokens_details: { reasoning_tokens: 30 },
    });
  });

  it("serves two parallel function calls, streamed in interleaved fragments", async () => {
    const calls = [
      { type: "function_call", call_id: "call_0", name: "get_weather", arguments: '{"city":"Bern"}' },
      { type: "function_call", call_id: "call_1", name: "get_time", arguments: '{"zone":"CET"}' },
    ];
    expect((await ask("tools")).output).toMatchObject(calls);
    const streamed = await stream("tools");
    expect(deltas(streamed)).toEqual(['{"city":', '{"zone":', '"Bern', '"CET"}', '"}']);
    expect(streamed.items.at(-1)).toMatchObject({ response: { output: calls } });
  });

  it("serves a refusal", async () => {
    const refusal = "I will not do that.";
    expect((await ask("refusal")).output).toMatchObject([{ content: [{ type: "refusal", refusal }] }]);
    const streamed = await stream("refusal");
    expect(types(streamed).filter((type) => type === "response.refusal.delta")).toHaveLength(3);
    expect(deltas(streamed).join("")).toBe(refusal);
  });

  it.each([
    ["length", "max_output_tokens"],
    ["content-filter", "content_filter"],
  ])("is incomplete: %s", async (model, reason) => {
    const incomplete = { status: "incomplete", incomplete_details: { reason } };
    expect(await ask(model)).toMatchObject(incomplete);
    expect((await stream(model)).items.at(-1)).toMatchObject({ type: "response.incomplete", response: incomplete });
  });

  it("serves a summary of the reasoning before the message", async () => {
    expect((await ask("reasoning")).output).toMatchObject([
      { type: "reasoning", summary: [{ type: "summary_text", text: "Think twice." }] },
      { type: "message" },
    ]);
    const streamed = await stream("reasoning");
    expect(types(streamed).filter((type) => type === "response.reasoning_summary_text.delta")).toHaveLength(2);
    expect(deltas(streamed)).toEqual(["Think ", "twice.", ...TEXT]);
  });

  it("ends a stream with response.failed", async () => {
    const streamed = await stream("failed-event");
    expect(deltas(streamed)).toEqual(TEXT.slice(0, 2));
    expect(streamed.error).toBeUndefined();
    expect(streamed.items.at(-1)).toMatchObject({
      type: "response.failed",
      response: { status: "failed", error: { code: "server_error", message: "The fixture had an error." } },
    });
  });

  it("ends a stream with an error event, which openai 7 throws and openai 6 yields", async () => {
    const streamed = await stream("error-event");
    expect(deltas(streamed)).toEqual(TEXT.slice(0, 2));
    const error = { code: "server_error", message: "The fixture had an error." };
    if (name === "openai 7") expect(streamed.error).toMatchObject(error);
    else expect(streamed.items.at(-1)).toMatchObject({ type: "error", ...error });
  });

  it("cuts the connection in the middle, closes cleanly without response.completed, tears an event", async () => {
    const cut = await stream("cut-mid-stream");
    expect(deltas(cut)).toEqual(TEXT.slice(0, 2));
    expect(cut.error).toMatchObject({ name: "TypeError", message: "terminated" });

    const closed = await stream("closed-without-finish");
    expect(closed.error).toBeUndefined();
    expect(types(closed).at(-1)).toBe("response.output_item.done");

    expect((await stream("malformed-json")).error).toBeInstanceOf(SyntaxError);
  });
});
