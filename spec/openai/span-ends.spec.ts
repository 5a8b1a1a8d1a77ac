import { runtime } from "../../lib/context/index.js";
import { traced } from "../../lib/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import { RecordedSpan } from "../../lib/tracer/recorded-span.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS, openAIOf } from "../support/llm-server/clients.js";
import { collect, collectUntil } from "../support/garbage.js";
import { failureOf, macrotask, useTraces, withAttributes } from "../support/traces.js";
import { MESSAGES, settle, until } from "./twins.js";

const traces = useTraces();
const outcome = withAttributes("outcome", "chunks", "error", "spandrel.response.read", "http.response.status_code");

let server: LlmServer;
beforeAll(async () => {
  server = await startLlmServer();
});
afterAll(() => server.close());

/** Counts of spans opened, from now on. */
function countOpened(): { readonly count: number } {
  const starts = jest.spyOn(runtime.tracer!, "startSpan");
  return {
    get count() {
      return starts.mock.calls.length;
    },
  };
}

describe.each(OPENAI_MAJORS)("%s: the span of a call ends", (_major, OpenAI) => {
  const clientOf = () => traceOpenAI(openAIOf(server, OpenAI, { maxRetries: 0 }));
  const body = { model: "text", messages: MESSAGES };
  const streamed = { ...body, stream: true } as const;
  const expectEnd = async (expected: object): Promise<void> => {
    expect(await collectUntil(() => traces.current.spans.length > 0)).toBe(true);
    expect(traces.current.tree(outcome)).toEqual([
      { name: "chat text", kind: "spandrel", "http.response.status_code": 200, ...expected },
    ]);
  };

  it("when the response arrives, where that is what is asked for", async () => {
    const client = clientOf();
    for (const call of [
      client.chat.completions.create(body),
      client.chat.completions.create(streamed),
      client.chat.completions.parse(body),
      client.chat.completions.create(body)._thenUnwrap((value) => value),
    ]) {
      traces.current.reset();
      await call.asResponse();
      expect(traces.current.tree(outcome)).toEqual([
        { name: "chat text", kind: "spandrel", "http.response.status_code": 200, "spandrel.response.read": "headers" },
      ]);
    }
  });

  it("with the body, where both are asked for", async () => {
    const client = clientOf();
    const { response } = await client.chat.completions.create(body).withResponse();
    expect(response.bodyUsed).toBe(true);
    const promise = client.chat.completions.create(body);
    await Promise.all([promise, promise.asResponse()]);
    const whole = { name: "chat text", kind: "spandrel", "http.response.status_code": 200 };
    expect(traces.current.tree(outcome)).toEqual([whole, whole]);
  });

  it("when a promise that nobody awaits is collected, and not before its answer", async () => {
    let send: () => void = () => undefined;
    const sent = new Promise<void>((resolve) => (send = resolve));
    const late: typeof fetch = async (...args) => {
      await sent;
      return fetch(...args);
    };
    void (() => void traceOpenAI(openAIOf(server, OpenAI, { fetch: late })).chat.completions.create(body))();
    await collect();
    expect(traces.current.spans).toEqual([]);
    send();
    await expectEnd({ outcome: "abandoned" });
  });

  it("when a stream that nobody reads is collected", async () => {
    await (async () => void (await clientOf().chat.completions.create(streamed)))();
    await expectEnd({ outcome: "abandoned" });
  });

  it("when an iterator that nobody pulls is collected", async () => {
    await (async () => {
      const stream = await clientOf().chat.completions.create(streamed);
      stream[Symbol.asyncIterator]();
    })();
    await expectEnd({ outcome: "abandoned" });
  });

  it("when a stream that was read in part is collected", async () => {
    await (async () => {
      const stream = await clientOf().chat.completions.create(streamed);
      await stream[Symbol.asyncIterator]().next();
    })();
    await expectEnd({ outcome: "abandoned" });
  });

  it("when both branches of a tee() are collected", async () => {
    await (async () => {
      const [left] = (await clientOf().chat.completions.create(streamed)).tee();
      await left[Symbol.asyncIterator]().next();
    })();
    await expectEnd({ outcome: "abandoned" });
  });

  it("not while a stream is still held, or read", async () => {
    const stream = await clientOf().chat.completions.create(streamed);
    await collect();
    expect(traces.current.spans).toEqual([]);
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    await collect();
    expect(traces.current.spans).toEqual([]);
    await iterator.return?.();
    expect(traces.current.spans).toHaveLength(1);
  });

  it("not while only its iterator is held", async () => {
    const iterators = await (async () => [
      (await clientOf().chat.completions.create(streamed))[Symbol.asyncIterator](),
      (await clientOf().responses.create({ model: "text", input: "Hi", stream: true }))[Symbol.asyncIterator](),
    ])();
    await collect();
    for (const iterator of iterators) for await (const _ of { [Symbol.asyncIterator]: () => iterator });
    const outcomes = traces.current.spans.map(({ attributes }) => attributes["spandrel.stream.outcome"]);
    expect(outcomes).toEqual(["completed", "completed"]);
  });

  it("by its first iterator, whatever a second one meets", async () => {
    const stream = await clientOf().chat.completions.create(streamed);
    const [first, second] = [stream[Symbol.asyncIterator](), stream[Symbol.asyncIterator]()];
    await first.next();
    await settle(() => second.next());
    for await (const _ of { [Symbol.asyncIterator]: () => first });
    await expectEnd({ outcome: "completed", chunks: 6 });
  });

  it("with the truth about each way a stream may end", async () => {
    const client = clientOf();
    const read = async (model: string, until_ = Infinity): Promise<void> => {
      const stream = await client.chat.completions.create({ ...streamed, model });
      let count = 0;
      for await (const _ of stream) {
        if (++count < until_) continue;
        if (model === "endless@abort") stream.controller.abort();
        else break;
      }
    };
    const models = ["text", "closed-without-done", "closed-without-finish", "error-event", "malformed-json"];
    for (const model of models) await settle(() => read(model));
    await read("endless@break", 2);
    await read("endless@abort", 2);
    const ended = traces.current.spans.map((span) => {
      const { message, type } = failureOf(span);
      return [span.name, span.attributes["spandrel.stream.outcome"], type, message];
    });
    expect(ended).toEqual([
      ["chat text", "completed", undefined, undefined],
      ["chat closed-without-done", "completed", undefined, undefined],
      ["chat closed-without-finish", "failed", "incomplete_stream", "the stream ended before the model had finished"],
      ["chat error-event", "failed", "APIError", "The fixture had an error."],
      ["chat malformed-json", "failed", "SyntaxError", expect.any(String)],
      ["chat endless@break", "returned", undefined, undefined],
      ["chat endless@abort", "aborted", undefined, undefined],
    ]);
  });

  it("once for each that was opened, whatever becomes of it", async () => {
    const ends = jest.spyOn(RecordedSpan.prototype, "end");
    const opened = countOpened();
    const client = clientOf();
    const { completions } = client.chat;
    const models = ["text", "bad-request", "reset", "malformed-json", "cut-mid-stream", "error-event"];
    const work = traced("work", async () => {
      const uses = models.flatMap((model) => [
        () => completions.create({ ...body, model }),
        () => completions.create({ ...body, model }).withResponse(),
        () => completions.create({ ...body, model }).asResponse(),
        async () => {
          const promise = completions.create({ ...body, model });
          await promise.asResponse();
          await promise;
        },
        () => completions.parse({ ...body, model }),
        () => completions.stream({ ...body, model }).done(),
        () => client.responses.stream({ model, input: "Hi" }).done(),
        () => client.embeddings.create({ model, input: "a" }),
        async () => {
          for await (const _ of await completions.create({ ...streamed, model })) if (model === "text") break;
        },
      ]);
      await Promise.all(uses.map(settle));
    });
    await work();
    await until(() => traces.current.spans.length === opened.count);
    expect(opened.count).toBe(models.length * 9 + 1);
    const ids = traces.current.spans.map((span) => span.spanContext().spanId);
    expect(new Set(ids).size).toBe(opened.count);
    expect(ids).toHaveLength(opened.count);
    await macrotask();
    expect(ends).toHaveBeenCalledTimes(opened.count);
    ends.mockRestore();
    expect(traces.current.faults).toEqual({});
  });
});
