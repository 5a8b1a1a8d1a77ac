import type Anthropic from "@anthropic-ai/sdk";
import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import type { Stream } from "@anthropic-ai/sdk/streaming";
import { collectUntil } from "../support/garbage.js";
import { drain } from "../support/llm-server/clients.js";
import { type SpanNode, Traces, useTraces } from "../support/traces.js";
import {
  ANSWERED,
  bodyFor,
  chatSpan,
  failureFields,
  requestAttributes,
  startAttributes,
  treeOf,
  useServer,
} from "./rig.js";

const traces = useTraces({ instruments: [] });
const server = useServer();

type Events = Stream<RawMessageStreamEvent>;

const open = (model: string, client: Anthropic = server.client()): Promise<Events> =>
  client.messages.create({ ...bodyFor(model), stream: true });

const SAID = "Blue sky 😀 🇨🇭.";
const FINISHED = {
  "gen_ai.usage.output_tokens": 7,
  "gen_ai.usage.reasoning.output_tokens": 0,
  "gen_ai.response.finish_reasons": ["end_turn"],
};

const output = (content: string, reason?: string): Record<string, unknown> => ({
  "gen_ai.output.messages": JSON.stringify([
    {
      role: "assistant",
      parts: [{ type: "text", content }],
      ...(reason === undefined ? {} : { finish_reason: reason }),
    },
  ]),
});

const streamed = (chunks: number, outcome: string): Record<string, unknown> => ({
  "gen_ai.response.time_to_first_chunk": true,
  "spandrel.stream.chunk_count": chunks,
  "spandrel.stream.outcome": outcome,
});

/** The one span of a stream of the fixture server. */
function streamSpan(model: string, attributes: Record<string, unknown>, said: Record<string, unknown> = {}): SpanNode {
  const requested = { ...requestAttributes(model), "gen_ai.request.stream": true };
  return chatSpan(model, { ...said, attributes: { ...requested, ...ANSWERED, ...attributes } });
}

const wholeSpan = (model: string): SpanNode =>
  streamSpan(model, {
    ...startAttributes(model),
    ...FINISHED,
    ...output(SAID, "end_turn"),
    ...streamed(9, "completed"),
  });

describe("a stream that is over", () => {
  it("is one span for any number of iterators, of which only the first reads", async () => {
    const stream = await open("text");
    const { items } = await drain<RawMessageStreamEvent>(stream);
    const again = await drain<RawMessageStreamEvent>(stream);
    expect([items.length, again.error?.name]).toEqual([9, "AnthropicError"]);
    expect(treeOf(traces.current)).toEqual([wholeSpan("text")]);
  });

  it("is one span where every byte arrives by itself", async () => {
    await drain(open("bytes"));
    expect(treeOf(traces.current)).toEqual([wholeSpan("bytes")]);
  });

  it("is one span where it is teed, and both branches get all", async () => {
    const branches = (await open("text")).tee();
    const [left, right] = await Promise.all(branches.map((branch) => drain<RawMessageStreamEvent>(branch)));
    expect(left).toEqual(right);
    expect(left?.items).toHaveLength(9);
    expect(treeOf(traces.current)).toEqual([wholeSpan("text")]);
  });

  it("is one span where it is read as a ReadableStream", async () => {
    const lines = await new Response((await open("text")).toReadableStream() as never).text();
    expect(lines.trimEnd().split("\n")).toHaveLength(9);
    expect(treeOf(traces.current)).toEqual([wholeSpan("text")]);
  });

  it("is one span where withResponse gives it", async () => {
    const { data, request_id } = await server
      .client()
      .messages.create({ ...bodyFor("text"), stream: true })
      .withResponse();
    await drain(data);
    expect(request_id).toMatch(/^req_\d+$/);
    expect(treeOf(traces.current)).toEqual([wholeSpan("text")]);
  });

  it("is handed back as the object, class and methods it was", async () => {
    const [stream, plain] = [await open("text"), await open("text", server.plainClient())];
    expect(Object.getPrototypeOf(stream)).toBe(Object.getPrototypeOf(plain));
    expect(Object.keys(stream)).toEqual(Object.keys(plain));
    await drain(stream);
    await drain(plain);
  });

  it("keeps no text where content is not captured", async () => {
    await traces.current.telemetry.shutdown();
    const other = new Traces({ instruments: [], captureContent: false });
    await drain(open("text"));
    await other.telemetry.shutdown();
    const { "gen_ai.input.messages": _input, ...requested } = requestAttributes("text");
    expect(treeOf(other)).toEqual([
      chatSpan("text", {
        attributes: {
          ...requested,
          "gen_ai.request.stream": true,
          ...ANSWERED,
          ...startAttributes("text"),
          ...FINISHED,
          ...streamed(9, "completed"),
        },
      }),
    ]);
  });
});

