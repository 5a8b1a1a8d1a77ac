import type Anthropic from "@anthropic-ai/sdk";
import { refusedUrl } from "../support/llm-fixture-server.js";
import { drain } from "../support/llm-server/clients.js";
import { useTraces } from "../support/traces.js";
import {
  ANSWERED,
  type Body,
  bodyFor,
  chatSpan,
  failureFields,
  numberless,
  requestAttributes,
  startAttributes,
  treeOf,
  useServer,
} from "./rig.js";

const traces = useTraces({ instruments: [] });
const server = useServer();

type RequestOptions = NonNullable<Parameters<Anthropic["messages"]["create"]>[1]>;

interface Operation {
  readonly name: string;
  readonly isStream: boolean;
  /** Gives what the caller gets, as data. */
  readonly run: (client: Anthropic, body: Body, options?: RequestOptions) => Promise<unknown>;
}

const throwingDrain = async (opening: Parameters<typeof drain>[0]): Promise<unknown> => {
  const { items, error } = await drain(opening);
  if (error !== undefined) throw error;
  return items;
};

const OPERATIONS: readonly Operation[] = [
  { name: "messages.create", isStream: false, run: (client, body, options) => client.messages.create(body, options) },
  {
    name: "messages.create with stream",
    isStream: true,
    run: (client, body, options) => throwingDrain(client.messages.create({ ...body, stream: true }, options)),
  },
  {
    name: "messages.stream",
    isStream: true,
    run: (client, body, options) => client.messages.stream(body, options).finalMessage(),
  },
  { name: "messages.parse", isStream: false, run: (client, body, options) => client.messages.parse(body, options) },
  {
    name: "messages.create().withResponse",
    isStream: false,
    run: async (client, body, options) => {
      const { data, response, request_id } = await client.messages.create(body, options).withResponse();
      return [data, response.status, request_id];
    },
  },
  {
    name: "beta.messages.create",
    isStream: false,
    run: (client, body, options) => client.beta.messages.create(body as never, options),
  },
  {
    name: "beta.messages.create with stream",
    isStream: true,
    run: (client, body, options) =>
      throwingDrain(client.beta.messages.create({ ...(body as object), stream: true } as never, options) as never),
  },
  {
    name: "beta.messages.stream",
    isStream: true,
    run: (client, body, options) => client.beta.messages.stream(body as never, options).finalMessage(),
  },
  {
    name: "beta.messages.parse",
    isStream: false,
    run: (client, body, options) => client.beta.messages.parse(body as never, options),
  },
  {
    name: "beta.messages.thread().send",
    isStream: false,
    run: (client, { messages, ...rest }, options) =>
      client.beta.messages.thread(rest as never, options).send(messages[0]),
  },
];

interface Answer {
  readonly model: string;
  readonly parts: readonly unknown[];
  readonly reason: string;
  readonly chunks: number;
  readonly input?: number;
  readonly cached?: number;
  readonly output?: number;
  readonly reasoning?: number;
}

const SAID = { type: "text", content: "Blue sky 😀 🇨🇭." };
const ANSWERS: readonly Answer[] = [
  { model: "text", parts: [SAID], reason: "end_turn", chunks: 9 },
  {
    model: "tools",
    parts: [
      { type: "tool_call", id: "toolu_0", name: "get_weather", arguments: { city: "Bern" } },
      { type: "tool_call", id: "toolu_1", name: "get_time", arguments: { zone: "CET" } },
    ],
    reason: "tool_use",
    chunks: 14,
  },
  { model: "length", parts: [{ type: "text", content: "Blue sky" }], reason: "max_tokens", chunks: 7 },
  { model: "refusal", parts: [{ type: "text", content: "I will not do that." }], reason: "refusal", chunks: 8 },
  {
    model: "reasoning",
    parts: [{ type: "reasoning", content: "Think twice." }, SAID],
    reason: "end_turn",
    chunks: 14,
    cached: 4,
    output: 20,
    reasoning: 13,
  },
  {
    model: "usage-details",
    parts: [SAID],
    reason: "end_turn",
    chunks: 9,
    input: 110,
    cached: 40,
    output: 70,
    reasoning: 30,
  },
];

function answerAttributes(answer: Answer): Record<string, unknown> {
  const { model, parts, reason, input = 11, cached = 0, output = 7, reasoning = 0 } = answer;
  return {
    ...ANSWERED,
    ...startAttributes(model, input, cached),
    "gen_ai.usage.output_tokens": output,
    "gen_ai.usage.reasoning.output_tokens": reasoning,
    "gen_ai.response.finish_reasons": [reason],
    "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts, finish_reason: reason }]),
  };
}

