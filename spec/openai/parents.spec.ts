import { trace } from "@opentelemetry/api";
import { propagateAttributes, traced } from "../../lib/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS, openAIOf } from "../support/llm-server/clients.js";
import { SCENARIOS } from "../support/llm-server/scenarios.js";
import { useTraces, withAttributes } from "../support/traces.js";
import { MESSAGES } from "./twins.js";

const traces = useTraces();

let server: LlmServer;
beforeAll(async () => {
  server = await startLlmServer();
});
afterAll(() => server.close());

const activeName = (): unknown => (trace.getActiveSpan() as { name?: string } | undefined)?.name;
const CHAT = { name: "chat text", kind: "spandrel" };

describe.each(OPENAI_MAJORS)("%s: the span of a call", (major, OpenAI) => {
  const clientOf = (options: ConstructorParameters<typeof OpenAI>[0] = {}) =>
    traceOpenAI(openAIOf(server, OpenAI, options));

  it("is a child of the call it was made in, with fifty at once", async () => {
    const client = clientOf();
    const ask = async (index: number): Promise<void> => {
      const model = `text@${String(index)}`;
      if (index % 3 === 0) await client.responses.create({ model, input: "Hi" });
      else if (index % 3 === 1) await client.chat.completions.create({ model, messages: MESSAGES });
      else for await (const _ of await client.chat.completions.create({ model, messages: MESSAGES, stream: true }));
    };
    const all = Array.from({ length: 50 }, async (_, index) => {
      const who = String(index);
      const inTask = traced({ name: `task ${who}` }, () => ask(index));
      const inWorkflow = traced({ kind: "workflow", name: `workflow ${who}` }, () => inTask());
      const attributes = { customerIdentifier: `customer ${who}`, threadIdentifier: `thread ${who}` };
      await propagateAttributes(attributes, inWorkflow);
    });
    await Promise.all(all);
    const describe_ = withAttributes("workflow", "path", "respan.customer_params.customer_identifier");
    const conversation = withAttributes("gen_ai.conversation.id");
    const tree = traces.current.tree((span) => ({
      ...describe_(span),
      ...(span.name.startsWith("chat") ? conversation(span) : {}),
      trace: span.spanContext().traceId,
    }));
    const traceIds = tree.map((node) => node["trace"] as string);
    expect(new Set(traceIds).size).toBe(50);
    const expected = Array.from({ length: 50 }, (_, index) => {
      const who = String(index);
      const root = tree.find(({ name }) => name === `workflow ${who}`);
      const common = {
        workflow: `workflow ${who}`,
        "respan.customer_params.customer_identifier": `customer ${who}`,
        trace: root?.["trace"],
      };
      const chat = {
        ...common,
        name: `chat text@${who}`,
        kind: "spandrel",
        path: `task ${who}`,
        "gen_ai.conversation.id": `thread ${who}`,
      };
      const task = { ...common, name: `task ${who}`, kind: "task", path: `task ${who}`, children: [chat] };
      return { ...common, name: `workflow ${who}`, kind: "workflow", path: "", children: [task] };
    });
    expect(new Map(tree.map((node) => [node.name, node]))).toEqual(new Map(expected.map((node) => [node.name, node])));
  });

  it("is the root of a trace of its own outside any", async () => {
    const client = clientOf();
    await client.chat.completions.create({ model: "text", messages: MESSAGES });
    await client.embeddings.create({ model: "text", input: "a" });
    expect(traces.current.tree()).toEqual([CHAT, { name: "embeddings text", kind: "spandrel" }]);
    expect(activeName()).toBeUndefined();
  });

  it("is no parent of what the caller does next to it, or with its value", async () => {
    const client = clientOf();
    const note = traced("note", () => activeName());
    const work = traced("work", async () => {
      const promise = client.chat.completions.create({ model: "text", messages: MESSAGES });
      note();
      await promise.then(() => note());
      await promise.withResponse();
      note();
      await client.chat.completions.create({ model: "text", messages: MESSAGES })._thenUnwrap(() => note());
      return activeName();
    });
    expect(await work()).toBe("work");
    const note_ = { name: "note", kind: "task" };
    const children = [note_, CHAT, note_, note_, CHAT, note_];
    expect(traces.current.tree()).toEqual([{ name: "work", kind: "task", children }]);
  });

  it("is beside the tools of runTools, and every round has its own", async () => {
    const client = clientOf();
    const model = `rounds@${major}`;
    server.answer(model, ...SCENARIOS.tools, ...SCENARIOS.text);
    const look = traced({ kind: "tool", name: "look" }, () => "12");
    const tool = (name: string) => ({
      type: "function" as const,
      function: { name, description: name, parameters: {}, function: look },
    });
    await traced("work", () =>
      client.chat.completions
        .runTools({ model, messages: MESSAGES, tools: [tool("get_weather"), tool("get_time")] as never })
        .done(),
    )();
    const chat = { name: `chat ${model}`, kind: "spandrel" };
    const look_ = { name: "look", kind: "tool" };
    expect(traces.current.tree()).toEqual([{ name: "work", kind: "task", children: [chat, look_, look_, chat] }]);
  });

  it("stays with the call when the stream is read in another context, after the caller's span has ended", async () => {
    const client = clientOf();
    const open = traced({ kind: "workflow", name: "open" }, async () => ({
      stream: await client.chat.completions.create({ model: "text", messages: MESSAGES, stream: true }),
    }));
    const { stream } = await propagateAttributes({ threadIdentifier: "t-1" }, open);
    expect(traces.current.tree()).toEqual([{ name: "open", kind: "workflow" }]);
    const seen: unknown[] = [];
    const note = traced("note", () => undefined);
    const read = traced("read", async () => {
      for await (const _ of stream) {
        seen.push(activeName());
        note();
      }
    });
    await propagateAttributes({ threadIdentifier: "t-2" }, read);
    expect(seen).toEqual(Array.from({ length: 6 }, () => "read"));
    const noted = { name: "note", kind: "task", "gen_ai.conversation.id": undefined, workflow: undefined };
    const describe_ = withAttributes("workflow", "gen_ai.conversation.id");
    expect(traces.current.tree(describe_)).toEqual([
      {
        name: "open",
        kind: "workflow",
        workflow: "open",
        children: [{ ...CHAT, workflow: "open", "gen_ai.conversation.id": "t-1" }],
      },
      { name: "read", kind: "task", children: seen.map(() => noted) },
    ]);
  });

  it("is the parent of what the client's fetch does, retries and a late body included", async () => {
    let asked = 0;
    const send: typeof fetch = async (...args) => {
      const span = trace.getTracer("http").startSpan(`POST ${String(++asked)}`);
      try {
        return await fetch(...args);
      } finally {
        span.end();
      }
    };
    const client = clientOf({ fetch: send });
    await traced("work", () => client.chat.completions.create({ model: "rate-limited", messages: MESSAGES }))();
    const stream = await client.chat.completions.create({ model: "text", messages: MESSAGES, stream: true });
    for await (const _ of stream);
    const post = (index: number) => ({ name: `POST ${String(index)}`, kind: "http" });
    expect(traces.current.tree()).toEqual([
      {
        name: "work",
        kind: "task",
        children: [{ name: "chat rate-limited", kind: "spandrel", children: [post(1), post(2)] }],
      },
      { ...CHAT, children: [post(3)] },
    ]);
  });

  it("tells of each retry, with its number and why", async () => {
    const client = clientOf();
    Object.defineProperty(client, "calculateDefaultRetryTimeoutMillis", { value: () => 0 });
    await client.chat.completions.create({ model: "server-error-twice", messages: MESSAGES });
    await client.chat.completions.create({ model: "reset-once", messages: MESSAGES });
    await client.chat.completions.create({ model: "server-error", messages: MESSAGES }).catch(() => undefined);
    await client.chat.completions.create({ model: "bad-request", messages: MESSAGES }).catch(() => undefined);
    const model = `refused, then reset@${major}`;
    server.answer(model, { status: 500, retryAfterMillis: 1 }, { fault: "reset" }, ...SCENARIOS.text);
    await client.chat.completions.create({ model, messages: MESSAGES });
    await client.withOptions({ maxRetries: 1 }).responses.create({ model: "rate-limited", input: "Hi" });
    const retries = traces.current.spans.map(({ name, events }) => [
      name,
      ...events.filter((event) => event.name === "spandrel.client.retry").map(({ attributes }) => attributes),
    ]);
    const failed = (count: number, status: number) => ({
      "http.request.resend_count": count,
      "http.response.status_code": status,
    });
    const reset = (count: number) => ({ "http.request.resend_count": count, "error.type": "connection_error" });
    expect(retries).toEqual([
      ["chat server-error-twice", failed(1, 500), failed(2, 500)],
      ["chat reset-once", reset(1)],
      ["chat server-error", failed(1, 500), failed(2, 500)],
      ["chat bad-request"],
      [`chat ${model}`, failed(1, 500), reset(2)],
      ["chat rate-limited", failed(1, 429)],
    ]);
  });

  it("takes over the tag of what it was made in", async () => {
    const client = clientOf();
    await traced({ name: "work", processors: "default" }, () =>
      client.chat.completions.create({ model: "text", messages: MESSAGES }),
    )();
    expect(traces.current.attributes("chat text")["respan.processors"]).toEqual(["default"]);
  });
});

it("openai 7: the span of a call with a body that is asked for anew tells of that, too", async () => {
  const [, OpenAI] = OPENAI_MAJORS[0]!;
  server.answer("slow", { text: ["late"], fault: "gated" }, ...SCENARIOS.text);
  const client = traceOpenAI(openAIOf(server, OpenAI, { timeout: 400, maxRetries: 1 }));
  Object.defineProperty(client, "calculateDefaultRetryTimeoutMillis", { value: () => 0 });
  const { choices } = await client.chat.completions.create({ model: "slow", messages: MESSAGES });
  expect(choices[0]?.message.content).toBe("Blue sky 😀 🇨🇭.");
  const { events } = traces.current.span("chat slow");
  expect(events.map(({ name, attributes }) => ({ name, attributes }))).toEqual([
    {
      name: "spandrel.client.retry",
      attributes: { "http.request.resend_count": 1, "error.type": "connection_error" },
    },
  ]);
});
