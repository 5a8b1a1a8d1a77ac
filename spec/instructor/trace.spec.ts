import { SpanStatusCode, context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  InMemorySpanExporter as SdkExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import * as z from "zod";

import { Task, Workflow, propagateAttributes } from "../../lib/index.js";
import { InstructorRetryError, fromOpenAI } from "../../lib/instructor/index.js";
import { containedFaults } from "../../lib/internal/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import type { Outcome } from "../support/llm-server/outcome.js";
import { type SpanNode, Traces, macrotask } from "../support/traces.js";
import { ADA, MESSAGES, RIGHT, User, WRONG, answersIn, calls, rejection, says, useRig } from "./extraction-rig.js";

const rig = useRig();
const invalid = calls(["response", WRONG]);
const valid = calls(["response", RIGHT]);
const ask = { responseModel: User, messages: MESSAGES };

let traces: Traces;
const start = (options: ConstructorParameters<typeof Traces>[0] = {}): void => void (traces = new Traces(options));

const FUNCTIONS = [
  {
    type: "function",
    function: {
      name: "response",
      parameters: {
        type: "object",
        properties: { name: { type: "string" }, age: { type: "number" } },
        required: ["name", "age"],
      },
    },
  },
];
const START = {
  "spandrel.instructor.mode": "tools",
  "llm.request.functions": JSON.stringify(FUNCTIONS),
};
const INPUT = { "traceloop.entity.input": JSON.stringify({ messages: MESSAGES }) };
const OUTPUT = { "traceloop.entity.output": RIGHT };
const after = (attempts: number, outcome: string, answers = attempts): object => ({
  "spandrel.instructor.attempts": attempts,
  "spandrel.instructor.outcome": outcome,
  ...(answers === 0
    ? {}
    : {
        "spandrel.usage.input_tokens": 11 * answers,
        "spandrel.usage.output_tokens": 7 * answers,
        "spandrel.usage.total_tokens": 18 * answers,
      }),
});
const failed = (attempt: number, messages: object = { "spandrel.validation.messages": [MESSAGE] }): object => ({
  name: "validation.failed",
  "spandrel.validation.attempt": attempt,
  "spandrel.validation.issue_count": 1,
  "spandrel.validation.paths": ["age"],
  "spandrel.validation.codes": ["invalid_type"],
  ...messages,
});
const MESSAGE = "Invalid input: expected number, received string";

/** An extraction's span in full, and of a call's what the two have to agree on. */
function describeSpan(span: ReadableSpan): Record<string, unknown> {
  const { attributes, status, kind } = span;
  const state = status.code === SpanStatusCode.ERROR ? { status: status.message ?? "" } : {};
  if (span.name.startsWith("chat ")) {
    const { "gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": output } = attributes;
    return { ...state, usage: input === undefined ? undefined : [input, output] };
  }
  if (!span.name.startsWith("instructor.")) return state;
  const events = span.events.map(({ name, attributes: own = {} }) => {
    const { "exception.stacktrace": _, ...others } = own;
    return { name, ...others };
  });
  return { ...state, span_kind: kind, attributes: { ...attributes }, events };
}

const CHAT = { name: "chat gpt", kind: "spandrel", usage: [11, 7] };
const UNANSWERED = { name: "chat gpt", kind: "spandrel", usage: undefined };
const extraction = (attributes: object, events: object[], children: object[], more: object = {}): object => ({
  name: "instructor.create",
  kind: "spandrel",
  span_kind: 0,
  attributes,
  events,
  children,
  ...more,
});
const exception = (type: string, message: string): object => ({
  name: "exception",
  "exception.type": type,
  "exception.message": message,
});

// First: once telemetry has been started and shut down, nobody else's provider is used.
describe("a provider of the application's own", () => {
  it("is given the same spans, where telemetry was never started", async () => {
    const exporter = new SdkExporter();
    const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    trace.setGlobalTracerProvider(provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    try {
      await fromOpenAI(rig.client(), { model: rig.model(invalid, valid) }).create(ask);
      await macrotask();
      const spans = exporter.getFinishedSpans();
      expect(spans.map(({ name }) => name)).toEqual(["chat gpt", "chat gpt", "instructor.create"]);
      const [first, second, own] = spans;
      expect([first, second].map((span) => span?.parentSpanContext?.spanId)).toEqual([
        own?.spanContext().spanId,
        own?.spanContext().spanId,
      ]);
      expect(own?.attributes).toEqual({ ...START, ...INPUT, ...OUTPUT, ...after(2, "valid") });
      expect(own?.events.map(({ name, attributes }) => ({ name, ...attributes }))).toEqual([failed(1)]);
    } finally {
      trace.disable();
      context.disable();
      await provider.shutdown();
    }
  });
});

describe("the trace of an extraction", () => {
  beforeEach(() => start());
  afterEach(async () => {
    expect(traces.faults).toEqual({});
    await traces.telemetry.shutdown();
  });

  describe.each(OPENAI_MAJORS)("%s", (_major, Class) => {
    it("has one call below it where the first answer is valid", async () => {
      const instructor = rig.instructor([valid], {}, Class);
      await instructor.create(ask);
      const expected = extraction({ ...START, ...INPUT, ...OUTPUT, ...after(1, "valid") }, [], [CHAT]);
      expect(traces.tree(describeSpan)).toEqual([expected]);
      traces.reset();
      await instructor.createWithCompletion(ask);
      expect(traces.tree(describeSpan)).toEqual([{ ...expected, name: "instructor.create_with_completion" }]);
    });

    it("tells what was wrong with each attempt", async () => {
      await rig.instructor([invalid, invalid, valid], {}, Class).create(ask);
      expect(traces.tree(describeSpan)).toEqual([
        extraction({ ...START, ...INPUT, ...OUTPUT, ...after(3, "valid") }, [failed(1), failed(2)], [CHAT, CHAT, CHAT]),
      ]);
    });

    it("tells that no attempt was valid", async () => {
      const error = (await rejection(rig.instructor([invalid], { maxRetries: 1 }, Class).create(ask))) as Error;
      expect(traces.tree(describeSpan)).toEqual([
        extraction(
          { ...START, ...INPUT, ...after(2, "invalid"), "error.type": "InstructorRetryError" },
          [failed(1), failed(2), exception("InstructorRetryError", error.message)],
          [CHAT, CHAT],
          { status: error.message },
        ),
      ]);
    });

    it.each<[string, Outcome, string, string]>([
      ["a refusal", { refusal: ["No."] }, "refused", "RefusalError"],
      ["a cut-off answer", { text: ["{"], finish: "length" }, "incomplete", "IncompleteOutputError"],
      ["a filtered answer", { text: [""], finish: "content_filter" }, "refused", "ContentFilterError"],
    ])("tells of %s", async (_name, outcome, ended, type) => {
      const error = (await rejection(rig.instructor([invalid, outcome], {}, Class).create(ask))) as Error;
      expect(traces.tree(describeSpan)).toEqual([
        extraction(
          { ...START, ...INPUT, ...after(2, ended), "error.type": type },
          [failed(1), exception(type, error.message)],
          [CHAT, CHAT],
          { status: error.message },
        ),
      ]);
    });

    it("tells of an API error", async () => {
      const error = (await rejection(rig.instructor([invalid, { status: 400 }], {}, Class).create(ask))) as Error;
      expect(traces.tree(describeSpan)).toEqual([
        extraction(
          { ...START, ...INPUT, ...after(2, "error", 1), "error.type": "BadRequestError" },
          [failed(1), exception("BadRequestError", error.message)],
          [CHAT, { ...UNANSWERED, status: error.message }],
          { status: error.message },
        ),
      ]);
    });

    it("tells that it was cancelled, in flight", async () => {
      const controller = new AbortController();
      const failing = rejection(
        rig.instructor([{ fault: "hang" }], {}, Class).create({ ...ask, signal: controller.signal }),
      );
      await rig.server.arrived("gpt");
      controller.abort(new RangeError("no longer wanted"));
      await failing;
      expect(traces.spans.map(({ name }) => name)).toEqual(["chat gpt", "instructor.create"]);
      expect(traces.tree(describeSpan)).toEqual([
        extraction(
          { ...START, ...INPUT, ...after(1, "cancelled", 0), "error.type": "RangeError" },
          [exception("RangeError", "no longer wanted")],
          [{ ...UNANSWERED, status: "Request was aborted." }],
          { status: "no longer wanted" },
        ),
      ]);
    });

    it("tells that the time was up", async () => {
      const error = (await rejection(
        rig.instructor([{ fault: "hang" }], {}, Class).create({ ...ask, timeoutMillis: 1 }),
      )) as Error;
      expect(error).toBeInstanceOf(InstructorRetryError);
      expect(traces.tree(describeSpan)).toEqual([
        extraction(
          { ...START, ...INPUT, ...after(1, "cancelled", 0), "error.type": "InstructorRetryError" },
          [exception("InstructorRetryError", error.message)],
          [{ ...UNANSWERED, status: "Request was aborted." }],
          { status: error.message },
        ),
      ]);
    });
  });

  it("tells that it was cancelled before anything was sent", async () => {
    await rejection(rig.instructor([valid]).create({ ...ask, signal: AbortSignal.abort("no") }));
    expect(traces.tree(describeSpan)).toEqual([
      {
        name: "instructor.create",
        kind: "spandrel",
        span_kind: 0,
        attributes: { ...START, ...INPUT, "spandrel.instructor.outcome": "cancelled", "error.type": "string" },
        events: [exception("string", "no")],
        status: "no",
      },
    ]);
  });

  it("tells that the time was up between two attempts, and that a refinement threw", async () => {
    const blocking = User.refine(() => {
      const until = performance.now() + 2;
      while (performance.now() < until);
      return false;
    });
    await rejection(
      rig.instructor([valid]).create({ ...ask, responseModel: blocking, timeoutMillis: 60_000, maxTotalTokens: 1 }),
    );
    expect(traces.attributes("instructor.create")["spandrel.instructor.outcome"]).toBe("invalid");
    traces.reset();
    const broken = User.refine(() => {
      throw new TypeError("down");
    });
    await rejection(rig.instructor([valid]).create({ ...ask, responseModel: broken }));
    expect(traces.attributes("instructor.create")).toMatchObject({
      "spandrel.instructor.outcome": "error",
      "spandrel.instructor.attempts": 1,
      "error.type": "TypeError",
    });
  });

  it("keeps gen_ai attributes to the calls, whose tokens add up to the extraction's", async () => {
    const usage = { input: 110, output: 70, cached: 40, reasoning: 30 };
    await rig.instructor([{ ...invalid, usage }, invalid, valid]).create(ask);
    const own = traces.attributes("instructor.create");
    expect(Object.keys(own).filter((name) => name.startsWith("gen_ai"))).toEqual([]);
    const sum = (name: string): number =>
      traces.spans.reduce((total, { attributes }) => total + Number(attributes[name] ?? 0), 0);
    expect(sum("gen_ai.usage.input_tokens")).toBe(132);
    expect(sum("gen_ai.usage.output_tokens")).toBe(84);
    expect(own).toMatchObject({
      "spandrel.usage.input_tokens": 132,
      "spandrel.usage.output_tokens": 84,
      "spandrel.usage.total_tokens": 216,
    });
  });

  it("has the schema as functions and the mode, whatever the mode", async () => {
    const Named = User.meta({ title: "User", description: "Somebody" });
    const told: unknown[] = [];
    for (const mode of ["tools", "json_schema", "json", "md_json"] as const) {
      await rig.instructor([answersIn(mode, RIGHT, "User")], { mode }).create({ ...ask, responseModel: Named });
      const { "spandrel.instructor.mode": name, "llm.request.functions": functions } =
        traces.attributes("instructor.create");
      told.push([name, JSON.parse(String(functions))]);
      traces.reset();
    }
    const { tools } = rig.bodies[0] ?? {};
    const { response_format } = rig.bodies[1] as { response_format: { json_schema: { schema: object } } };
    const strict = {
      type: "function",
      function: { name: "User", description: "Somebody", parameters: response_format.json_schema.schema },
    };
    expect(told).toEqual([
      ["tools", tools],
      ["json_schema", [strict]],
      ["json", tools],
      ["md_json", tools],
    ]);
    const Two = z.array(z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]));
    const parallel = rig.instructor([calls(["function_1", '{"a":"x"}'])], { mode: "parallel_tools" });
    await parallel.create({ ...ask, responseModel: Two });
    expect(JSON.parse(String(traces.attributes("instructor.create")["llm.request.functions"]))).toEqual(
      rig.bodies.at(-1)?.["tools"],
    );
  });

  it("says what was wrong with an answer that was none", async () => {
    await rig.instructor([says("Ada"), calls(["response", "{"]), valid]).create(ask);
    const events = traces.span("instructor.create").events.map(({ attributes }) => attributes);
    expect(events).toEqual([
      {
        "spandrel.validation.attempt": 1,
        "spandrel.validation.issue_count": 1,
        "spandrel.validation.paths": [""],
        "spandrel.validation.codes": ["no_tool_call"],
        "spandrel.validation.messages": ["Call the function response"],
      },
      {
        "spandrel.validation.attempt": 2,
        "spandrel.validation.issue_count": 1,
        "spandrel.validation.paths": [""],
        "spandrel.validation.codes": ["invalid_json"],
        "spandrel.validation.messages": ["This is not well-formed JSON at offset 1"],
      },
    ]);
  });

  it("names 20 issues of an attempt, and how many there were", async () => {
    const responseModel = z.array(z.object({ n: z.number() }));
    const text = JSON.stringify({ items: Array.from({ length: 25 }, () => ({ n: "x" })) });
    await rig
      .instructor([calls(["response", text]), calls(["response", '{"items":[]}'])])
      .create({ ...ask, responseModel });
    const [event] = traces.span("instructor.create").events;
    expect(event?.attributes).toEqual({
      "spandrel.validation.attempt": 1,
      "spandrel.validation.issue_count": 25,
      "spandrel.validation.paths": Array.from({ length: 20 }, (_, index) => `${index}.n`),
      "spandrel.validation.codes": Array.from({ length: 20 }, () => "invalid_type"),
      "spandrel.validation.messages": Array.from({ length: 20 }, () => MESSAGE),
    });
  });

  it("has the value, and not the JSON it was made of, as its output", async () => {
    const responseModel = z.string().transform((text) => ({ length: text.length }));
    await rig.instructor([calls(["response", '{"value":"four"}'])]).create({ ...ask, responseModel });
    expect(traces.attributes("instructor.create")["traceloop.entity.output"]).toBe('{"length":4}');
    traces.reset();
    await rig.instructor([calls(["response", '{"value":null}'])]).create({ ...ask, responseModel: z.null() });
    expect(traces.attributes("instructor.create")["traceloop.entity.output"]).toBe("null");
    traces.reset();
    await rig
      .instructor([calls(["response", "{}"])])
      .create({ ...ask, responseModel: z.object({}).transform(() => undefined) });
    expect(traces.attributes("instructor.create")).not.toHaveProperty("traceloop.entity.output");
  });

  it("has what a refinement calls below it, and not what comes after", async () => {
    const client = traceOpenAI(rig.client());
    const responseModel = User.refine(async () => {
      await client.chat.completions.create({ model: "text", messages: MESSAGES });
      return true;
    });
    await rig.instructor([valid]).create({ ...ask, responseModel });
    await client.chat.completions.create({ model: "text@after", messages: MESSAGES });
    expect(traces.tree()).toEqual([
      {
        name: "instructor.create",
        kind: "spandrel",
        children: [
          { name: "chat gpt", kind: "spandrel" },
          { name: "chat text", kind: "spandrel" },
        ],
      },
      { name: "chat text@after", kind: "spandrel" },
    ]);
  });

  it("is each extraction's own where several run at once", async () => {
    const instructor = rig.instructor([valid]);
    await Promise.all(Array.from({ length: 10 }, () => instructor.create(ask)));
    const one = { name: "instructor.create", kind: "spandrel", children: [{ name: "chat gpt", kind: "spandrel" }] };
    expect(traces.tree()).toEqual(Array.from({ length: 10 }, () => one));
  });

  it("takes what is handed down by the calls and scopes around it", async () => {
    const instructor = rig.instructor([valid]);
    class Desk {
      @Workflow({ name: "desk" })
      handle(): Promise<unknown> {
        return this.extract();
      }

      @Task({ name: "extract", processors: "debug" })
      async extract(): Promise<unknown> {
        return instructor.create(ask);
      }
    }
    traces.telemetry.addProcessor({ name: "debug", exporter: traces.exporter });
    const scope = {
      customerIdentifier: "c-1",
      threadIdentifier: "t-1",
      metadata: { plan: "pro" },
    };
    await propagateAttributes(scope, () => new Desk().handle());
    await traces.telemetry.flush();
    const handed = {
      "respan.customer_params.customer_identifier": "c-1",
      "user.id": "c-1",
      "respan.threads.thread_identifier": "t-1",
      "session.id": "t-1",
      "respan.metadata.plan": "pro",
      "traceloop.workflow.name": "desk",
      "traceloop.entity.path": "extract",
      "respan.processors": ["debug"],
    };
    const names = Object.keys(handed);
    const pick = ({ attributes }: ReadableSpan): Record<string, unknown> =>
      Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));
    const spans = [traces.span("instructor.create"), traces.span("chat gpt")];
    expect(spans.map(pick)).toEqual([pick(spans[0] as ReadableSpan), pick(spans[0] as ReadableSpan)]);
    expect(pick(spans[0] as ReadableSpan)).toEqual(handed);
    const bare = (node: SpanNode): unknown => [node.name, ...(node.children ?? []).map(bare)];
    expect(traces.tree().map(bare)).toEqual([["desk", ["extract", ["instructor.create", ["chat gpt"]]]]]);
  });

  it("times nothing that is not streamed", async () => {
    await rig.instructor([valid]).create(ask);
    expect(Object.keys(traces.attributes("instructor.create")).filter((name) => name.includes("time_to"))).toEqual([]);
  });
});