describe("a stream that its consumer leaves", () => {
  const BROKEN = { ...startAttributes("text"), ...streamed(1, "returned") };

  it("is returned after a break, without the counts that nobody has read", async () => {
    for await (const event of await open("text")) if (event.type === "message_start") break;
    expect(treeOf(traces.current)).toEqual([streamSpan("text", BROKEN)]);
  });

  it("is returned where its ReadableStream is cancelled", async () => {
    const reader = (await open("text")).toReadableStream().getReader();
    await reader.read();
    await reader.cancel();
    expect(treeOf(traces.current)).toMatchObject([
      { attributes: { "spandrel.stream.outcome": "returned" }, status: { code: 0 } },
    ]);
  });

  it("is abandoned where nobody ever reads it", async () => {
    await (async () => void (await open("endless@unread")))();
    expect(await collectUntil(() => traces.current.spans.length > 0)).toBe(true);
    expect(treeOf(traces.current)).toEqual([streamSpan("endless@unread", { "spandrel.stream.outcome": "abandoned" })]);
  });

  it("is abandoned where nobody ever asks for it", async () => {
    (() => void server.client().messages.create({ ...bodyFor("endless@unasked"), stream: true }))();
    await server.current.arrived("endless@unasked");
    expect(await collectUntil(() => traces.current.spans.length > 0)).toBe(true);
    expect(treeOf(traces.current)).toEqual([streamSpan("endless@unasked", { "spandrel.stream.outcome": "abandoned" })]);
  });

  it("is abandoned half-way", async () => {
    await (async () => {
      const iterator = (await open("endless@half"))[Symbol.asyncIterator]();
      await iterator.next();
    })();
    expect(await collectUntil(() => traces.current.spans.length > 0)).toBe(true);
    expect(treeOf(traces.current)).toMatchObject([{ attributes: { "spandrel.stream.outcome": "abandoned" } }]);
  });

  it("is aborted by its controller", async () => {
    const model = "gated@controller";
    const stream = await open(model);
    const iterator = stream[Symbol.asyncIterator]();
    const first = iterator.next();
    await server.current.gate(model).next();
    await first;
    stream.controller.abort();
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
    const attributes = { ...startAttributes(model), ...streamed(1, "aborted") };
    expect(treeOf(traces.current)).toEqual([streamSpan(model, attributes)]);
  });

  it("is aborted by the signal of its options", async () => {
    const model = "gated@signal";
    const abort = new AbortController();
    const stream = await server.client().messages.create({ ...bodyFor(model), stream: true }, { signal: abort.signal });
    const iterator = stream[Symbol.asyncIterator]();
    const first = iterator.next();
    await server.current.gate(model).next();
    await first;
    abort.abort();
    await iterator.next();
    const attributes = { ...startAttributes(model), ...streamed(1, "aborted") };
    expect(treeOf(traces.current)).toEqual([streamSpan(model, attributes)]);
  });

  it.each(["messages", "beta.messages"] as const)("is aborted by the helper of %s", async (name) => {
    const model = `gated@${name}`;
    const client = server.client();
    const body = bodyFor(model);
    const beta = client.beta as unknown as Pick<Anthropic, "messages">;
    const { messages } = name === "messages" ? client : beta;
    const helper = messages.stream(body);
    const connected = new Promise<void>((resolve) => helper.on("streamEvent", () => resolve()));
    const failure = helper.finalMessage().catch((error: unknown) => (error as Error).name);
    await server.current.arrived(model);
    await server.current.gate(model).next();
    await connected;
    helper.abort();
    expect(await failure).toBe("APIUserAbortError");
    const attributes = { ...startAttributes(model), ...streamed(1, "aborted") };
    expect(treeOf(traces.current)).toEqual([streamSpan(model, attributes)]);
  });
});

