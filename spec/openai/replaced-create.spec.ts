import { trace } from "@opentelemetry/api";
import { traceOpenAI } from "../../lib/openai/index.js";
import { collect, collectUntil } from "../support/garbage.js";
import { failureOf, stream, useTraces } from "../support/traces.js";
import { MESSAGES, settle } from "./twins.js";

const traces = useTraces();
const body = { model: "text", messages: MESSAGES };

/** A client as a test makes one: two resources, and the methods it needs. */
function clientWith(create: (...args: never[]) => unknown): { chat: { completions: { create: typeof create } } } {
  return traceOpenAI({ chat: { completions: { create } }, embeddings: { create: () => undefined } });
}

/** What the call gives, and nothing else. */
const call = (create: (...args: never[]) => unknown): unknown => {
  const { completions } = clientWith(create).chat;
  return completions.create(body as never);
};

const COMPLETION = {
  id: "c-1",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Hello" } }],
  usage: { prompt_tokens: 3, completion_tokens: 2 },
};
const CHUNK = { id: "c-1", choices: [{ index: 0, delta: { content: "Hello" }, finish_reason: "stop" }] };

const outputs = (): unknown[] => traces.current.spans.map((span) => span.attributes["gen_ai.output.messages"]);
const HELLO = '[{"role":"assistant","parts":[{"type":"text","content":"Hello"}],"finish_reason":"stop"}]';

