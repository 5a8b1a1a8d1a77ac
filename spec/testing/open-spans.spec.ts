import { Readable } from "node:stream";
import { type Context, SpanStatusCode, TraceFlags, context, trace } from "@opentelemetry/api";
import { NodeTracerProvider, SamplingDecision } from "@opentelemetry/sdk-trace-node";
import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import { getClient, traced } from "../../lib/index.js";
import { createTestTelemetry } from "../../lib/testing/index.js";

const telemetry = createTestTelemetry();
beforeEach(() => telemetry.reset());
afterAll(() => telemetry.shutdown());

const mine = trace.getTracer("mine");
const open = (): string[] => telemetry.openSpans().map(({ name }) => name);
const ended = (): string[] => telemetry.spans().map(({ name }) => name);

describe("openSpans()", () => {
  it("has a span of any tracer from its start to its end, in the order of starts", async () => {
    let finish = (): void => {};
    const waiting = traced("waiting", () => new Promise<void>((resolve) => (finish = resolve)));
    const manual = mine.startSpan("manual");
    const promise = waiting();
    const own = getClient().startSpan("own");
    expect(open()).toEqual(["manual", "waiting", "own"]);
    expect(telemetry.openSpans().map((span) => span.ended)).toEqual([false, false, false]);
    manual.end();
    finish();
    await promise;
    expect(open()).toEqual(["own"]);
    own.end();
    own.end();
    expect([open(), ended()]).toEqual([[], ["manual", "waiting", "own"]]);
  });

  it("has a call that fails, as long as it has not failed", async () => {
    const failing = traced("failing", async () => {
      expect(open()).toEqual(["failing"]);
      await null;
      throw new Error("failed");
    });
    await expect(failing()).rejects.toThrow("failed");
    expect(open()).toEqual([]);
    expect(telemetry.find("failing").status.code).toBe(SpanStatusCode.ERROR);
  });

  it("does not count what is not sampled", () => {
    const parent = trace.wrapSpanContext({
      traceId: "1".repeat(32),
      spanId: "2".repeat(16),
      traceFlags: TraceFlags.NONE,
    });
    const below: Context = trace.setSpan(context.active(), parent);
    context.with(below, () => {
      mine.startSpan("manual");
      traced("inner", () => expect(open()).toEqual([]))();
    });
    traced({ name: "left out", sampleRate: 0 }, () => expect(open()).toEqual([]))();
    expect(ended()).toEqual([]);
  });

  it("counts a span that a buffer holds as ended, and one that another processor gets, too", async () => {
    const buffer = getClient().getSpanBuffer();
    buffer.run(() => traced("held", () => expect(open()).toEqual(["held"]))());
    const handle = telemetry.telemetry.addProcessor({ name: "debug", exporter: new InMemorySpanExporter() });
    traced({ name: "debugged", processors: ["debug"] }, () => expect(open()).toEqual(["debugged"]))();
    expect([open(), ended()]).toEqual([[], []]);
    await getClient().processSpans(buffer);
    expect([open(), ended()]).toEqual([[], ["held"]]);
    await handle.remove();
  });
});

describe("a stream's span that is opened at the call", () => {
  const chunks = (): AsyncIterable<number> => ({
    async *[Symbol.asyncIterator]() {
      yield* [1, 2];
    },
  });
  const kinds: [string, () => object, (stream: never) => unknown][] = [
    ["an async iterable", chunks, drain],
    [
      "an iterable",
      () => ({
        *[Symbol.iterator]() {
          yield* [1, 2];
        },
      }),
      (stream: Iterable<number>) => [...stream],
    ],
    [
      "an iterator",
      () => new Map([[1, 2]]).entries(),
      (stream: Iterator<unknown>) => {
        while (stream.next().done !== true);
      },
    ],
    ["a ReadableStream", () => ReadableStream.from([1, 2]), drain],
    ["a Response", () => new Response("text"), (response: Response) => response.text()],
    ["a Node stream", () => Readable.from([1, 2]), drain],
  ];

  async function drain(stream: AsyncIterable<unknown>): Promise<void> {
    for await (const _chunk of stream);
  }

  it.each(kinds)("is dropped at the first pull for the one that is recorded: %s", async (_kind, make, consume) => {
    const stream = traced("stream", make)();
    expect(open()).toEqual(["stream"]);
    const [atCall] = telemetry.openSpans();
    await consume(stream as never);
    expect([open(), ended()]).toEqual([[], ["stream"]]);
    expect(telemetry.spans()[0]?.spanContext().spanId).not.toBe(atCall?.spanContext().spanId);
  });

  it("is dropped where its consumer leaves before the first pull", async () => {
    const left = traced("left", () => chunks()[Symbol.asyncIterator]())();
    expect(open()).toEqual(["left"]);
    await left.return?.();
    await traced("cancelled", () => ReadableStream.from([1]))().cancel();
    expect([open(), ended()]).toEqual([[], []]);
  });

  it("is the one that is recorded where the body has made children", async () => {
    const stream = traced("stream", () => {
      traced("child", () => 1)();
      return chunks();
    })();
    expect(open()).toEqual(["stream"]);
    await drain(stream);
    expect([open(), ended()]).toEqual([[], ["child", "stream"]]);
  });

  it("there is none of a generator, whose span opens at the first pull and is open until its end", () => {
    const generator = traced("generator", function* () {
      yield* [1, 2];
    })();
    expect(open()).toEqual([]);
    generator.next();
    expect(open()).toEqual(["generator"]);
    generator.return();
    expect([open(), ended()]).toEqual([[], ["generator"]]);
  });
});

it("a span that is recorded and not sampled is neither open nor there", async () => {
  const recorder = createTestTelemetry({
    logLevel: "silent",
    tracerProvider: (spandrel) =>
      new NodeTracerProvider({
        spanProcessors: [spandrel],
        sampler: { shouldSample: () => ({ decision: SamplingDecision.RECORD }) },
      }),
  });
  traced("recorded", () => {
    expect(trace.getActiveSpan()?.isRecording()).toBe(true);
    expect(recorder.openSpans()).toEqual([]);
  })();
  expect(recorder.spans()).toEqual([]);
  await recorder.shutdown();
});