describe("a stream that fails", () => {
  const PARTIAL = { ...output("Blue sky"), ...streamed(4, "failed") };

  it.each(["cut-mid-stream", "error-event"])("records what the caller gets: %s", async (model) => {
    const { items, error } = await drain(open(model));
    const plain = await drain(open(model, server.plainClient()));
    expect([items.length, error?.name, error?.message]).toEqual([4, plain.error?.name, plain.error?.message]);
    const attributes = { ...startAttributes(model), ...PARTIAL, "error.type": error?.name };
    expect(treeOf(traces.current)).toEqual([streamSpan(model, attributes, failureFields(error as Error))]);
  });

  it("has the provider's words of an error event in its message", async () => {
    const { error } = await drain(open("error-event"));
    expect([error?.name, (error as { type?: unknown } | undefined)?.type]).toEqual(["APIError", "overloaded_error"]);
    expect(traces.current.span("chat error-event").status.message).toContain('"type":"overloaded_error"');
  });

  it("records an event that is no JSON", async () => {
    const { items, error } = await drain(open("malformed-json"));
    expect([items.length, error?.name]).toEqual([4, "SyntaxError"]);
    const attributes = { ...startAttributes("malformed-json"), ...PARTIAL, "error.type": "SyntaxError" };
    expect(treeOf(traces.current)).toEqual([streamSpan("malformed-json", attributes, failureFields(error as Error))]);
  });

  it.each(["cut-mid-stream", "error-event"])("records what the helper was given: %s", async (model) => {
    const error: unknown = await server
      .client()
      .messages.stream(bodyFor(model))
      .finalMessage()
      .catch((thrown: unknown) => thrown);
    const { error: cause = new Error() } = await drain(open(model, server.plainClient()));
    expect((error as Error).message).toContain(cause.message);
    const attributes = { ...startAttributes(model), ...PARTIAL, "error.type": cause.name };
    expect(treeOf(traces.current)).toEqual([streamSpan(model, attributes, failureFields(cause))]);
  });

  const INCOMPLETE = { status: { code: 2, message: "the stream ended before the model had finished" } };

  it("fails where it closes without a stop reason, though the caller sees a clean end", async () => {
    const model = "closed-without-finish";
    const { items, error } = await drain(open(model));
    expect([items.length, error]).toEqual([7, undefined]);
    const attributes = {
      ...startAttributes(model),
      ...output(SAID),
      ...streamed(7, "failed"),
      "error.type": "incomplete_stream",
    };
    expect(treeOf(traces.current)).toEqual([streamSpan(model, attributes, INCOMPLETE)]);
  });

  it("fails where it closes without message_stop", async () => {
    const model = "closed-without-done";
    const { items, error } = await drain(open(model));
    expect([items.length, error]).toEqual([8, undefined]);
    const attributes = {
      ...startAttributes(model),
      ...FINISHED,
      ...output(SAID, "end_turn"),
      ...streamed(8, "failed"),
      "error.type": "incomplete_stream",
    };
    expect(treeOf(traces.current)).toEqual([streamSpan(model, attributes, INCOMPLETE)]);
  });
});

describe("a plain answer", () => {
  it("that is taken as a response ends when its headers arrive, and its body is the caller's", async () => {
    const response = await server.client().messages.create(bodyFor("text")).asResponse();
    expect(treeOf(traces.current)).toEqual([
      chatSpan("text", {
        attributes: { ...requestAttributes("text"), ...ANSWERED, "spandrel.response.read": "headers" },
      }),
    ]);
    expect(await response.json()).toMatchObject({ type: "message", stop_reason: "end_turn" });
  });

  it.each(["cut-mid-stream", "malformed-json"])("that is torn fails with what the caller gets: %s", async (model) => {
    const error: unknown = await server
      .client()
      .messages.create(bodyFor(model))
      .catch((thrown: unknown) => thrown);
    expect(treeOf(traces.current)).toEqual([
      chatSpan(model, {
        ...failureFields(error as Error),
        attributes: { ...requestAttributes(model), ...ANSWERED, "error.type": (error as Error).name },
      }),
    ]);
  });

  it("that nobody asks for is abandoned", async () => {
    (() => void server.client().messages.create(bodyFor("text@unasked")))();
    await server.current.arrived("text@unasked");
    expect(await collectUntil(() => traces.current.spans.length > 0)).toBe(true);
    expect(treeOf(traces.current)).toEqual([
      chatSpan("text@unasked", {
        attributes: { ...requestAttributes("text@unasked"), ...ANSWERED, "spandrel.stream.outcome": "abandoned" },
      }),
    ]);
  });

  it("aborted while it is awaited fails with what the caller gets", async () => {
    const abort = new AbortController();
    const pending = server.client().messages.create(bodyFor("hang@1"), { signal: abort.signal });
    const failure = pending.catch((thrown: unknown) => thrown as Error);
    await server.current.arrived("hang@1");
    abort.abort();
    const error = (await failure) as Error;
    expect(error.name).toBe("APIUserAbortError");
    expect(treeOf(traces.current)).toEqual([
      chatSpan("hang@1", {
        ...failureFields(error),
        attributes: { ...requestAttributes("hang@1"), "error.type": "APIUserAbortError" },
      }),
    ]);
  });
});
