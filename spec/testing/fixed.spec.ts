import { trace } from "@opentelemetry/api";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import OpenAI from "openai";
import { z } from "zod";
import { getClient, propagateAttributes, traced } from "../../lib/index.js";
import { fromOpenAI } from "../../lib/instructor/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import { encodeTracesData } from "../../lib/otlp/index.js";
import { type TestTelemetry, type TestTelemetryOptions, createTestTelemetry } from "../../lib/testing/index.js";
import "../../lib/testing/jest.js";

const START = Date.UTC(2024, 0, 1);
let telemetry: TestTelemetry | undefined;
afterEach(() => telemetry?.shutdown());

function create(options?: TestTelemetryOptions): TestTelemetry {
  return (telemetry = createTestTelemetry({ clock: "fixed", ids: "fixed", ...options }));
}

const millis = ([seconds, nanos]: readonly [number, number]): number => seconds * 1000 + nanos / 1e6;

/** Name, ids and times of each span, the times in milliseconds since `start`. */
function facts(start = START): unknown[] {
  return telemetry!.spans().map((span) => ({
    name: span.name,
    trace: span.spanContext().traceId,
    id: span.spanContext().spanId,
    times: [span.startTime, ...span.events.map(({ time }) => time), span.endTime].map((time) => millis(time) - start),
    duration: millis(span.duration),
  }));
}

const nested = traced("outer", () => {
  traced("inner", () => void trace.getActiveSpan()?.addEvent("event"))();
  const span = trace.getTracer("mine").startSpan("foreign");
  span.addEvent("event");
  span.addEvent("event with attributes", { a: 1 });
  span.recordException(new Error("recorded"));
  span.end();
});

describe("a fixed clock and fixed ids", () => {
  it("count: every reading is a millisecond later, every id is the next, for spans of all tracers", () => {
    create();
    nested();
    nested();
    const traceOf = (digit: number): string => String(digit).padStart(32, "0");
    const id = (digit: number): string => String(digit).padStart(16, "0");
    const round = (trace: string, from: number, first: number): unknown[] => [
      { name: "inner", trace, id: id(first + 1), times: [1, 2, 3].map((time) => from + time), duration: 2 },
      { name: "foreign", trace, id: id(first + 2), times: [4, 5, 6, 7, 8].map((time) => from + time), duration: 4 },
      { name: "outer", trace, id: id(first), times: [from, from + 9], duration: 9 },
    ];
    expect(facts()).toEqual([...round(traceOf(1), 0, 1), ...round(traceOf(2), 10, 4)]);
  });

  it("begin again after reset()", () => {
    create();
    nested();
    const first = facts();
    telemetry?.reset();
    nested();
    expect(facts()).toEqual(first);
  });

  it("make other spans after reset(), also for a buffer that is processed", async () => {
    create();
    for (let at = 0; at < 2; at++) {
      const buffer = getClient().getSpanBuffer("trace-1");
      buffer.run(nested);
      await expect(getClient().processSpans(buffer)).resolves.toBe(true);
      expect(telemetry?.findAll("outer").map((span) => span.spanContext().spanId)).toEqual(["0000000000000001"]);
      telemetry?.reset();
    }
  });

  it("go on in hexadecimal digits", () => {
    create();
    for (let at = 0; at < 17; at++) traced("span", () => 1)();
    expect(telemetry?.spans().at(-1)?.spanContext()).toMatchObject({
      spanId: "0000000000000011",
      traceId: "00000000000000000000000000000011",
    });
  });

  it.each<[string, TestTelemetryOptions["clock"], number, number]>([
    ["from a date", { start: new Date("2020-02-02T02:02:02.5Z") }, Date.UTC(2020, 1, 2, 2, 2, 2, 500), 1],
    ["from milliseconds", { start: 1_000 }, 1_000, 1],
    ["by another step", { stepMillis: 0.25 }, START, 0.25],
    ["without going on", { stepMillis: 0 }, START, 0],
  ])("start and go on as they are told: %s", (_how, clock, start, step) => {
    create({ clock });
    nested();
    const times = (telemetry?.spans() ?? []).map((span) =>
      [span.startTime, span.endTime].map((t) => millis(t) - start),
    );
    expect(times).toEqual([
      [step, 3 * step],
      [4 * step, 8 * step],
      [0, 9 * step],
    ]);
  });

  it("leave alone the times that are given, and those of a span whose start is given", () => {
    create();
    const tracers = [trace.getTracer("mine"), trace.getTracer("spandrel")];
    for (const tracer of tracers) {
      const span = tracer.startSpan("given", { startTime: new Date(1_000) });
      span.addEvent("event", new Date(2_000));
      span.addEvent("event", {}, new Date(3_000));
      span.end(new Date(4_000));
      const ended = tracer.startSpan("ended");
      ended.addEvent("event", new Date(START + 5));
      ended.end(new Date(START + 1_000));
    }
    const given = { times: [1_000, 2_000, 3_000, 4_000], duration: 3_000 };
    const all = facts(0).map((span) => span as { times: number[]; duration: number });
    expect([all[0], all[2]]).toMatchObject([given, given]);
    expect(all[1]?.times).toEqual([START, START + 5, START + 1_000]);
    expect(all[3]?.times.slice(1)).toEqual([START + 5, START + 1_000]);
  });

  it("can each be had alone", () => {
    create({ ids: undefined });
    nested();
    expect(facts()).toMatchObject([{ times: [1, 2, 3] }, {}, { times: [0, 9] }]);
    expect(telemetry?.spans()[0]?.spanContext().spanId).not.toBe("0000000000000002");
    create({ clock: undefined });
    nested();
    const [inner] = telemetry?.spans() ?? [];
    expect(inner?.spanContext().spanId).toBe("0000000000000002");
    expect(Math.abs(millis(inner?.startTime ?? [0, 0]) - Date.now())).toBeLessThan(60_000);
  });

  it("hold for a provider of the user's own, but for its ids", () => {
    create({
      tracerProvider: (spandrel) => new NodeTracerProvider({ spanProcessors: [spandrel] }),
      logLevel: "silent",
    });
    traced("outer", () => traced("inner", () => 1)())();
    expect(facts()).toMatchObject([
      { name: "inner", times: [1, 2] },
      { name: "outer", times: [0, 3] },
    ]);
  });
});

