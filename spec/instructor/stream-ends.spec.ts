import type OpenAIClient from "openai";
import { z } from "zod";
import { runtime } from "../../lib/context/index.js";
import {
  ContentFilterError,
  IncompleteOutputError,
  InstructorRetryError,
  RefusalError,
  StreamCutError,
  extractionOf,
  fromOpenAI,
} from "../../lib/instructor/index.js";
import { RecordedSpan } from "../../lib/tracer/recorded-span.js";
import { collect, collectUntil } from "../support/garbage.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import type { Outcome } from "../support/llm-server/outcome.js";
import { type Describe, failureOf, macrotask, useStillClock, useTraces, withAttributes } from "../support/traces.js";
import { until } from "../openai/twins.js";
import { MESSAGES, answerIn, eventsBefore, instructorOf, readStream, sendEvents } from "./streamed-answers.js";

const traces = useTraces();
let server: LlmServer;
beforeAll(async () => void (server = await startLlmServer()));
afterAll(() => server.close());

/** Rejections that were left to nobody. */
const unhandled: unknown[] = [];
const onUnhandled = (error: unknown): void => void unhandled.push(error);
const Point = z.object({ n: z.int() });
const POINTS = ['{"items":[', '{"n":1}', ',{"n":2}', ',{"n":3}', "]}"];
const Text = z.object({ text: z.string() });
const TEXTS = ['{"text":"a', "b", "c", "d", '"}'];

const named = withAttributes(
  "output",
  "error",
  "spandrel.instructor.outcome",
  "spandrel.instructor.attempts",
  "spandrel.stream.outcome",
);
/** What a span says of its end; `failed` is its status. */
const end: Describe = (span) => {
  const { isError } = failureOf(span);
  const { output, error, ...rest } = named(span);
  return {
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key.slice(key.lastIndexOf(".") + 1), value])),
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    ...(isError ? { failed: true } : {}),
  };
};

let count = 0;
/** A model of its own for each test. */
const nextModel = (): string => `ends@${++count}`;

