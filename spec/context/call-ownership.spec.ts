import { type Span, context, propagation, trace } from "@opentelemetry/api";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import { injectContext, startTelemetry, traced } from "../../lib/index.js";
import { resetLog } from "../../lib/internal/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import { useTraces } from "../support/traces.js";

const CHAT = { attributes: { "gen_ai.operation.name": "chat" } };
const completion = { id: "c", model: "m", choices: [] };

/** A client whose requests run `request`, and whose `create` somebody else may have wrapped. */
function newClient(request: () => unknown = () => undefined): {
  chat: { completions: { create(body: object): Promise<unknown> } };
  embeddings: { create(): void };
} {
  const create = async (): Promise<unknown> => {
    request();
    return completion;
  };
  return { chat: { completions: { create } }, embeddings: { create: () => undefined } };
}

const other = (scope = "their-instrumentation"): ReturnType<typeof trace.getTracer> => trace.getTracer(scope);

/** What another instrumentation does to a client: a span of its own around each call. */
function wrapTheirs(client: ReturnType<typeof newClient>, options: object, start?: (span: Span) => void): void {
  const { create } = client.chat.completions;
  client.chat.completions.create = (body) =>
    other().startActiveSpan("their chat", options, async (span) => {
      start?.(span);
      try {
        return await create(body);
      } finally {
        span.end();
      }
    });
}

const task = (...children: object[]): object => ({ name: "task", kind: "task", children });
const ours = (...children: object[]): object => ({
  name: "chat m",
  kind: "spandrel",
  ...(children.length === 0 ? {} : { children }),
});
const request = { name: "request", kind: "http" };
const run = (client: ReturnType<typeof newClient>): Promise<unknown> =>
  traced("task", () => client.chat.completions.create({ model: "m" }))();

