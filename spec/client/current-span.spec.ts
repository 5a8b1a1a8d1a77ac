import { ROOT_CONTEXT, context, trace } from "@opentelemetry/api";
import { getClient, traced } from "../../lib/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { openAIOf } from "../support/llm-server/clients.js";
import { Traces, macrotask, useTraces } from "../support/traces.js";

const traces = useTraces();
const client = getClient();
const ids = (): unknown[] => [client.getCurrentTraceId(), client.getCurrentSpanId(), client.isRecording()];
const idsOf = (name: string): unknown[] => {
  const { traceId, spanId } = traces.current.span(name).spanContext();
  return [traceId, spanId];
};
const OUTSIDE = [undefined, undefined, false];

describe("the ids of the current span", () => {
  it("are undefined outside any span, before and after one", () => {
    expect(ids()).toEqual(OUTSIDE);
    traced("step", () => undefined)();
    expect(ids()).toEqual(OUTSIDE);
  });

  it.each<[string, (seen: () => void) => unknown]>([
    ["a decorated call", (seen) => traced("span", seen)()],
    ["an async one, after its awaits", (seen) => traced("span", async () => (await macrotask(), seen()))()],
    [
      "a generator, at its second pull",
      (seen) => [
        ...traced("span", function* () {
          yield 1;
          seen();
          yield 2;
        })(),
      ],
    ],
    ["a span by hand", (seen) => client.getTracer().startActiveSpan("span", (span) => (seen(), span.end()))],
    ["another tracer's", (seen) => trace.getTracer("other").startActiveSpan("span", (span) => (seen(), span.end()))],
  ])("are those of %s, as it is exported", async (_, run) => {
    let seen: unknown[] = [];
    await run(() => (seen = ids()));
    expect(seen).toEqual([...idsOf("span"), true]);
  });

  it("are the innermost span's, and the outer one's again behind it", () => {
    const seen: unknown[][] = [];
    traced("outer", () => {
      seen.push(ids());
      traced("inner", () => seen.push(ids()))();
      seen.push(ids());
    })();
    const [outer, inner] = [
      [...idsOf("outer"), true],
      [...idsOf("inner"), true],
    ];
    expect(seen).toEqual([outer, inner, outer]);
  });

  it("are there for a span that sampling leaves out, which does not record", () => {
    traced({ name: "left out", sampleRate: 0 }, () => {
      const [traceId, spanId, isRecording] = ids();
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(spanId).toMatch(/^[0-9a-f]{16}$/);
      expect(isRecording).toBe(false);
    })();
    expect(traces.current.spans).toEqual([]);
  });

  it("are a remote parent's where only that is active, and not recording", () => {
    const remote = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1, isRemote: true };
    context.with(trace.setSpanContext(ROOT_CONTEXT, remote), () =>
      expect(ids()).toEqual(["a".repeat(32), "b".repeat(16), false]),
    );
  });

  it("are undefined for a span that is no valid one", () => {
    const invalid = { traceId: "0".repeat(32), spanId: "0".repeat(16), traceFlags: 0 };
    context.with(trace.setSpanContext(ROOT_CONTEXT, invalid), () => expect(ids()).toEqual(OUTSIDE));
  });

  it("stay those of a span that has ended and is still active, which records no more", () => {
    client.getTracer().startActiveSpan("ended", (span) => {
      span.end();
      expect(ids()).toEqual([...idsOf("ended"), false]);
    });
  });

  it("are undefined where telemetry is off", async () => {
    await traces.current.telemetry.shutdown();
    traced("step", () => expect(ids()).toEqual(OUTSIDE))();
    const off = new Traces({ isEnabled: false });
    traced("step", () => expect(ids()).toEqual(OUTSIDE))();
    await off.telemetry.shutdown();
  });
});

describe("below another instrumentation's span of a call that is ours", () => {
  let server: LlmServer;
  beforeAll(async () => {
    server = await startLlmServer();
  });
  afterAll(() => server.close());

  it("the ids, and what is changed, are those of the span that is exported", async () => {
    let seen: unknown[] = [];
    let isUpdated: unknown;
    const vendor = trace.getTracer("vendor");
    const attributes = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "text" };
    const openai = traceOpenAI(
      openAIOf(server, undefined, {
        fetch: (input, init) =>
          vendor.startActiveSpan("chat text of theirs", { attributes }, async (span) => {
            // Started by then, it is known for what it is.
            seen = ids();
            isUpdated = client.updateCurrentSpan({ attributes: { "app.seen": true } });
            const response = await fetch(input, init);
            span.end();
            return response;
          }),
      }),
    );
    await openai.chat.completions.create({ model: "text", messages: [{ role: "user", content: "Hi" }] });
    expect(traces.current.tree()).toEqual([{ name: "chat text", kind: "spandrel" }]);
    expect(seen).toEqual([...idsOf("chat text"), true]);
    expect(isUpdated).toBe(true);
    expect(traces.current.attributes("chat text")["app.seen"]).toBe(true);
  });
});
