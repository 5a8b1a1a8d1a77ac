import { RespanSpanExporter, type ReadableSpan, type RespanSpanExporterOptions } from "../../lib/exporters/index";
import { createRespanView } from "../../lib/exporters/respan-view";
import { makeSpan, type MadeSpan } from "../otlp/make-span";
import { exportBatch, startReceiver, track } from "./otlp-rig";

const LOG_METHOD = { "respan.entity.log_method": "ts_tracing" };
const view = createRespanView({ metadata: "keys", spanNameStyle: "legacy" });

function attributesOf(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return view(makeSpan({ attributes: given })).attributes;
}

function semanticName(name: string, attributes: Readonly<Record<string, unknown>>): string {
  return createRespanView({ metadata: "keys", spanNameStyle: "semantic" })(makeSpan({ name, attributes })).name;
}

/** What arrives of a span under these options. */
async function send(
  span: MadeSpan,
  options: RespanSpanExporterOptions = {},
  env: Readonly<Record<string, string>> = {},
): Promise<{ name: string; attributes: Record<string, unknown> }> {
  const receiver = await startReceiver();
  const exporter = track(new RespanSpanExporter({ apiKey: "k", baseUrl: receiver.url, ...options }, env));
  expect(await exportBatch(exporter, makeSpan(span))).toEqual({ code: 0 });
  const [arrived] = receiver.spans;
  return { name: arrived!.name, attributes: Object.fromEntries(arrived!.attributes) };
}

describe("a span on its way to Respan", () => {
  it("is a copy: the span itself stays as it is", () => {
    const attributes = Object.freeze({ "respan.processors": ["a"], "traceloop.span.kind": "tool" });
    const span = Object.freeze(makeSpan({ attributes }));
    const copy = view(span);
    expect(copy).not.toBe(span);
    expect(span.attributes).toBe(attributes);
    expect(copy.attributes).toEqual({
      "traceloop.span.kind": "tool",
      "respan.entity.log_type": "tool",
      ...LOG_METHOD,
    });
  });

  it("has everything else of the span", () => {
    const span = makeSpan({
      id: 7,
      parent: 3,
      kind: 2,
      status: { code: 2, message: "no" },
      events: [{ name: "e", time: [1, 2] }],
      droppedAttributesCount: 1,
      droppedEventsCount: 2,
      droppedLinksCount: 3,
    });
    const { spanContext, attributes: _, ...fields } = view(span);
    const { spanContext: original, attributes: __, ...expected } = span;
    expect(fields).toEqual(expected);
    expect(spanContext()).toEqual(original());
    expect(view(makeSpan())).not.toHaveProperty("parentSpanContext");
  });

  it.each(["workflow", "task", "agent", "tool"])("has the log type of a %s", (kind) => {
    expect(attributesOf({ "traceloop.span.kind": kind })).toEqual({
      "traceloop.span.kind": kind,
      "respan.entity.log_type": kind,
      ...LOG_METHOD,
    });
  });

  it.each([
    ["chat", "chat"],
    ["generate_content", "chat"],
    ["text_completion", "completion"],
    ["embeddings", "embedding"],
  ])("of the operation %s is a model call of type %s", (operation, type) => {
    expect(attributesOf({ "gen_ai.operation.name": operation })).toEqual({
      "gen_ai.operation.name": operation,
      "llm.request.type": type,
      "respan.entity.log_type": type,
      ...LOG_METHOD,
    });
  });

  it("of an entity that is a model call too is the entity", () => {
    expect(attributesOf({ "traceloop.span.kind": "task", "gen_ai.operation.name": "chat" })).toMatchObject({
      "llm.request.type": "chat",
      "respan.entity.log_type": "task",
    });
  });

  it("of anything else has no type", () => {
    expect(attributesOf({ "http.method": "GET" })).toEqual({ "http.method": "GET", ...LOG_METHOD });
    expect(attributesOf({ "gen_ai.operation.name": "execute_tool" })).not.toHaveProperty("respan.entity.log_type");
  });

  it("keeps what it says of itself", () => {
    const own = {
      "traceloop.span.kind": "task",
      "gen_ai.operation.name": "chat",
      "llm.request.type": "rerank",
      "respan.entity.log_type": "text",
      "respan.entity.log_method": "python_tracing",
    };
    expect(attributesOf(own)).toEqual(own);
  });

  it("does not have what steers this process, nor hints between an instrumentation and its exporter", () => {
    const local = {
      "respan.processors": ["default"],
      "respan.export_filter": "{}",
      "respan.sample_rate": 0.5,
      "respan.internal.span_name.kind": "tool",
    };
    expect(attributesOf({ ...local, "respan.prompt": "p" })).toEqual({ "respan.prompt": "p", ...LOG_METHOD });
  });

  it("that cannot be copied costs itself only what it must", async () => {
    const attributes = {
      get broken(): string {
        throw new Error("broken");
      },
      whole: 1,
    };
    expect(await send({ attributes })).toMatchObject({ attributes: { broken: "[unreadable]", whole: 1 } });
  });
});

