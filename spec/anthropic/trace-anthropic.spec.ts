import Anthropic from "@anthropic-ai/sdk";
import * as betaModule from "@anthropic-ai/sdk/resources/beta/messages/messages";
import * as messagesModule from "@anthropic-ai/sdk/resources/messages/messages";
import { ANTHROPIC_INSTRUMENT, traceAnthropic } from "../../lib/anthropic/index.js";
import { InvalidOptionError } from "../../lib/index.js";
import { anthropicOf } from "../support/llm-server/clients.js";
import { useTraces } from "../support/traces.js";
import { bodyFor, useServer } from "./rig.js";

const traces = useTraces({ instruments: [] });
const server = useServer();
const ONE = [{ name: "chat text", kind: "spandrel" }];

describe("traceAnthropic", () => {
  it("gives the client back", () => {
    const client = anthropicOf(server.current);
    expect(traceAnthropic(client)).toBe(client);
  });

  it("leaves the client's own keys and methods as they look", () => {
    const [client, plain] = [server.client(), anthropicOf(server.current)];
    expect(Object.keys(client)).toEqual(Object.keys(plain));
    expect(Object.keys(client.messages)).toEqual(Object.keys(plain.messages));
    expect([client.messages.create.name, client.messages.create.length]).toEqual(["create", 2]);
  });

  it("makes one span of a call however often the client is traced", async () => {
    const client = traceAnthropic(traceAnthropic(server.client()));
    await client.messages.create(bodyFor("text"));
    expect(traces.current.tree()).toEqual(ONE);
  });

  it("traces the clients that are made of it", async () => {
    await server
      .client()
      .withOptions({ timeout: 1000 })
      .withOptions({ maxRetries: 1 })
      .messages.create(bodyFor("text"));
    expect(traces.current.tree()).toEqual(ONE);
  });

  it("records the retries of a derived client once", async () => {
    await server.client().withOptions({ timeout: 10_000 }).messages.create(bodyFor("rate-limited"));
    expect(traces.current.span("chat rate-limited").events.map(({ name }) => name)).toEqual(["spandrel.client.retry"]);
  });

  it("takes a client without beta", () => {
    const client = { messages: { create: () => ({ id: "msg_1", content: [] }) } };
    expect(traceAnthropic(client).messages.create()).toEqual({ id: "msg_1", content: [] });
    expect(traces.current.tree()).toEqual([{ name: "chat", kind: "spandrel" }]);
  });

  it.each([[undefined], [{}], [{ messages: {} }], [Anthropic], ["client"]])("refuses %p", (client) => {
    const trace = (): unknown => traceAnthropic(client as never);
    expect(trace).toThrow(InvalidOptionError);
    expect(trace).toThrow("expected traceAnthropic client to be a client of the @anthropic-ai/sdk package");
  });

  it("never says a key that it is given in a client's place", () => {
    expect(() => traceAnthropic("sk-ant-secret" as never)).toThrow(/^(?!.*secret)/s);
  });

  it("does nothing to a call while telemetry is off", async () => {
    await traces.current.telemetry.shutdown();
    const message = await server.client({ openTelemetry: false }).messages.create(bodyFor("text"));
    expect(message.stop_reason).toBe("end_turn");
    expect(traces.current.spans).toEqual([]);
  });
});

describe("the instrument", () => {
  const enable = (): (() => void) => ANTHROPIC_INSTRUMENT.enable([messagesModule, betaModule]);

  it("traces every client, before and after, until it is undone", async () => {
    const earlier = anthropicOf(server.current, { openTelemetry: false });
    const undo = enable();
    await earlier.messages.create(bodyFor("text"));
    await anthropicOf(server.current, { openTelemetry: false }).beta.messages.create(bodyFor("text") as never);
    undo();
    await earlier.messages.create(bodyFor("text"));
    expect(traces.current.tree()).toEqual([...ONE, ...ONE]);
  });

  it("and traceAnthropic make one span of a call, with one event per retry", async () => {
    const undo = enable();
    await server.client().messages.create(bodyFor("rate-limited"));
    undo();
    expect(traces.current.tree()).toEqual([{ name: "chat rate-limited", kind: "spandrel" }]);
    expect(traces.current.span("chat rate-limited").events.map(({ name }) => name)).toEqual(["spandrel.client.retry"]);
  });

  it("names the package and modules that hold the classes", () => {
    expect(ANTHROPIC_INSTRUMENT).toMatchObject({
      name: "anthropic",
      packageName: "@anthropic-ai/sdk",
      modules: ["resources/messages/messages", "resources/beta/messages/messages"],
    });
    for (const module of [messagesModule, betaModule]) expect(module.Messages.prototype).toHaveProperty("create");
  });
});

describe("the provider", () => {
  class AnthropicBedrock extends Anthropic {}
  class AnthropicVertex extends Anthropic {}
  class AnthropicFoundry extends Anthropic {}

  it.each([
    ["anthropic", Anthropic, "https://api.anthropic.com"],
    ["anthropic", Anthropic, "https://gateway.example.com/anthropic"],
    ["aws.bedrock", Anthropic, "https://bedrock-runtime.us-east-1.amazonaws.com"],
    ["aws.bedrock", Anthropic, "https://bedrock-mantle.us-east-1.api.aws/anthropic"],
    ["aws.bedrock", AnthropicBedrock, "https://gateway.example.com"],
    ["gcp.vertex_ai", Anthropic, "https://us-east5-aiplatform.googleapis.com/v1"],
    ["gcp.vertex_ai", Anthropic, "https://aiplatform.eu.rep.googleapis.com/v1"],
    ["gcp.vertex_ai", AnthropicVertex, "https://gateway.example.com"],
    ["azure.ai.inference", Anthropic, "https://team.services.ai.azure.com/anthropic"],
    ["azure.ai.inference", AnthropicFoundry, "https://gateway.example.com"],
  ])("is %s", async (provider, Class, baseURL) => {
    const answer = (): Promise<Response> => Promise.resolve(Response.json({}));
    const client = traceAnthropic(new Class({ apiKey: "none", baseURL, fetch: answer }));
    await client.messages.create(bodyFor("text"));
    expect(traces.current.attributes("chat text")).toMatchObject({
      "gen_ai.provider.name": provider,
      "server.address": new URL(baseURL).hostname,
      "server.port": 443,
    });
  });
});
