import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { TraceFlags, context, trace } from "@opentelemetry/api";
import { runtime } from "../../lib/context/index.js";
import { traced } from "../../lib/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS, openAIOf } from "../support/llm-server/clients.js";
import { Traces } from "../support/traces.js";
import { MESSAGES } from "./twins.js";

let server: LlmServer;
beforeAll(async () => {
  server = await startLlmServer();
});
afterAll(() => server.close());

describe.each(OPENAI_MAJORS)("%s: a traced client works and records nothing", (_major, OpenAI) => {
  const exercise = async (client = traceOpenAI(openAIOf(server, OpenAI))): Promise<void> => {
    const body = { model: "text", messages: MESSAGES };
    const { choices } = await client.chat.completions.create(body);
    expect(choices[0]?.message.content).toBe("Blue sky 😀 🇨🇭.");
    const stream = await client.chat.completions.create({ ...body, stream: true });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe("Blue sky 😀 🇨🇭.");
    await expect(client.responses.create({ model: "bad-request", input: "Hi" })).rejects.toMatchObject({ status: 400 });
    expect((await client.chat.completions.create(body).withResponse()).response.status).toBe(200);
  };

  /** Whatever our wrapper leaves on the promise of a call it follows. */
  const isFollowed = async (): Promise<boolean> => {
    const promise = traceOpenAI(openAIOf(server, OpenAI)).chat.completions.create({
      model: "text",
      messages: MESSAGES,
    });
    await promise;
    return Object.hasOwn(promise, "asResponse");
  };

  it("before telemetry was ever started", async () => {
    expect(runtime.tracer).toBeUndefined();
    await exercise();
    expect(await isFollowed()).toBe(false);
  });

  it("where it is disabled", async () => {
    const traces = new Traces({ isEnabled: false });
    await exercise();
    expect(await isFollowed()).toBe(false);
    await traces.telemetry.shutdown();
    expect(traces.spans).toEqual([]);
  });

  it("after shutdown, calls under way included, and again after the next start", async () => {
    const traces = new Traces();
    const client = traceOpenAI(openAIOf(server, OpenAI));
    const gated = `gated@${_major}`;
    const stream = await client.chat.completions.create({ model: gated, messages: MESSAGES, stream: true });
    await traces.telemetry.shutdown();
    server.gate(gated).open();
    let count = 0;
    for await (const _ of stream) count++;
    expect(count).toBe(6);
    await exercise(client);
    expect(traces.spans).toEqual([]);
    expect(traces.faults).toEqual({});
    const next = new Traces();
    await exercise(client);
    expect(next.spans).toHaveLength(4);
    await next.telemetry.shutdown();
  });

  it("below a parent that is not sampled", async () => {
    const traces = new Traces();
    const parent = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: TraceFlags.NONE };
    await context.with(trace.setSpanContext(context.active(), parent), async () => {
      await exercise();
      expect(await isFollowed()).toBe(false);
    });
    await traced({ name: "work", sampleRate: 0 }, () => exercise())();
    expect(traces.spans).toEqual([]);
    expect(traces.faults).toEqual({});
    await exercise();
    expect(traces.spans).toHaveLength(4);
    await traces.telemetry.shutdown();
  });

  it("with a context manager and no provider", async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    await exercise();
    context.disable();
  });
});