describe("metadata for Respan", () => {
  const attributes = { "respan.metadata.plan": "pro", "respan.metadata.seats": 3, other: true };
  const json = '{"plan":"pro","seats":3}';

  it.each([
    [undefined, attributes],
    ["keys", attributes],
    ["json", { other: true, "respan.metadata": json }],
    ["both", { ...attributes, "respan.metadata": json }],
  ] as const)("is written as %s", async (metadata, expected) => {
    const sent = await send({ attributes }, metadata === undefined ? {} : { metadata });
    expect(sent.attributes).toEqual({ ...expected, ...LOG_METHOD });
  });

  it("does not replace an attribute that is there", async () => {
    const own = { ...attributes, "respan.metadata": "{}" };
    expect((await send({ attributes: own }, { metadata: "json" })).attributes).toEqual({ ...own, ...LOG_METHOD });
  });

  it("that there is none of is not written", async () => {
    expect((await send({ attributes: { other: 1 } }, { metadata: "both" })).attributes).toEqual({
      other: 1,
      ...LOG_METHOD,
    });
  });
});

describe("a span's name for Respan", () => {
  const task: MadeSpan = { name: "Desk.plan", attributes: { "traceloop.span.kind": "task" } };

  it.each([
    [{}, {}, "Desk.plan"],
    [{ spanNameStyle: "legacy" }, { RESPAN_SPAN_NAME_STYLE: "semantic" }, "Desk.plan"],
    [{ spanNameStyle: "semantic" }, {}, "task"],
    [{}, { RESPAN_SPAN_NAME_STYLE: " Semantic " }, "task"],
    [{}, { RESPAN_SPAN_NAME_STYLE: "legacy" }, "Desk.plan"],
    [{}, { RESPAN_SPAN_NAME_STYLE: "" }, "Desk.plan"],
  ] as const)("follows the option %j and the variable %j", async (options, env, name) => {
    expect((await send(task, options, env as Record<string, string>)).name).toBe(name);
  });

  it.each([
    ["workflow", {}, "workflow"],
    ["task", { "traceloop.entity.name": "plan" }, "task"],
    ["agent", { "traceloop.entity.name": "triage desk → billing" }, "agent.triage_desk_billing"],
    ["agent", {}, "agent.Desk.handle"],
    ["tool", { "traceloop.entity.name": "Suche/Ärzte" }, "tool.Suche_Ärzte"],
    ["tool", { "traceloop.entity.name": "--_lookup_." }, "tool.lookup"],
    ["tool", { "traceloop.entity.name": "→" }, "tool"],
  ])("of a %s with %j is semantic", (kind, attributes, name) => {
    expect(semanticName("Desk.handle", { "traceloop.span.kind": kind, ...attributes })).toBe(name);
  });

  it.each([
    [{ "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o" }, "llm.gpt-4o"],
    [{ "gen_ai.operation.name": "chat", "gen_ai.response.model": "org/gpt 4" }, "llm.org_gpt_4"],
    [{ "gen_ai.operation.name": "chat" }, "llm"],
    [{ "gen_ai.operation.name": "embeddings", "gen_ai.request.model": "ada" }, "embedding"],
    [{ "respan.entity.log_type": "response", "gen_ai.request.model": "gpt-4o" }, "llm.gpt-4o"],
    [{ "respan.entity.log_type": "function", "traceloop.entity.name": "look" }, "tool.look"],
    [{ "respan.entity.log_type": "handoff" }, "handoff.chat_gpt-4o"],
    [{ "respan.entity.log_type": "guardrail" }, "guardrail"],
    [{ "respan.entity.log_type": "custom" }, "chat gpt-4o"],
    [{}, "chat gpt-4o"],
  ])("of a model call or another span with %j is semantic", (attributes, name) => {
    expect(semanticName("chat gpt-4o", attributes)).toBe(name);
  });

  it("keeps the entity's name as an attribute", async () => {
    const attributes = { "traceloop.span.kind": "task", "traceloop.entity.name": "plan" };
    const sent = await send({ attributes }, { spanNameStyle: "semantic" });
    expect(sent).toMatchObject({ name: "task", attributes: { "traceloop.entity.name": "plan" } });
  });
});

describe("a span of an SDK with private fields", () => {
  it("is copied", () => {
    class SdkSpan {
      readonly #inner: ReadableSpan = makeSpan({ name: "sdk" });
      readonly #seconds = 3;
      get name(): string {
        return this.#inner.name;
      }
      get duration(): [number, number] {
        return [this.#seconds, 0];
      }
      get attributes(): ReadableSpan["attributes"] {
        return this.#inner.attributes;
      }
      spanContext(): ReturnType<ReadableSpan["spanContext"]> {
        return this.#inner.spanContext();
      }
    }
    const copy = view(new SdkSpan() as unknown as ReadableSpan);
    expect(copy).toMatchObject({ name: "sdk", duration: [3, 0], attributes: LOG_METHOD });
    expect(copy.spanContext()).toEqual(makeSpan().spanContext());
  });
});