describe("without content", () => {
  afterEach(() => traces.telemetry.shutdown());

  it.each([
    ["for all", true],
    ["for a scope", false],
  ])("the trace has neither messages nor the value, but paths and codes: %s", async (_name, isForAll) => {
    start(isForAll ? { captureContent: false } : {});
    const instructor = rig.instructor([invalid, valid]);
    await propagateAttributes(isForAll ? {} : { captureContent: false }, () => instructor.create(ask));
    const attributes = { ...START, ...after(2, "valid") };
    expect(traces.tree(describeSpan)).toEqual([extraction(attributes, [failed(1, {})], [CHAT, CHAT])]);
    expect(JSON.stringify(traces.spans.map((span) => [span.attributes, span.events]))).not.toMatch(/Ada|many|36\./);
  });

  it.each([
    [false, "ages.*"],
    [true, "ages.Ada"],
  ])("keys that the model made up are content, too (captured: %s)", async (captureContent, path) => {
    start({ captureContent });
    const wrong = calls(["response", '{"ages":{"Ada":"many"}}']);
    const responseModel = z.object({ ages: z.record(z.string(), z.number()) });
    await rejection(rig.instructor([wrong], { maxRetries: 0 }).create({ ...ask, responseModel }));
    const [event] = traces.span("instructor.create").events;
    expect(event?.attributes?.["spandrel.validation.paths"]).toEqual([path]);
  });
});

describe("where nobody records", () => {
  it("any more, everything works, and nothing is recorded", async () => {
    const before = containedFaults();
    const instructor = rig.instructor([invalid, valid]);
    const [value, completion] = await instructor.createWithCompletion(ask);
    expect([value, completion.id]).toEqual([ADA, "chatcmpl-2"]);
    expect(await rejection(rig.instructor([{ refusal: ["No."] }]).create(ask))).toMatchObject({ refusal: "No." });
    expect(trace.getActiveSpan()).toBeUndefined();
    expect(containedFaults()).toEqual(before);
  });

  it("because of a shutdown in the middle, the value still comes", async () => {
    start();
    const instructor = rig.instructor([{ ...valid, fault: "gated" }]);
    const promise = instructor.create(ask);
    await rig.server.arrived("gpt");
    await traces.telemetry.shutdown();
    rig.server.gate("gpt").open();
    await expect(promise).resolves.toEqual(ADA);
    expect(traces.faults).toEqual({});
  });
});