describe("a call that another instrumentation traces as well", () => {
  const traces = useTraces();
  const http = (): void => other("http").startSpan("request").end();

  const signs: [string, object][] = [
    ["its GenAI operation", CHAT],
    ["its GenAI model", { attributes: { "gen_ai.request.model": "m" } }],
    ["an older convention", { attributes: { "llm.request.type": "chat" } }],
    ["OpenInference's", { attributes: { "openinference.span.kind": "LLM" } }],
  ];

  it.each(signs)("inside ours is left out, known by %s; its children are ours", async (_what, options) => {
    const client = newClient(http);
    wrapTheirs(client, options);
    await run(traceOpenAI(client));
    expect(traces.current.tree()).toEqual([task(ours(request))]);
    expect(traces.current.telemetry.status().duplicates).toEqual({ "their-instrumentation": 1 });
  });

  it.each(signs)("around ours is left out, known by %s", async (_what, options) => {
    const client = traceOpenAI(newClient(http));
    wrapTheirs(client, options);
    await run(client);
    expect(traces.current.tree()).toEqual([task(ours(request))]);
  });

  it("is known by attributes that are set after the start", async () => {
    const client = newClient(http);
    wrapTheirs(client, {}, (span) => span.setAttributes(CHAT.attributes));
    await run(traceOpenAI(client));
    expect(traces.current.tree()).toEqual([task(ours(request))]);
  });

  it("is known at its end where it has no children", async () => {
    const client = newClient();
    wrapTheirs(client, {}, (span) => queueMicrotask(() => span.setAttributes(CHAT.attributes)));
    await run(traceOpenAI(client));
    expect(traces.current.tree()).toEqual([task(ours())]);
  });

  it("is left out as often as it is doubled, around and inside", async () => {
    const client = newClient(http);
    wrapTheirs(client, CHAT);
    wrapTheirs(client, CHAT);
    traceOpenAI(client);
    wrapTheirs(client, CHAT);
    wrapTheirs(client, CHAT);
    await run(client);
    expect(traces.current.tree()).toEqual([task(ours(request))]);
    expect(traces.current.telemetry.status().duplicates).toEqual({ "their-instrumentation": 4 });
    expect(traces.current.lines).toEqual([
      "spandrel: SPANDREL_TRACED_TWICE: their-instrumentation traces calls that Spandrel traces too; its spans of them " +
        "are left out, so that each call is one span. Turn one of the two off: that instrumentation, or ours with " +
        "blockInstruments\n",
    ]);
  });

  it("is a root of its own where theirs was one", async () => {
    const client = traceOpenAI(newClient());
    wrapTheirs(client, CHAT);
    await client.chat.completions.create({ model: "m" });
    expect(traces.current.tree()).toEqual([ours()]);
  });

  it("has decorated calls below theirs attached to ours", async () => {
    const client = newClient(() => void traced("sign", () => 1)());
    wrapTheirs(client, CHAT);
    await run(traceOpenAI(client));
    expect(traces.current.tree()).toEqual([task(ours({ name: "sign", kind: "task" }))]);
  });

  it("names our span in the headers of its request", async () => {
    const carriers: Record<string, string>[] = [];
    const client = newClient(() => {
      const headers: Record<string, string> = {};
      propagation.inject(context.active(), headers);
      carriers.push(headers, injectContext({}));
    });
    wrapTheirs(client, CHAT);
    await run(traceOpenAI(client));
    const { traceId, spanId } = traces.current.span("chat m").spanContext();
    const traceparent = `00-${traceId}-${spanId}-01`;
    expect(carriers).toEqual([{ traceparent }, { traceparent }]);
  });

  it("is not what any other span is: below ours, around ours, or an agent's", async () => {
    const client = traceOpenAI(newClient());
    const agentSpan = { attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m" } };
    await other().startActiveSpan("agent", agentSpan, async (agent) => {
      await client.chat.completions.create({ model: "m" });
      await other("http").startActiveSpan("request", async (outer) => {
        await client.chat.completions.create({ model: "m" });
        outer.end();
      });
      agent.end();
    });
    expect(traces.current.tree()).toEqual([
      { name: "agent", kind: "their-instrumentation", children: [ours(), { ...request, children: [ours()] }] },
    ]);
    traces.current.reset();
    const deep = newClient(() =>
      other("http").startActiveSpan("request", (span) => {
        other().startSpan("their chat", CHAT).end();
        span.end();
      }),
    );
    await traceOpenAI(deep).chat.completions.create({ model: "m" });
    expect(traces.current.tree()).toEqual([
      ours({ ...request, children: [{ name: "their chat", kind: "their-instrumentation" }] }),
    ]);
  });
});

describe("with a provider of the user's", () => {
  const theirs = new InMemorySpanExporter();
  afterEach(() => {
    trace.disable();
    theirs.reset();
  });

  /** A processor of theirs that exports at once. */
  const processor = {
    onStart: () => undefined,
    onEnd: (span: never) => theirs.export([span], () => undefined),
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };

  it("that is ready-made, a span of theirs around ours stands, and ours is not made", async () => {
    resetLog(() => undefined);
    const provider = new NodeTracerProvider({ spanProcessors: [processor] });
    trace.setGlobalTracerProvider(provider);
    const telemetry = startTelemetry({ tracerProvider: provider, instruments: [] });
    const client = traceOpenAI(newClient());
    wrapTheirs(client, CHAT);
    await client.chat.completions.create({ model: "m" });
    expect(theirs.getFinishedSpans().map(({ name }) => name)).toEqual(["their chat"]);
    await telemetry.shutdown();
  });

  it("that is another SDK's, ours is made whatever that one traces", async () => {
    resetLog(() => undefined);
    trace.setGlobalTracerProvider(new NodeTracerProvider({ spanProcessors: [processor] }));
    const exporter = new InMemorySpanExporter();
    const telemetry = startTelemetry({ customExporter: exporter, isBatchingEnabled: false, instruments: [] });
    const client = traceOpenAI(newClient());
    wrapTheirs(client, CHAT);
    await client.chat.completions.create({ model: "m" });
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(["chat m"]);
    expect(theirs.getFinishedSpans().map(({ name }) => name)).toEqual(["their chat"]);
    await telemetry.shutdown();
  });
});