describe.each(OPENAI_MAJORS)("%s", (_major, OpenAI) => {
  let starts: jest.SpyInstance;
  let ends: jest.SpyInstance;
  beforeAll(() => void process.on("unhandledRejection", onUnhandled));
  afterAll(() => void process.off("unhandledRejection", onUnhandled));
  beforeEach(() => {
    starts = jest.spyOn(runtime.tracer!, "startSpan");
    ends = jest.spyOn(RecordedSpan.prototype, "end");
  });
  afterEach(async () => {
    await macrotask();
    const counts = { ended: ends.mock.calls.length, exported: traces.current.spans.length };
    expect(counts).toEqual({ ended: starts.mock.calls.length, exported: starts.mock.calls.length });
    expect(traces.current.faults).toEqual({});
    expect(unhandled).toEqual([]);
    starts.mockRestore();
    ends.mockRestore();
  });

  /** Both kinds of streams, with the first that they yield of their answers. */
  const KINDS = {
    create_iterable: {
      pieces: POINTS,
      first: { n: 1 },
      second: { n: 2 },
      /** How many pieces the first takes. */
      width: 2,
      left: '[{"n":1}]',
      all: '[{"n":1},{"n":2},{"n":3}]',
      none: "[]",
      open: (model: string, more: object = {}) =>
        instructorOf(server, OpenAI).createIterable({ responseModel: Point, messages: MESSAGES, model, ...more }),
    },
    create_partial: {
      pieces: TEXTS,
      first: { text: "a" },
      second: { text: "ab" },
      width: 1,
      left: '{"text":"a"}',
      all: '{"text":"abcd"}',
      none: undefined,
      open: (model: string, more: object = {}) =>
        instructorOf(server, OpenAI).createPartial({ responseModel: Text, messages: MESSAGES, model, ...more }),
    },
  };

  describe.each(Object.entries(KINDS))("%s", (name, { pieces, first, second, width, left, all, none, open }) => {
    const answer = (more: Partial<Outcome> = {}): string => {
      const model = nextModel();
      server.answer(model, answerIn("tools", pieces, more));
      return model;
    };
    /** The whole tree: the extraction's span, and that of its one request. */
    const expectTree = (model: string, own: object, chat: object): void => {
      expect(traces.current.tree(end)).toEqual([
        {
          name: `instructor.${name}`,
          kind: "spandrel",
          attempts: 1,
          ...own,
          children: [{ name: `chat ${model}`, kind: "spandrel", ...chat }],
        },
      ]);
    };
    const cancelled = { outcome: "cancelled", output: left };
    /** A stream with its first value pulled, of which the server has the rest to send. */
    const openGated = async (more: object = {}) => {
      const model = answer({ fault: "gated" });
      const stream = open(model, more);
      const step = stream.next();
      await sendEvents(server.gate(model), eventsBefore("tools") + width);
      expect(await step).toEqual({ done: false, value: first });
      return { model, stream, ended: async () => (await server.arrived(model)).ended };
    };

    it("that is read to its end is valid", async () => {
      const model = answer();
      await readStream(open(model));
      expectTree(model, { outcome: "valid", output: all }, { outcome: "completed" });
    });

    it("whose consumer breaks is cancelled, without an error, and its request aborted", async () => {
      const model = answer({ fault: "gated" });
      const reading = (async () => {
        for await (const value of open(model)) return value as unknown;
        return undefined;
      })();
      await sendEvents(server.gate(model), eventsBefore("tools") + width);
      expect(await reading).toEqual(first);
      expect(await (await server.arrived(model)).ended).toBe("left");
      expectTree(model, cancelled, { outcome: "returned" });
    });

    it("whose consumer leaves is at once left at the server", async () => {
      const { model, stream, ended } = await openGated();
      expect(await stream.return(undefined as never)).toEqual({ done: true, value: undefined });
      expect(await ended()).toBe("left");
      expect(await stream.next()).toEqual({ done: true, value: undefined });
      expectTree(model, cancelled, { outcome: "returned" });
    });

    it("whose consumer throws is cancelled as well", async () => {
      const model = answer();
      const own = new RangeError("the consumer's own");
      const reading = async (): Promise<void> => {
        for await (const _ of open(model)) throw own;
      };
      await expect(reading()).rejects.toBe(own);
      expectTree(model, cancelled, { outcome: "returned" });
    });

    it("into which an error is thrown fails with it", async () => {
      const { model, stream, ended } = await openGated();
      const own = new RangeError("thrown in");
      await expect(stream.throw(own)).rejects.toBe(own);
      expect(await ended()).toBe("left");
      expectTree(model, { outcome: "error", output: left, error: "RangeError", failed: true }, { outcome: "returned" });
    });

    it.each(["return", "throw"] as const)("that meets %s() before its first pull does nothing at all", async (step) => {
      jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask"] });
      const model = answer();
      const controller = new AbortController();
      const listen = jest.spyOn(controller.signal, "addEventListener");
      const stream = open(model, { timeoutMillis: 1000, signal: controller.signal });
      const own = new RangeError("thrown in");
      if (step === "return") await stream.return(undefined as never);
      else await expect(stream.throw(own)).rejects.toBe(own);
      expect(await readStream(stream)).toEqual({ items: [] });
      expect(jest.getTimerCount()).toBe(0);
      jest.useRealTimers();
      expect(listen).not.toHaveBeenCalled();
      expect(starts).not.toHaveBeenCalled();
      expect(server.requests.filter((request) => request.model === model)).toEqual([]);
    });

    it("that is never pulled does nothing at all", async () => {
      const model = answer();
      jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask"] });
      (() => void open(model, { timeoutMillis: 1000 }))();
      expect(jest.getTimerCount()).toBe(0);
      jest.useRealTimers();
      await collect();
      expect(starts).not.toHaveBeenCalled();
      expect(server.requests.filter((request) => request.model === model)).toEqual([]);
    });

    it("leaves no timer and no listener behind, however it ends", async () => {
      jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask"] });
      const controller = new AbortController();
      const listeners = new Set<unknown>();
      jest.spyOn(controller.signal, "addEventListener").mockImplementation((_type, one) => void listeners.add(one));
      jest
        .spyOn(controller.signal, "removeEventListener")
        .mockImplementation((_type, one) => void listeners.delete(one));
      const more = { timeoutMillis: 1_000_000, signal: controller.signal };
      const before = jest.getTimerCount();
      await readStream(open(answer(), more));
      for await (const _ of open(answer(), more)) break;
      await readStream(open("closed-without-finish", more));
      expect(listeners).toEqual(new Set());
      // The client's own may be on its way out.
      await until(() => jest.getTimerCount() === before);
      expect(jest.getTimerCount()).toBe(before);
      jest.useRealTimers();
    });

    it("whose signal aborts in the middle throws the signal's reason", async () => {
      const controller = new AbortController();
      const { model, stream, ended } = await openGated({ signal: controller.signal });
      const reason = new Error("no longer wanted");
      const step = stream.next();
      controller.abort(reason);
      await expect(step).rejects.toBe(reason);
      expect(await stream.next()).toEqual({ done: true, value: undefined });
      expect(await ended()).toBe("left");
      expect(extractionOf(reason)).toMatchObject({
        attempts: [{ number: 1, issues: [], completion: { choices: [{ finish_reason: null }] } }],
      });
      expectTree(model, { outcome: "cancelled", output: left, error: "Error", failed: true }, { outcome: "aborted" });
    });

    it("whose signal aborts between two pulls throws at the next", async () => {
      const controller = new AbortController();
      const { model, stream } = await openGated({ signal: controller.signal });
      const reason = new Error("no longer wanted");
      controller.abort(reason);
      await expect(stream.next()).rejects.toBe(reason);
      expectTree(model, { outcome: "cancelled", output: left, error: "Error", failed: true }, { outcome: "aborted" });
    });

    it("whose signal was aborted before asks nobody", async () => {
      const model = answer();
      const reason = new Error("never wanted");
      const { items, error } = await readStream(open(model, { signal: AbortSignal.abort(reason) }));
      expect({ items, error }).toEqual({ items: [], error: reason });
      expect(server.requests.filter((request) => request.model === model)).toEqual([]);
      expect(traces.current.tree(end)).toEqual([
        {
          name: `instructor.${name}`,
          kind: "spandrel",
          outcome: "cancelled",
          ...(none === undefined ? {} : { output: none }),
          error: "Error",
          failed: true,
        },
      ]);
    });

    it("whose time is up in the middle fails for it", async () => {
      jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask"] });
      const { model, stream, ended } = await openGated({ timeoutMillis: 3000 });
      const step = stream.next();
      jest.advanceTimersByTime(3000);
      const error: unknown = await step.catch((thrown: unknown) => thrown);
      jest.useRealTimers();
      expect(error).toBeInstanceOf(InstructorRetryError);
      expect(error).toMatchObject({ reason: "timeout", attempts: [{ number: 1, issues: [] }] });
      expect((error as InstructorRetryError).lastCompletion).toMatchObject({ object: "chat.completion" });
      expect(await ended()).toBe("left");
      expectTree(
        model,
        { outcome: "cancelled", output: left, error: "InstructorRetryError", failed: true },
        { outcome: "aborted" },
      );
    });

    it("whose connection is cut says so, and why", async () => {
      const model = answer({ fault: "cut" });
      const { error } = await readStream(open(model));
      expect(error).toBeInstanceOf(StreamCutError);
      expect((error as StreamCutError).cause).toMatchObject({ name: "TypeError", message: "terminated" });
      expect(error).toMatchObject({
        attempts: [{ number: 1, usage: undefined, issues: [], completion: { choices: [{ finish_reason: null }] } }],
      });
      expect(traces.current.tree(end)).toMatchObject([
        { outcome: "cut", failed: true, error: "StreamCutError", children: [{ outcome: "failed", failed: true }] },
      ]);
    });

    it("that is closed without a finish says so", async () => {
      const model = answer({ fault: "no-finish" });
      const { items, error } = await readStream(open(model));
      expect(items.slice(0, 2)).toEqual([first, second]);
      expect(error).toBeInstanceOf(StreamCutError);
      expect((error as StreamCutError).cause).toBeUndefined();
      expect((error as StreamCutError).lastCompletion).toMatchObject({
        choices: [{ finish_reason: null, message: { tool_calls: [{ function: { arguments: pieces.join("") } }] } }],
      });
      expectTree(
        model,
        { outcome: "cut", output: all, error: "StreamCutError", failed: true },
        { outcome: "failed", error: "incomplete_stream", failed: true },
      );
    });

    it("that only lacks its [DONE] is whole", async () => {
      const model = answer({ fault: "no-done" });
      await readStream(open(model));
      expectTree(model, { outcome: "valid", output: all }, { outcome: "completed" });
    });

    it("with a torn event is cut", async () => {
      const model = answer({ fault: "malformed-json" });
      const { error } = await readStream(open(model));
      expect(error).toBeInstanceOf(StreamCutError);
      expect((error as StreamCutError).cause).toMatchObject({ name: "SyntaxError" });
      expect(traces.current.tree(end)).toMatchObject([
        { outcome: "cut", failed: true, children: [{ outcome: "failed", error: "SyntaxError", failed: true }] },
      ]);
    });

    it("with an error among its events gives on the client's own", async () => {
      const model = answer({ fault: "error-event" });
      const { error } = await readStream(open(model));
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect(error).not.toBeInstanceOf(StreamCutError);
      expect(extractionOf(error)).toMatchObject({
        attempts: [{ number: 1, completion: { choices: [{ finish_reason: null }] } }],
      });
      expect(traces.current.tree(end)).toMatchObject([
        { outcome: "error", error: "APIError", failed: true, children: [{ outcome: "failed", error: "APIError" }] },
      ]);
    });

    it("that is refused by the API gives on the client's own error", async () => {
      const { error } = await readStream(open("bad-request"));
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(extractionOf(error)).toMatchObject({
        attempts: [{ number: 1, completion: undefined, usage: undefined, issues: [] }],
      });
      expectTree(
        "bad-request",
        { outcome: "error", ...(none === undefined ? {} : { output: none }), error: "BadRequestError", failed: true },
        { error: "BadRequestError", failed: true },
      );
    });

    it("that refuses tells what it said", async () => {
      const { items, error } = await readStream(open("refusal"));
      expect(items).toEqual([]);
      expect(error).toBeInstanceOf(RefusalError);
      expect(error).toMatchObject({
        refusal: "I will not do that.",
        totalUsage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 },
      });
      expectTree(
        "refusal",
        {
          outcome: "refused",
          ...(none === undefined ? {} : { output: none }),
          error: "RefusalError",
          failed: true,
        },
        { outcome: "completed" },
      );
    });

    it.each([
      ["length", IncompleteOutputError, "incomplete", "IncompleteOutputError"],
      ["content_filter", ContentFilterError, "refused", "ContentFilterError"],
    ] as const)("that ends for %s is no valid answer", async (finish, ErrorClass, outcome, code) => {
      const model = nextModel();
      server.answer(model, answerIn("tools", pieces.slice(0, width + 1), { finish }));
      const { items, error } = await readStream(open(model));
      expect(items).toEqual([first, second]);
      expect(error).toBeInstanceOf(ErrorClass);
      expect(error).toMatchObject({ attempts: [{ number: 1, usage: { totalTokens: 18 } }] });
      expect(traces.current.tree(end)).toMatchObject([
        { outcome, error: code, failed: true, attempts: 1, children: [{ outcome: "completed" }] },
      ]);
    });

    it("that is forgotten half-way is cancelled when it is collected", async () => {
      const model = answer({ fault: "gated" });
      const controller = new AbortController();
      await (async () => {
        const step = open(model, { signal: controller.signal, timeoutMillis: 100_000 }).next();
        await sendEvents(server.gate(model), eventsBefore("tools") + width);
        await step;
      })();
      expect(await collectUntil(() => traces.current.spans.length === 2)).toBe(true);
      expectTree(model, cancelled, { outcome: "abandoned" });
      controller.abort();
    });

    it("that is still held is not", async () => {
      const { stream } = await openGated();
      await collect();
      expect(traces.current.spans).toEqual([]);
      await stream.return(undefined as never);
    });

    it("has nothing to do with another that is read at the same time", async () => {
      const models = [answer(), answer()];
      const [one, other] = models.map((model) => open(model));
      expect((await one!.next()).value).toEqual(first);
      expect((await other!.next()).value).toEqual(first);
      expect((await one!.next()).value).toEqual(second);
      expect((await other!.next()).value).toEqual(second);
      await other!.return(undefined as never);
      await readStream(one!);
      expect(traces.current.tree(end)).toMatchObject([
        { outcome: "cancelled", children: [{ name: `chat ${models[1]}`, outcome: "returned" }] },
        { outcome: "valid", output: all, children: [{ name: `chat ${models[0]}`, outcome: "completed" }] },
      ]);
    });

    it("gives several pulls at once their values in order", async () => {
      const model = answer();
      const stream = open(model);
      const steps = await Promise.all([stream.next(), stream.next()]);
      expect(steps.map(({ value }) => value as unknown)).toEqual([first, second]);
      await readStream(stream);
      expectTree(model, { outcome: "valid", output: all }, { outcome: "completed" });
    });

    it("tells the time to its first chunk and to what it yields first", async () => {
      const clock = useStillClock();
      const model = answer({ fault: "gated" });
      const gate = server.gate(model);
      const stream = open(model);
      clock.advance(1000);
      const step = stream.next();
      await server.arrived(model);
      clock.advance(30);
      await gate.next();
      // No promise tells of a chunk that yields nothing.
      const [{ value: span }] = starts.mock.results as unknown as [{ value: RecordedSpan }];
      await until(() => "spandrel.stream.time_to_first_chunk_ms" in span.attributes);
      clock.advance(200);
      await sendEvents(gate, eventsBefore("tools") + width - 1);
      await step;
      clock.advance(4000);
      gate.open();
      await readStream(stream);
      expect(traces.current.attributes(`instructor.${name}`)).toMatchObject({
        "spandrel.stream.time_to_first_chunk_ms": 30,
        "spandrel.instructor.time_to_first_item_ms": 230,
      });
    });
  });
});

it("a stream whose client does not hear of the signal is over at the next chunk", async () => {
  const chunkOf = (piece: string) => ({
    id: "chatcmpl-1",
    choices: [{ index: 0, delta: { content: piece }, finish_reason: null }],
  });
  async function* create() {
    yield chunkOf('[{"n":1}');
    // No item ends with this one, and nothing comes after it.
    yield chunkOf(',{"n":');
    await new Promise(() => undefined);
  }
  const client = { chat: { completions: { create: async () => create() } }, embeddings: { create } };
  const controller = new AbortController();
  const stream = fromOpenAI(client as unknown as OpenAIClient, { mode: "json" }).createIterable({
    responseModel: Point,
    messages: MESSAGES,
    model: "deaf",
    signal: controller.signal,
  });
  expect(await stream.next()).toEqual({ done: false, value: { n: 1 } });
  const reason = new Error("no longer wanted");
  controller.abort(reason);
  await expect(stream.next()).rejects.toBe(reason);
  expect(traces.current.tree(end)).toMatchObject([{ outcome: "cancelled", children: [{ name: "chat deaf" }] }]);
});