describe("a create that somebody has replaced", () => {
  it.each([undefined, null, 0, "text", Symbol.iterator, true])("gives %p as it is", (value) => {
    expect(call(() => value)).toBe(value);
    expect(traces.current.tree()).toEqual([{ name: "chat text", kind: "spandrel" }]);
  });

  it("gives an object as it is, and is recorded with it", () => {
    expect(call(() => COMPLETION)).toBe(COMPLETION);
    expect(outputs()).toEqual([HELLO]);
  });

  it("gives a plain promise's value or failure", async () => {
    expect(await call(() => Promise.resolve(COMPLETION))).toBe(COMPLETION);
    expect(outputs()).toEqual([HELLO]);
    const error = new RangeError("refused");
    expect(await settle(() => call(async () => Promise.reject(error)))).toEqual({ error });
    expect(failureOf(traces.current.spans[1]!)).toMatchObject({ isError: true, type: "RangeError" });
  });

  it("gives a promise of a class of its own as it is", async () => {
    class Call<T> extends Promise<T> {
      cancel = (): string => "cancelled";
    }
    const promise = Call.resolve(COMPLETION) as Call<typeof COMPLETION>;
    const result = call(() => promise) as typeof promise;
    expect(result).toBe(promise);
    expect(result.cancel()).toBe("cancelled");
    expect(traces.current.spans).toEqual([]);
    expect(await result).toBe(COMPLETION);
    expect(await result).toBe(COMPLETION);
    expect(outputs()).toEqual([HELLO]);
  });

  it("gives a thenable as it is, unstarted, and runs what it starts in the span", async () => {
    const starts: unknown[] = [];
    const lazy = {
      then(onFulfilled: (value: unknown) => unknown, onRejected: (error: unknown) => unknown) {
        starts.push(trace.getActiveSpan()?.spanContext().spanId);
        return Promise.resolve(COMPLETION).then(onFulfilled, onRejected);
      },
    };
    const result = call(() => lazy) as typeof lazy;
    expect(result).toBe(lazy);
    expect(starts).toEqual([]);
    expect(await result).toBe(COMPLETION);
    const [span] = traces.current.spans;
    expect(starts).toEqual([span?.spanContext().spanId]);
    expect(outputs()).toEqual([HELLO]);
  });

  it("gives a thenable's failure, to its handlers in their own context", async () => {
    const error = new RangeError("refused");
    const thenable = () => ({
      then: (_: unknown, onRejected: (error: unknown) => unknown) => Promise.resolve(onRejected(error)),
    });
    expect(await settle(() => call(thenable))).toEqual({ error });
    const seen = (call(thenable) as Promise<unknown>).then(undefined, () => trace.getActiveSpan() ?? "no span");
    expect(await seen).toBe("no span");
    expect(traces.current.spans.map((span) => failureOf(span)["type"])).toEqual(["RangeError", "RangeError"]);
  });

  it.each<[string, () => unknown]>([
    ["a thenable that nobody asks", () => ({ then: () => undefined })],
    ["a promise that never settles", () => new Promise(() => undefined)],
    ["a frozen thenable", () => Object.freeze({ then: () => undefined })],
  ])("ends the span of %s", async (_what, make) => {
    call(make);
    expect(await collectUntil(() => traces.current.spans.length > 0)).toBe(true);
  });

  it("ends the span of a thenable that was asked and never answers", async () => {
    void (call(() => ({ then: () => undefined })) as Promise<void>).then();
    expect(await collectUntil(() => traces.current.spans.length > 0)).toBe(true);
  });

  it.each<[string, () => unknown]>([
    ["an async generator", () => one()],
    ["a promise of an async generator", async () => one()],
    ["an iterable", () => ({ [Symbol.asyncIterator]: () => one() })],
    ["a promise of an iterable", async () => ({ [Symbol.asyncIterator]: () => one() })],
  ])("gives %s, recorded as it is read", async (_what, make) => {
    const items: unknown[] = [];
    for await (const item of (await call(make)) as AsyncIterable<unknown>) items.push(item);
    expect(items).toEqual([CHUNK]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "chat text", kind: "spandrel", chunks: 1, outcome: "completed" },
    ]);
    expect(outputs()).toEqual([HELLO]);
  });

  it("is recorded to its end where only the iterator is held", async () => {
    const iterator = await (async () => {
      const iterable = await call(async () => ({ [Symbol.asyncIterator]: () => one() }));
      return (iterable as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    })();
    await collect();
    for await (const _ of { [Symbol.asyncIterator]: () => iterator });
    expect(traces.current.tree(stream)).toEqual([
      { name: "chat text", kind: "spandrel", chunks: 1, outcome: "completed" },
    ]);
  });

  it("gives an object that cannot be looked at as it is", () => {
    const refuse = (): never => {
      throw new Error("do not look");
    };
    const hostile = new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse });
    expect(call(() => hostile)).toBe(hostile);
    expect(traces.current.tree()).toEqual([{ name: "chat text", kind: "spandrel" }]);
  });

  it("throws what it throws", () => {
    const error = new RangeError("refused");
    expect(() =>
      call(() => {
        throw error;
      }),
    ).toThrow(error);
    expect(failureOf(traces.current.spans[0]!)).toEqual({
      isError: true,
      message: "refused",
      type: "RangeError",
      events: [{ type: "RangeError", message: "refused" }],
    });
  });

  it("stays a jest mock", async () => {
    const mock = jest.fn().mockResolvedValue(COMPLETION);
    const { completions } = clientWith(mock).chat;
    expect(jest.isMockFunction(completions.create)).toBe(true);
    expect(await completions.create(body as never)).toBe(COMPLETION);
    expect(completions.create).toHaveBeenCalledWith(body);
    (completions.create as typeof mock).mockResolvedValueOnce("once");
    expect(await completions.create(body as never)).toBe("once");
    expect(mock.mock.contexts).toEqual([completions, completions]);
    expect(traces.current.spans).toHaveLength(2);
  });

  it("may call the method of another client, which has its own span", async () => {
    const inner = clientWith(() => COMPLETION);
    await call(() => inner.chat.completions.create(body as never));
    expect(traces.current.tree()).toEqual([
      { name: "chat text", kind: "spandrel", children: [{ name: "chat text", kind: "spandrel" }] },
    ]);
  });
});

async function* one(): AsyncGenerator<unknown> {
  yield CHUNK;
}
