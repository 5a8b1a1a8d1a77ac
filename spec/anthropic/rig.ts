import type Anthropic from "@anthropic-ai/sdk";
import { SpanKind } from "@opentelemetry/api";
import { traceAnthropic } from "../../lib/anthropic/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { anthropicOf } from "../support/llm-server/clients.js";
import type { SpanNode, Traces } from "../support/traces.js";

export type Body = Parameters<Anthropic["messages"]["create"]>[0] & { stream?: false };
type Options = Parameters<typeof anthropicOf>[1];

/** A body that asks for `model`. */
export function bodyFor(model: string, more: Partial<Body> = {}): Body {
  return { model, max_tokens: 64, messages: [{ role: "user", content: "Hi" }], ...more };
}

/** The fixture server for a spec file, with a client that is traced and one that nobody traces. */
export function useServer(): {
  readonly current: LlmServer;
  client(options?: Options): Anthropic;
  plainClient(options?: Options): Anthropic;
} {
  let current: LlmServer | undefined;
  beforeAll(async () => {
    current = await startLlmServer();
  });
  afterAll(() => current?.close());
  const running = (): LlmServer => {
    if (current === undefined) throw new Error("the server runs in tests only");
    return current;
  };
  return {
    get current() {
      return running();
    },
    client: (options) => traceAnthropic(anthropicOf(running(), options)),
    plainClient: (options) => anthropicOf(running(), { openTelemetry: false, ...options }),
  };
}

/** Everything a span says, with numbers that differ from run to run made alike. */
export function describeSpan(span: ReadableSpan): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(span.attributes)) attributes[name] = alike(name, value);
  return {
    spanKind: SpanKind[span.kind],
    status: span.status,
    attributes,
    events: span.events.map(({ name, attributes: { "exception.stacktrace": _stack, ...rest } = {} }) => ({
      name,
      attributes: rest,
    })),
  };
}

/** Every span of the trace, as a tree of everything they say. */
export function treeOf(traces: Traces): SpanNode[] {
  return traces.tree(describeSpan);
}

function alike(name: string, value: unknown): unknown {
  if (name === "server.port") return "port";
  if (name === "gen_ai.response.time_to_first_chunk") return typeof value === "number" && value >= 0 && value < 60;
  return typeof value === "string" ? numberless(value) : value;
}

/** The fixture numbers its answers by request. */
export function numberless(text: string): string {
  return text.replace(/\b(msg|req)_\d+/g, "$1_N");
}

/** The attributes of every request of `bodyFor(model)`. */
export function requestAttributes(model: string): Record<string, unknown> {
  return {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": model,
    "gen_ai.request.max_tokens": 64,
    "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: "Hi" }] }]),
    "server.address": "127.0.0.1",
    "server.port": "port",
  };
}

/** What every answer with status 200 adds, before anything of its body is known. */
export const ANSWERED = { "http.response.status_code": 200, "spandrel.request.id": "req_N" };

/** The attributes of an answer of the fixture server, less content and output tokens. */
export function startAttributes(model: string, input = 11, cached = 0): Record<string, unknown> {
  return {
    "gen_ai.response.id": "msg_N",
    "gen_ai.response.model": `${model}-2026-08-06`,
    "gen_ai.usage.input_tokens": input,
    "gen_ai.usage.cache_read.input_tokens": cached,
    "gen_ai.usage.cache_creation.input_tokens": 0,
  };
}

/** A node of the tree for one call, and nothing below it. */
export function chatSpan(model: string, said: Record<string, unknown>): SpanNode {
  return { name: `chat ${model}`, kind: "spandrel", spanKind: "CLIENT", status: { code: 0 }, events: [], ...said };
}

/** What a span says of an error that the caller got. */
export function failureFields(error: Error): Record<string, unknown> {
  return {
    status: { code: 2, message: error.message },
    events: [{ name: "exception", attributes: { "exception.type": error.name, "exception.message": error.message } }],
  };
}