describe("a golden trace", () => {
  const ANSWER = ['{"items":[1,', "2]}"]
    .map((content) => ({ id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] }))
    .concat([
      { id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
    ] as never)
    .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
    .join("");
  const answer = async (): Promise<Response> =>
    new Response(`${ANSWER}data: [DONE]\n\n`, { headers: { "content-type": "text/event-stream" } });

  async function run(): Promise<string> {
    // A stack trace tells whether a function was called after an await.
    await null;
    create({ environment: "spec" });
    const client = traceOpenAI(new OpenAI({ apiKey: "none", baseURL: "http://model.invalid/v1", fetch: answer }));
    const messages = [{ role: "user" as const, content: "Hi" }];
    const read: unknown[] = [];
    await propagateAttributes({ customerIdentifier: "c" }, async () => {
      nested();
      const chunks = traced({ name: "chunks", chunkEvents: true }, async function* () {
        yield* ["a", "b"];
      });
      for await (const chunk of chunks()) read.push(chunk);
      for await (const chunk of traced("made", () => chunks())()) read.push(chunk);
      const model = "m";
      for await (const _chunk of await client.chat.completions.create({ model, messages, stream: true }));
      const items = fromOpenAI(client, { model, mode: "json" }).createIterable({ responseModel: z.number(), messages });
      for await (const item of items) read.push(item);
    });
    expect(read).toEqual(["a", "b", "a", "b", 1, 2]);
    const { text, rejected } = encodeTracesData(telemetry!.spans());
    expect(rejected).toEqual([]);
    return text;
  }

  it("is the same at every run, to the byte: decorated calls, streams, model calls, extractions, foreign spans", async () => {
    const runs: string[] = [];
    for (let at = 0; at < 2; at++) runs.push(await run());
    expect(telemetry).toHaveNoOpenSpans();
    const [first, second] = runs;
    // Compared as one value, texts of this size would fill the screen.
    expect(second?.split("{")).toEqual(first?.split("{"));
    expect(second === first).toBe(true);
    const measured = telemetry!
      .spans()
      .flatMap(({ attributes, events }) => [attributes, ...events.map((event) => event.attributes ?? {})])
      .flatMap((attributes) => Object.entries(attributes))
      .filter(([name]) => /time_to_first|offset/.test(name));
    expect([...new Set(measured.map(([name]) => name))].sort()).toEqual([
      "gen_ai.response.time_to_first_chunk",
      "spandrel.instructor.time_to_first_item_ms",
      "spandrel.stream.chunk.offset_ms",
      "spandrel.stream.time_to_first_chunk_ms",
    ]);
    for (const [name, value] of measured) {
      const readings = Number(value) * (name.startsWith("gen_ai.") ? 1000 : 1);
      expect([name, Number.isInteger(readings)]).toEqual([name, true]);
    }
  });
});