const STREAM_REQUEST = { "gen_ai.request.stream": true };
const streamed = (chunks: number, outcome: string): Record<string, unknown> => ({
  "gen_ai.response.time_to_first_chunk": true,
  "spandrel.stream.chunk_count": chunks,
  "spandrel.stream.outcome": outcome,
});

/** What an operation gave or threw, as an untraced client's can be compared with it. */
async function settle(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return JSON.parse(numberless(JSON.stringify(await run())));
  } catch (error) {
    const { name, message, status } = error as Error & { status?: unknown };
    return { thrown: { name, message: numberless(message), status } };
  }
}

describe.each(OPERATIONS)("$name", ({ isStream, run }) => {
  const requested = (model: string): Record<string, unknown> => ({
    ...requestAttributes(model),
    ...(isStream ? STREAM_REQUEST : {}),
  });

  it.each(ANSWERS)("is one whole span, and gives the caller what it gave: $model", async (answer) => {
    const { model, chunks } = answer;
    const given = await settle(() => run(server.client(), bodyFor(model)));
    expect(given).toEqual(await settle(() => run(server.plainClient(), bodyFor(model))));
    const end = isStream ? streamed(chunks, "completed") : {};
    expect(treeOf(traces.current)).toEqual([
      chatSpan(model, { attributes: { ...requested(model), ...answerAttributes(answer), ...end } }),
    ]);
    expect(traces.current.faults).toEqual({});
    expect(traces.current.lines).toEqual([]);
  });

  const failing = async (model: string, options?: RequestOptions): Promise<Error> => {
    const error: unknown = await run(server.client(), bodyFor(model), options).catch((thrown: unknown) => thrown);
    expect(await settle(() => Promise.reject(error as Error))).toEqual(
      await settle(() => run(server.plainClient(), bodyFor(model), options)),
    );
    return error as Error;
  };

  it("fails with status 400", async () => {
    const error = await failing("bad-request");
    expect(error.name).toBe("BadRequestError");
    expect(treeOf(traces.current)).toEqual([
      chatSpan("bad-request", {
        ...failureFields(error),
        attributes: {
          ...requested("bad-request"),
          "http.response.status_code": 400,
          "spandrel.request.id": "req_N",
          "error.type": "BadRequestError",
        },
      }),
    ]);
  });

  it("has an event for the retry after status 429, and succeeds", async () => {
    await run(server.client(), bodyFor("rate-limited"));
    const attributes = answerAttributes({ model: "rate-limited", parts: [SAID], reason: "end_turn", chunks: 9 });
    expect(treeOf(traces.current)).toEqual([
      chatSpan("rate-limited", {
        attributes: { ...requested("rate-limited"), ...attributes, ...(isStream ? streamed(9, "completed") : {}) },
        events: [retryEvent(1, 429)],
      }),
    ]);
  });

  it("fails with status 529 after its retries", async () => {
    server.current.answer("overloaded", { status: 529, retryAfterMillis: 1 });
    const error = await failing("overloaded");
    const failure = failureFields(error);
    expect(error.name).toBe("OverloadedError");
    expect(treeOf(traces.current)).toEqual([
      chatSpan("overloaded", {
        ...failure,
        events: [retryEvent(1, 529), retryEvent(2, 529), ...(failure["events"] as unknown[])],
        attributes: {
          ...requested("overloaded"),
          "http.response.status_code": 529,
          "spandrel.request.id": "req_N",
          "error.type": "OverloadedError",
        },
      }),
    ]);
  });

  it("fails where the connection is refused", async () => {
    const client = server.client({ baseURL: await refusedUrl(), maxRetries: 0 });
    const error: unknown = await run(client, bodyFor("text")).catch((thrown: unknown) => thrown);
    expect((error as Error).name).toBe("APIConnectionError");
    expect(treeOf(traces.current)).toEqual([
      chatSpan("text", {
        ...failureFields(error as Error),
        attributes: { ...requested("text"), "error.type": "APIConnectionError" },
      }),
    ]);
  });

  it("fails where it was aborted before it began", async () => {
    const error = await failing("text", { signal: AbortSignal.abort() });
    expect(error.name).toBe("APIUserAbortError");
    expect(treeOf(traces.current)).toEqual([
      chatSpan("text", {
        ...failureFields(error),
        attributes: { ...requested("text"), "error.type": "APIUserAbortError" },
      }),
    ]);
  });
});

function retryEvent(count: number, status: number): Record<string, unknown> {
  return {
    name: "spandrel.client.retry",
    attributes: { "http.request.resend_count": count, "http.response.status_code": status },
  };
}
