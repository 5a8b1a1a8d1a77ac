import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import OpenAI6 from "openai-6";
import { type LlmServer, refusedUrl, startLlmServer } from "./llm-fixture-server.js";
import { anthropicOf, drain, OPENAI_MAJORS, openAIOf } from "./llm-server/clients.js";
import { TEXT } from "./llm-server/scenarios.js";

const messages = [{ role: "user" as const, content: "Hi" }];

/** A call of each client, as far as they are alike. */
interface Caller {
  ask(model: string, options?: { signal?: AbortSignal; timeout?: number; maxRetries?: number }): Promise<unknown>;
  stream(model: string): PromiseLike<AsyncIterable<unknown> & { controller: AbortController }>;
  readonly errors: Pick<typeof OpenAI, "APIConnectionError" | "APIUserAbortError">;
}

const CALLERS: readonly [string, (server: Pick<LlmServer, "url">) => Caller][] = [
  ...OPENAI_MAJORS.map(([name, Class]): [string, (server: Pick<LlmServer, "url">) => Caller] => [
    name,
    (server) => {
      const { completions } = openAIOf(server, Class).chat;
      return {
        ask: async (model, options) => completions.create({ model, messages }, options),
        stream: (model) => completions.create({ model, messages, stream: true }),
        errors: Class,
      };
    },
  ]),
  [
    "anthropic",
    (server) => {
      const client = anthropicOf(server);
      return {
        ask: async (model, options) => client.messages.create({ model, messages, max_tokens: 99 }, options),
        stream: (model) => client.messages.create({ model, messages, max_tokens: 99, stream: true }),
        errors: Anthropic as unknown as Caller["errors"],
      };
    },
  ],
];

let server: LlmServer;
beforeEach(async () => {
  server = await startLlmServer();
});
afterEach(() => server.close());

