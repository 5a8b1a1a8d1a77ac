import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { trace } from "@opentelemetry/api";
import { drain } from "../support/llm-server/clients.js";
import { useTraces } from "../support/traces.js";
import { type Body, bodyFor, useServer } from "./rig.js";

const SCOPE = "com.anthropic.sdk.typescript";
const server = useServer();

/** A `fetch` that is traced, as HTTP instrumentation would. */
const tracedFetch: typeof fetch = (input, init) =>
  trace.getTracer("http").startActiveSpan("POST", async (span) => {
    try {
      return await fetch(input, init);
    } finally {
      span.end();
    }
  });

const WAYS: readonly (readonly [string, (client: ReturnType<typeof server.client>, body: Body) => Promise<unknown>])[] =
  [
    ["messages.create", (client, body) => client.messages.create(body)],
    ["messages.create with stream", (client, body) => drain(client.messages.create({ ...body, stream: true }))],
    ["messages.stream", (client, body) => client.messages.stream(body).done()],
    ["messages.parse", (client, body) => client.messages.parse(body)],
    ["beta.messages.create", (client, body) => client.beta.messages.create(body as never)],
    ["beta.messages.stream", (client, body) => client.beta.messages.stream(body as never).done()],
  ];

describe("the tracing that the client has built in", () => {
  const traces = useTraces({ instruments: [] });

  it.each(WAYS)("has its span of a call left out, counted and not warned of: %s", async (_name, call) => {
    await call(server.client(), bodyFor("text"));
    expect(traces.current.tree()).toEqual([{ name: "chat text", kind: "spandrel" }]);
    expect(traces.current.telemetry.status().duplicates).toEqual({ [SCOPE]: 1 });
    expect(traces.current.lines).toEqual([]);
  });

  it.each(WAYS)("has what is below its span attached to ours: %s", async (_name, call) => {
    await call(server.client({ fetch: tracedFetch }), bodyFor("text"));
    expect(traces.current.tree()).toEqual([
      { name: "chat text", kind: "spandrel", children: [{ name: "POST", kind: "http" }] },
    ]);
  });

  it.each(WAYS)("has a span below its parent, where it stands: %s", async (_name, call) => {
    const client = server.client({ fetch: tracedFetch });
    await trace.getTracer("app").startActiveSpan("job", async (span) => {
      await call(client, bodyFor("text"));
      span.end();
    });
    expect(traces.current.tree()).toEqual([
      {
        name: "job",
        kind: "app",
        children: [{ name: "chat text", kind: "spandrel", children: [{ name: "POST", kind: "http" }] }],
      },
    ]);
  });

  it.each(WAYS)("makes nothing to leave out with `openTelemetry: false`: %s", async (_name, call) => {
    await call(server.client({ openTelemetry: false }), bodyFor("text"));
    expect(traces.current.tree()).toEqual([{ name: "chat text", kind: "spandrel" }]);
    expect(traces.current.telemetry.status().duplicates).toEqual({});
  });

  it("keeps its spans of what is no call of a model, with a chat span per request of a tool runner", async () => {
    server.current.answer(
      "turns",
      { toolCalls: [{ name: "get_weather", fragments: ['{"city":"Bern"}'] }] },
      { text: ["Sunny."] },
    );
    const tool = betaTool({
      name: "get_weather",
      description: "The weather in a city",
      inputSchema: { type: "object", properties: { city: { type: "string" } } },
      run: ({ city }) =>
        trace.getTracer("app").startActiveSpan(`look up ${String(city)}`, (span) => (span.end(), "sun")),
    });
    const message = await server.client().beta.messages.toolRunner({
      ...(bodyFor("turns") as object as { model: string; max_tokens: number; messages: [] }),
      tools: [tool],
    });
    expect(message.content).toMatchObject([{ text: "Sunny." }]);
    const isText = { kind: SCOPE };
    expect(traces.current.tree()).toEqual([
      {
        name: "anthropic.messages.tool_runner",
        ...isText,
        children: [
          { name: "chat turns", kind: "spandrel" },
          {
            name: "anthropic.custom_tool_use get_weather",
            ...isText,
            children: [{ name: "look up Bern", kind: "app" }],
          },
          { name: "chat turns", kind: "spandrel" },
        ],
      },
    ]);
    const [first] = traces.current.spans.filter(({ name }) => name === "chat turns");
    expect(JSON.parse(String(first?.attributes["gen_ai.tool.definitions"]))).toMatchObject([{ name: "get_weather" }]);
    expect(traces.current.telemetry.status().duplicates).toEqual({ [SCOPE]: 2 });
  });

  it("keeps its span of a count of tokens", async () => {
    const answer = (): Promise<Response> => Promise.resolve(Response.json({ input_tokens: 3 }));
    const client = server.client({ fetch: answer });
    await client.messages.countTokens({ model: "text", messages: [{ role: "user", content: "Hi" }] });
    expect(traces.current.tree()).toEqual([{ name: "anthropic.messages.count_tokens", kind: SCOPE }]);
    expect(traces.current.telemetry.status().duplicates).toEqual({});
  });
});

describe("the tracing that the client has built in, at log level debug", () => {
  const traces = useTraces({ instruments: [], logLevel: "debug" });

  it("is told of once, with how to turn it off", async () => {
    const client = server.client();
    await client.messages.create(bodyFor("text"));
    await client.messages.create(bodyFor("text"));
    const lines = traces.current.lines.filter((line) => line.includes("SPANDREL_CLIENT_TRACES_ITSELF"));
    expect(lines).toEqual([expect.stringContaining("`openTelemetry: false`")]);
    expect(traces.current.telemetry.status().duplicates).toEqual({ [SCOPE]: 2 });
  });
});
