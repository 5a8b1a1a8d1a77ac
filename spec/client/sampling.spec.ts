import { context, trace } from "@opentelemetry/api";
import { InvalidOptionError, type SpanBuffer, getClient, traced } from "../../lib/index.js";
import { resetLog } from "../../lib/internal/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { openAIOf } from "../support/llm-server/clients.js";
import { type SpanNode, macrotask, treeOf } from "../support/traces.js";
import { useBalancedTraces } from "./rig.js";

const traces = useBalancedTraces();
const client = getClient();
const foreign = trace.getTracer("foreign");
/** The first half of all trace ids, by the digits that decide, and one of the other half. */
const [KEPT, LEFT_OUT] = [`${"a".repeat(19)}${"0".repeat(12)}1`, `${"a".repeat(19)}${"f".repeat(13)}`];

describe("a trace that sampling leaves out", () => {
  let server: LlmServer;
  beforeAll(async () => {
    server = await startLlmServer();
  });
  afterAll(() => server.close());

  const classify = traced({ name: "classify", sampleRate: 1 }, () => undefined);
  const answer = traced({ name: "answer", sampleRate: 0.01 }, async function* () {
    yield "a";
  });
  const handle = traced({ name: "handle", kind: "workflow", sampleRate: 0.5 }, async () => {
    classify();
    foreign.startActiveSpan("foreign", (span) => {
      client.startSpan("by hand", { kind: "tool" }).end();
      span.end();
    });
    await macrotask();
    const messages = [{ role: "user" as const, content: "Hi" }];
    await traceOpenAI(openAIOf(server)).chat.completions.create({ model: "text", messages });
    for await (const _ of answer());
    return "done";
  });
  const WHOLE: SpanNode = {
    name: "handle",
    kind: "workflow",
    children: [
      { name: "classify", kind: "task" },
      { name: "foreign", kind: "foreign", children: [{ name: "by hand", kind: "tool" }] },
      { name: "chat text", kind: "spandrel" },
      { name: "answer", kind: "task" },
    ],
  };

  it("is left out as a whole, and one that is kept is whole: decided at the root, for all who make spans in it", async () => {
    const random = jest.spyOn(Math, "random");
    for (const dice of [0.4, 0.6, 0.49, 0.5]) {
      random.mockReturnValueOnce(dice);
      expect(await handle()).toBe("done");
    }
    random.mockRestore();
    expect(traces.current.tree()).toEqual([WHOLE, WHOLE]);
  });

  it("in a buffer is decided by its trace id, and left-out spans are not held", async () => {
    const run = async (traceId: string): Promise<SpanBuffer> => {
      const buffer = client.getSpanBuffer(traceId);
      expect(await buffer.run(() => handle())).toBe("done");
      return buffer;
    };
    const [kept, leftOut] = [await run(KEPT), await run(LEFT_OUT)];
    expect([treeOf(kept.getAllSpans()), treeOf(leftOut.getAllSpans())]).toEqual([[WHOLE], []]);
    expect(await client.processSpans(leftOut)).toBe(true);
    expect(traces.current.spans).toEqual([]);
  });
});

describe("several roots of one buffer", () => {
  const inner = traced("inner", () => undefined);
  const root = (name: string, sampleRate?: number): (() => void) =>
    traced({ name, ...(sampleRate === undefined ? {} : { sampleRate }) }, () => inner());

  it("of one rate are all kept or all left out, and those of no rate are kept", () => {
    let kept = 0;
    for (let count = 0; count < 200; count++) {
      const buffer = client.getSpanBuffer();
      buffer.run(() => {
        root("one", 0.5)();
        root("two", 0.5)();
        root("always")();
      });
      const names = treeOf(buffer.getAllSpans()).map(({ name }) => name);
      if (names.length === 3) kept++;
      expect([["one", "two", "always"], ["always"]]).toContainEqual(names);
    }
    expect(kept).toBeGreaterThan(60);
    expect(kept).toBeLessThan(140);
  });

  it("of a lower rate are kept only where those of a higher one are", () => {
    const digits = (share: number): string =>
      Math.floor(share * 2 ** 52)
        .toString(16)
        .padStart(13, "0");
    for (const [share, expected] of [
      [0.05, ["low", "high"]],
      [0.5, ["high"]],
      [0.95, []],
    ] as const) {
      const buffer = client.getSpanBuffer(`${"b".repeat(19)}${digits(share)}`);
      buffer.run(() => {
        root("low", 0.1)();
        root("high", 0.9)();
      });
      expect(treeOf(buffer.getAllSpans()).map(({ name }) => name)).toEqual(expected);
    }
  });

  it("agree with the same trace in another process, and with a span by hand around them", () => {
    for (const [traceId, count] of [
      [KEPT, 2],
      [LEFT_OUT, 0],
    ] as const) {
      const going = client.getSpanBuffer({ traceId, parentSpanId: "1234567890abcdef" });
      going.run(root("call", 0.5));
      expect(going.getSpanCount()).toBe(count);
      const around = client.getSpanBuffer(traceId);
      around.run(() => client.getTracer().startActiveSpan("by hand", (span) => (root("call", 0.5)(), span.end())));
      expect(around.getSpanCount()).toBe(count + 1);
    }
  });
});