describe.each(CALLERS)("the fixture server and %s", (name, callerOf) => {
  let caller: Caller;
  beforeEach(() => {
    caller = callerOf(server);
  });
  const retryCounts = (): unknown[] => server.requests.map(({ headers }) => headers["x-stainless-retry-count"]);

  it.each([
    ["bad-request", 400],
    ["unauthorized", 401],
    ["no such model", 404],
  ])("answers %s with %i once", async (model, status) => {
    await expect(caller.ask(model)).rejects.toMatchObject({ status, requestID: "req_1" });
    expect(retryCounts()).toEqual(["0"]);
  });

  it.each([
    ["rate-limited", ["0", "1"]],
    ["server-error-twice", ["0", "1", "2"]],
  ])("lets a later attempt of each call succeed: %s", async (model, attempts) => {
    await caller.ask(model);
    await caller.ask(model);
    expect(retryCounts()).toEqual([...attempts, ...attempts]);
  });

  it("fails for good", async () => {
    await expect(caller.ask("server-error")).rejects.toMatchObject({ status: 500 });
    expect(retryCounts()).toEqual(["0", "1", "2"]);
  });

  it("resets and refuses connections", async () => {
    const { APIConnectionError } = caller.errors;
    await expect(caller.ask("reset", { maxRetries: 0 })).rejects.toThrow(APIConnectionError);
    await expect(server.requests[0]?.ended).resolves.toBe("cut");
    await expect(caller.ask("reset-once", { maxRetries: 1 })).resolves.toBeDefined();
    const nowhere = callerOf({ url: await refusedUrl() });
    await expect(nowhere.ask("text", { maxRetries: 0 })).rejects.toThrow(APIConnectionError);
  });

  it("leaves a request without an answer until the client gives up", async () => {
    const abort = new AbortController();
    const asked = caller.ask("hang", { signal: abort.signal });
    const request = await server.arrived("hang");
    abort.abort();
    await expect(asked).rejects.toThrow(caller.errors.APIUserAbortError);
    await expect(request.ended).resolves.toBe("left");

    // Its subclass for timeouts, outside Jest: OpenAI's client does not know another realm's AbortError.
    const late = caller.ask("hang@late", { timeout: 20, maxRetries: 0 });
    await expect(late).rejects.toThrow(caller.errors.APIConnectionError);
    await expect((await server.arrived("hang@late")).ended).resolves.toBe("left");
  });

  it("holds every event of a gated stream back", async () => {
    const gate = server.gate("gated@1");
    const chunks = (await caller.stream("gated@1"))[Symbol.asyncIterator]();
    const first = chunks.next();
    await expect(Promise.race([first, gate.next()])).resolves.toBe(true);
    await first;
    const second = chunks.next();
    gate.open();
    await second;
    expect((await drain({ [Symbol.asyncIterator]: () => chunks })).items.length).toBeGreaterThan(3);
    await expect(gate.next()).resolves.toBe(false);
  });

  it("streams until the client goes away, by break or by abort", async () => {
    let count = 0;
    for await (const _chunk of await caller.stream("endless")) if (++count === 200) break;
    await expect(server.requests[0]?.ended).resolves.toBe("left");

    const aborted = await caller.stream("endless@2");
    for await (const _chunk of aborted) if (++count === 210) aborted.controller.abort();
    await expect((await server.arrived("endless@2")).ended).resolves.toBe("left");
  });

  it("breaks a connection when it is told to", async () => {
    const chunks = (await caller.stream("endless"))[Symbol.asyncIterator]();
    await chunks.next();
    const request = await server.arrived("endless");
    request.cut();
    const { error } = await drain({ [Symbol.asyncIterator]: () => chunks });
    expect(error).toMatchObject({ message: "terminated" });
    await expect(request.ended).resolves.toBe("cut");
  });

  it("splits emoji between bytes", async () => {
    const { items, error } = await drain(await caller.stream("bytes"));
    expect(error).toBeUndefined();
    expect(JSON.stringify(items)).toContain(TEXT[3]);
    expect(JSON.stringify(await caller.ask("bytes"))).toContain(TEXT.join(""));
  });

  it("gives a model answers of its own, by request, and keeps what was asked", async () => {
    server.answer("mine", { text: ["first"] }, { status: 400 }, { text: ["last"] });
    expect(JSON.stringify(await caller.ask("mine"))).toContain("first");
    await expect(caller.ask("mine")).rejects.toMatchObject({ status: 400 });
    expect(JSON.stringify([await caller.ask("mine"), await caller.ask("mine")])).toMatch(/last.*last/);
    expect(server.requests).toHaveLength(4);
    expect(server.requests[0]).toMatchObject({
      api: name === "anthropic" ? "messages" : "chat",
      model: "mine",
      body: { model: "mine", messages },
      headers: { "content-type": "application/json" },
    });
    await expect(Promise.all(server.requests.map(({ ended }) => ended))).resolves.toEqual(Array(4).fill("answered"));
  });
});

describe.each([
  ["openai 7", OpenAI],
  ["openai 6", OpenAI6 as unknown as typeof OpenAI],
])("embeddings of the fixture server, %s", (_name, Class) => {
  it("serves a vector for each input, of the length asked for", async () => {
    const client = openAIOf(server, Class);
    const input = ["a", "b"];
    const { data, model, usage } = await client.embeddings.create({ model: "text", input, dimensions: 2 });
    expect(data.map(({ embedding }) => embedding)).toEqual([
      [0.5, 0.25],
      [1, 0.5],
    ]);
    expect({ model, usage }).toEqual({ model: "text-2026-08-06", usage: { prompt_tokens: 11, total_tokens: 11 } });
    const plain = await client.embeddings.create({ model: "text", input: "a", encoding_format: "float" });
    expect(plain.data[0]?.embedding).toEqual([0.5, 0.25, 0.125, 0.0625]);
    await expect(client.embeddings.create({ model: "bad-request", input })).rejects.toMatchObject({ status: 400 });
  });
});
