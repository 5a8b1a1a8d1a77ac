import { ChatChunks } from "../../lib/openai/chat-chunks.js";
import { ResponseEvents } from "../../lib/openai/response-events.js";

const describeNothing = () => ({ attributes: {} });
const chat = (isContentCaptured: boolean) => new ChatChunks(isContentCaptured, 65_536);
const response = (isContentCaptured: boolean) => new ResponseEvents(isContentCaptured, 65_536, describeNothing);

const delta = (content: object, index = 0, finish_reason: string | null = null) => ({
  id: "c-1",
  choices: [{ index, delta: content, finish_reason }],
});
const text = (type: string, piece: string, output_index = 0) => ({
  type,
  delta: piece,
  output_index,
  content_index: 0,
});

describe("the chunks of a chat stream", () => {
  it("make one message for each choice", () => {
    const chunks = chat(true);
    for (const chunk of [
      delta({ role: "assistant", content: "" }),
      delta({ content: "Blue " }),
      delta({ content: "Grey" }, 1),
      delta({ content: "sky" }, 0, "stop"),
    ])
      chunks.add(chunk);
    expect(chunks.isFinished).toBe(false);
    chunks.add(delta({}, 1, "length"));
    expect(chunks.isFinished).toBe(true);
    expect(chunks.facts()).toEqual({
      attributes: { "gen_ai.response.id": "c-1", "gen_ai.response.finish_reasons": ["stop", "length"] },
      output: [
        { role: "assistant", parts: [{ type: "text", content: "Blue sky" }], finish_reason: "stop" },
        { role: "assistant", parts: [{ type: "text", content: "Grey" }], finish_reason: "length" },
      ],
    });
  });

  it("keep reasoning, refusals and calls apart, of tools and of functions", () => {
    const chunks = chat(true);
    const call = (index: number, piece: object) => delta({ tool_calls: [{ index, ...piece }] });
    for (const chunk of [
      delta({ reasoning_content: "Think" }),
      delta({ reasoning: " twice" }),
      delta({ refusal: "No" }),
      call(0, { id: "a", function: { name: "one", arguments: '{"n":' } }),
      call(1, { id: "b", custom: { name: "two", input: "free" } }),
      call(0, { function: { arguments: "1}" } }),
      delta({ function_call: { name: "three", arguments: "{" } }),
    ])
      chunks.add(chunk);
    expect(chunks.facts().output).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "reasoning", content: "Think twice" },
          { type: "refusal", content: "No" },
          { type: "tool_call", id: "a", name: "one", arguments: { n: 1 } },
          { type: "tool_call", id: "b", name: "two", arguments: "free" },
          { type: "tool_call", id: undefined, name: "three", arguments: "{" },
        ],
      },
    ]);
  });

  it("leave no text where content is off", () => {
    const chunks = chat(false);
    chunks.add(
      delta({ content: "secret", refusal: "secret", tool_calls: [{ index: 0, function: { arguments: "secret" } }] }),
    );
    expect(JSON.stringify(chunks.facts())).not.toContain("secret");
  });

  it("may be anything", () => {
    const chunks = chat(true);
    const odd = [
      undefined,
      null,
      1,
      "x",
      {},
      { choices: 1 },
      { choices: [null, {}, { delta: 1 }, { delta: { tool_calls: 1 } }] },
    ];
    for (const chunk of odd) chunks.add(chunk);
    expect(chunks.facts().output).toEqual([{ role: "assistant", parts: [] }]);
    expect(chunks.isFinished).toBe(false);
  });

  it("beyond what a stream can have are not kept", () => {
    const chunks = chat(true);
    for (let index = 0; index < 1000; index++) chunks.add(delta({ content: "x" }, index));
    const call = (index: number) => delta({ tool_calls: [{ index, function: { name: "f", arguments: "1" } }] });
    for (let index = 0; index < 1000; index++) chunks.add(call(index));
    const output = chunks.facts().output as { parts: unknown[] }[];
    expect([output.length, output[0]?.parts.length]).toEqual([128, 129]);
  });
});

describe("the events of a streamed response", () => {
  it("that is cut make what had come", () => {
    const events = response(true);
    for (const event of [
      { type: "response.created", response: { id: "r-1", model: "m-1" } },
      text("response.output_text.delta", "Blue "),
      text("response.output_text.delta", "sky"),
      text("response.refusal.delta", "No", 1),
      {
        type: "response.output_item.added",
        output_index: 2,
        item: { type: "function_call", call_id: "a", name: "one" },
      },
      { type: "response.function_call_arguments.delta", output_index: 2, delta: '{"n":1}' },
      { type: "response.output_item.added", output_index: 3, item: { type: "message" } },
    ])
      events.add(event);
    expect(events.isFinished).toBe(false);
    expect(events.facts()).toEqual({
      attributes: { "gen_ai.response.id": "r-1", "gen_ai.response.model": "m-1" },
      output: [
        {
          role: "assistant",
          parts: [
            { type: "text", content: "Blue sky" },
            { type: "refusal", content: "No" },
            { type: "tool_call", id: "a", name: "one", arguments: { n: 1 } },
          ],
        },
      ],
      failure: undefined,
    });
  });

  it.each(["response.completed", "response.incomplete", "response.failed"])("end with %s, which has it all", (type) => {
    const whole = { id: "r-1" };
    const described: unknown[] = [];
    const events = new ResponseEvents(true, 65_536, (value) => (described.push(value), { attributes: {} }));
    events.add({ type, response: whole });
    expect(events.isFinished).toBe(true);
    events.facts();
    expect(described).toEqual([whole]);
  });

  it("tell of an error", () => {
    const events = response(true);
    events.add({ type: "error", code: "overloaded", message: "Too much" });
    expect(events.isFinished).toBe(true);
    expect(events.facts().failure).toEqual({ type: "overloaded", message: "Too much" });
  });

  it("leave no text where content is off", () => {
    const events = response(false);
    events.add(text("response.output_text.delta", "secret"));
    events.add({
      type: "response.output_item.added",
      output_index: 2,
      item: { type: "function_call", name: "secret" },
    });
    expect(JSON.stringify(events.facts())).not.toContain("secret");
  });

  it("may be anything, and more than a response can have", () => {
    const events = response(true);
    for (const event of [undefined, null, 1, "x", {}, { type: {} }, { type: "response.output_text.delta" }])
      events.add(event);
    for (let index = 0; index < 1000; index++) events.add(text("response.output_text.delta", "x", index));
    const [message] = events.facts().output as { parts: unknown[] }[];
    expect(message?.parts).toHaveLength(128);
  });
});