describe("a rate within a trace", () => {
  it("that was decided at its root decides nothing", () => {
    const inner = traced({ name: "inner", sampleRate: 0 }, () => undefined);
    traced({ name: "root", sampleRate: 1 }, () => inner())();
    expect(traces.current.tree()).toEqual([
      { name: "root", kind: "task", children: [{ name: "inner", kind: "task" }] },
    ]);
  });

  it("decides for the call and what is below it where the root had none, alike in every call", () => {
    const inner = traced({ name: "inner", sampleRate: 0.5 }, () => foreign.startSpan("foreign").end());
    for (const traceId of [KEPT, LEFT_OUT]) {
      const buffer = client.getSpanBuffer(traceId);
      buffer.run(() =>
        traced("root", () => {
          inner();
          inner();
        })(),
      );
      const below = { name: "inner", kind: "task", children: [{ name: "foreign", kind: "foreign" }] };
      expect(treeOf(buffer.getAllSpans())).toEqual([
        { name: "root", kind: "task", ...(traceId === KEPT ? { children: [below, below] } : {}) },
      ]);
    }
  });

  it("of a new root inside is decided anew", () => {
    const random = jest.spyOn(Math, "random").mockReturnValue(0.9);
    const left = traced({ name: "left out", sampleRate: 0.5 }, () =>
      client.getTracer().startActiveSpan("new root", { root: true }, (span) => span.end()),
    );
    left();
    random.mockRestore();
    expect(traces.current.tree()).toEqual([{ name: "new root", kind: "spandrel" }]);
  });

  it("below a span that is none is drawn at random", () => {
    const invalid = trace.wrapSpanContext({ traceId: "0".repeat(32), spanId: "0".repeat(16), traceFlags: 0 });
    const random = jest.spyOn(Math, "random").mockReturnValue(0.9);
    context.with(
      trace.setSpan(context.active(), invalid),
      traced({ name: "call", sampleRate: 0.5 }, () => undefined),
    );
    random.mockRestore();
    expect(traces.current.tree()).toEqual([]);
  });
});

describe("the option links", () => {
  const link = (digit: string): { context: { traceId: string; spanId: string; traceFlags: number } } => ({
    context: { traceId: digit.repeat(32), spanId: digit.repeat(16), traceFlags: 1 },
  });
  const linksOf = (name: string): unknown =>
    traces.current.span(name).links.map(({ context: { traceId }, attributes }) => [traceId[0], attributes]);

  const fixed = traced({ name: "fixed", links: [link("1"), { ...link("2"), attributes: { why: "retry" } }] }, () =>
    traced("below", () => undefined)(),
  );
  const made = traced(
    { name: "made", links: (jobs: readonly string[]) => jobs.map(link) },
    async (_: readonly string[]) => macrotask(),
  );
  const streamed = traced({ name: "streamed", links: (job: string) => [link(job)] }, function* (_job: string) {
    yield 1;
  });
  const none = traced({ name: "none", links: () => [] }, () => undefined);

  it("puts those on the call's own span, fixed or made of its arguments, and on no other", async () => {
    fixed();
    await made(["3", "4"]);
    expect([...streamed("5")]).toEqual([1]);
    none();
    expect([linksOf("fixed"), linksOf("below"), linksOf("made"), linksOf("streamed"), linksOf("none")]).toEqual([
      [
        ["1", {}],
        ["2", { why: "retry" }],
      ],
      [],
      [
        ["3", {}],
        ["4", {}],
      ],
      [["5", {}]],
      [],
    ]);
  });

  it("a function that throws costs the links alone", () => {
    const links = (): never => {
      throw new Error("no links today");
    };
    expect(traced({ name: "broken", links }, () => "fine")()).toBe("fine");
    expect(linksOf("broken")).toEqual([]);
    expect(traces.current.faults).toEqual({ SPANDREL_CALLBACK_FAILED: 1 });
    resetLog();
  });

  it("links the trace of a span that was read off another call", async () => {
    const origin = traced("origin", () => trace.getActiveSpan()?.spanContext())();
    if (origin === undefined) throw new Error("there is no span");
    traced({ name: "later", links: [{ context: origin }] }, () => undefined)();
    expect(traces.current.span("later").links[0]?.context).toEqual(traces.current.span("origin").spanContext());
  });

  it.each([[{}], ["link"], [42]])("is refused at definition where it is %p", (links) => {
    expect(() => traced({ name: "x", links: links as never }, () => undefined)).toThrow(InvalidOptionError);
  });
});
