import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { type SseOptions, type SseResult, type SseSource, sse } from "../../lib/http/index.js";
import { propagateAttributes, traced } from "../../lib/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import { startLlmServer } from "../support/llm-fixture-server.js";
import { openAIOf } from "../support/llm-server/clients.js";
import { macrotask, useTraces, withAttributes } from "../support/traces.js";
import { AT_ONCE, Client, Desk, atBest, closeServers, listen, spansOf, until } from "./rig.js";

const traces = useTraces();
closeServers();

const stream = withAttributes("chunks", "outcome", "error");

interface Served {
  readonly client: Client;
  readonly response: ServerResponse;
  /** What the promise of `sse` gives. */
  readonly result: Promise<SseResult>;
}

/** Serves one stream to one client. */
async function serve<Item>(
  make: (response: ServerResponse) => SseSource<Item>,
  options?: (response: ServerResponse) => SseOptions<Item>,
): Promise<Served> {
  let settle: (served: [ServerResponse, Promise<SseResult>]) => void;
  const served = new Promise<[ServerResponse, Promise<SseResult>]>((resolve) => (settle = resolve));
  const { port } = await listen((_request, response) => {
    settle([response, sse(make(response), { ...options?.(response), response })]);
  });
  const client = new Client(port).get("/");
  const [response, result] = await served;
  return { client, response, result };
}

/** Reads one piece of a Response's body after another. */
function reader(response: Response): { next(): Promise<string | undefined>; leave(): Promise<void> } {
  const body = response.body!.getReader();
  const decoder = new TextDecoder();
  return {
    next: async () => {
      const { done, value } = await body.read();
      return done ? undefined : decoder.decode(value);
    },
    leave: () => body.cancel(),
  };
}

/** Leaves, and gives the milliseconds until the one span of the stream has ended. */
async function leave({ client }: Served): Promise<number> {
  traces.current.reset();
  const closed = performance.now();
  client.socket.destroy();
  await spansOf(traces.current, 1);
  return performance.now() - closed;
}

function listeners(response: ServerResponse): Record<string, number> {
  const names = ["close", "drain", "error", "finish"];
  return Object.fromEntries(names.map((name) => [name, response.listenerCount(name)]));
}

describe("a client of an event stream that leaves", () => {
  it("ends the iterable and its span at once, without an error", async () => {
    const millis = await atBest(async () => {
      const desk = new Desk();
      let before: Record<string, number> = {};
      const served = await serve((response) => {
        before = listeners(response);
        return desk.count();
      });
      await served.client.receive("item 3");
      const taken = await leave(served);
      expect(desk.log).toEqual(["count left"]);
      expect(traces.current.tree(withAttributes("outcome", "error"))).toEqual([
        { name: "count", kind: "workflow", outcome: "returned" },
      ]);
      const [span] = traces.current.spans;
      expect(span?.status).toEqual({ code: 0 });
      expect(await served.result).toEqual({
        outcome: "returned",
        events: span?.attributes["spandrel.stream.chunk_count"],
      });
      expect(listeners(served.response)).toEqual(before);
      return taken;
    });
    expect(millis).toBeLessThan(AT_ONCE);
  });

  it("does so while the iterable waits for something that hears of the signal", async () => {
    const millis = await atBest(async () => {
      const desk = new Desk();
      const served = await serve(() => (signal) => desk.wait(signal));
      await served.client.receive("first");
      const taken = await leave(served);
      expect(desk.log).toEqual(["wait left"]);
      expect(traces.current.tree(stream)).toEqual([{ name: "wait", kind: "workflow", chunks: 1, outcome: "returned" }]);
      expect(traces.current.spans[0]?.status).toEqual({ code: 0 });
      expect(await served.result).toEqual({ outcome: "returned", events: 1 });
      return taken;
    });
    expect(millis).toBeLessThan(AT_ONCE);
  });

  it("does so by cancelling the body of a Response", async () => {
    const desk = new Desk();
    const body = reader(sse((signal) => desk.wait(signal)));
    expect(await body.next()).toBe("data: first\n\n");
    const pending = body.next();
    await body.leave();
    expect(await pending).toBeUndefined();
    await spansOf(traces.current, 1);
    expect(desk.log).toEqual(["wait left"]);
    expect(traces.current.tree(stream)).toEqual([{ name: "wait", kind: "workflow", chunks: 1, outcome: "returned" }]);
    expect(traces.current.spans[0]?.status).toEqual({ code: 0 });
  });

  it("waits for what cannot be aborted, and leaves then", async () => {
    const log: string[] = [];
    let release = (): void => undefined;
    const served = await serve(async function* () {
      try {
        yield "first";
        await new Promise<void>((resolve) => (release = resolve));
        log.push("went on");
        yield "second";
        log.push("never");
      } finally {
        log.push("left");
      }
    });
    await served.client.receive("first");
    served.client.socket.destroy();
    await once(served.response, "close");
    expect(log).toEqual([]);
    release();
    expect(await served.result).toEqual({ outcome: "returned", events: 1 });
    expect(log).toEqual(["went on", "left"]);
  });

  it("is not held up by a source that can be stopped from outside", async () => {
    const log: string[] = [];
    const silent = new ReadableStream({ start: (to) => to.enqueue("first"), cancel: () => void log.push("cancelled") });
    const first = await serve(() => silent);
    await first.client.receive("first");
    first.client.socket.destroy();
    expect(await first.result).toEqual({ outcome: "returned", events: 1 });
    expect(log).toEqual(["cancelled"]);

    const gate = new PassThrough({ objectMode: true });
    gate.write("first");
    const second = await serve(() => gate);
    await second.client.receive("first");
    second.client.socket.destroy();
    expect((await second.result).outcome).toBe("returned");
    expect(gate.destroyed).toBe(true);
  });

  it("aborts the request of an LLM client's stream, whose span has no error", async () => {
    const server = await startLlmServer();
    try {
      const openai = traceOpenAI(openAIOf(server));
      let attempt = 0;
      const millis = await atBest(async () => {
        const model = `gated@${String(++attempt)}`;
        const messages = [{ role: "user" as const, content: "hi" }];
        const answer = await openai.chat.completions.create({ model, messages, stream: true });
        await server.gate(model).next();
        const served = await serve(() => answer);
        await served.client.receive("data: ");
        const taken = await leave(served);
        expect(answer.controller.signal.aborted).toBe(true);
        expect((await served.result).outcome).toBe("returned");
        expect(traces.current.tree(withAttributes("outcome", "error"))).toEqual([
          { name: `chat ${model}`, kind: "spandrel", outcome: "returned" },
        ]);
        return taken;
      });
      expect(millis).toBeLessThan(AT_ONCE);
    } finally {
      await server.close();
    }
  });

  it("hears nothing of what the iterable throws then, which its span and the result tell", async () => {
    const failing = traced("failing", async function* () {
      try {
        yield "first";
        await new Promise<void>((resolve) => (release = resolve));
      } finally {
        await Promise.reject(new RangeError("cannot be closed"));
      }
    });
    let release = (): void => undefined;
    const served = await serve(() => failing());
    await served.client.receive("first");
    served.client.socket.destroy();
    await once(served.response, "close");
    release();
    expect(await served.result).toEqual({ outcome: "returned", events: 1, error: new RangeError("cannot be closed") });
    expect(traces.current.tree(stream)).toEqual([
      { name: "failing", kind: "task", chunks: 1, outcome: "failed", error: "RangeError" },
    ]);

    const body = reader(sse(failing()));
    await body.next();
    await body.leave();
    await until(() => traces.current.lines.length > 0);
    expect(traces.current.lines).toEqual([
      "spandrel: SPANDREL_SSE_END_FAILED: an event stream that its client had left ended with RangeError: cannot be closed\n",
    ]);
  });

  it("has not pulled, and leaves no span, where it was gone before", async () => {
    const desk = new Desk();
    const { port } = await listen((_request, response) => {
      response.on("close", () => {
        let calls = 0;
        const result = sse(() => (calls++, desk.count()), { response });
        results.push(
          result,
          sse(desk.count(), { response }).then((settled) => ({ ...settled, calls })),
        );
      });
    });
    const results: Promise<unknown>[] = [];
    const client = new Client(port).get("/");
    await once(client.socket, "connect");
    client.socket.destroy();
    await until(() => results.length === 2);
    expect(await Promise.all(results)).toEqual([
      { outcome: "returned", events: 0 },
      { outcome: "returned", events: 0, calls: 0 },
    ]);
    expect([desk.pulls, traces.current.spans]).toEqual([0, []]);
  });

  it("is not where the iterable works, nor is its reader", async () => {
    const desk = new Desk();
    async function* items(): AsyncGenerator<string> {
      yield "first";
      desk.look("pulled");
      try {
        yield "left";
      } finally {
        desk.look("ended");
      }
    }
    const body = propagateAttributes({ customerIdentifier: "c-1" }, () => reader(sse(items())));
    await body.next();
    await body.next();
    await body.leave();
    await spansOf(traces.current, 2);
    const customers = traces.current.spans.map(({ attributes }) => [
      attributes["user.id"],
      attributes["traceloop.entity.input"],
    ]);
    expect(customers).toEqual([
      ["c-1", '{"question":"pulled"}'],
      ["c-1", '{"question":"ended"}'],
    ]);
  });

  it("has read an iterable only as far as it has got it", async () => {
    const controller = new AbortController();
    let made: AbortSignal | undefined;
    const body = reader(
      sse((signal) => new Promise<string[]>(() => void (made = signal)), { signal: controller.signal }),
    );
    const pending = body.next();
    // The pull is under way.
    await macrotask();
    controller.abort();
    expect(await pending).toBeUndefined();
    expect(made?.aborted).toBe(true);

    const desk = new Desk();
    const unread = reader(sse(desk.count()));
    await unread.leave();
    expect([desk.pulls, desk.log, traces.current.spans]).toEqual([0, [], []]);
  });
});

describe("the signal of an event stream", () => {
  it("ends it as a client that leaves, and the response with it", async () => {
    const desk = new Desk();
    const controller = new AbortController();
    const served = await serve(
      () => (signal) => desk.wait(signal),
      () => ({ signal: controller.signal }),
    );
    await served.client.receive("first");
    controller.abort();
    await served.client.receive("\r\n0\r\n\r\n");
    expect(await served.result).toEqual({ outcome: "returned", events: 1 });
    expect(traces.current.tree(stream)).toEqual([{ name: "wait", kind: "workflow", chunks: 1, outcome: "returned" }]);
  });

  it("does so while nothing is pulled, and does nothing afterwards", async () => {
    const desk = new Desk();
    const controller = new AbortController();
    const body = reader(sse(desk.count(), { signal: controller.signal }));
    expect(await body.next()).toBe("data: item 1\n\n");
    controller.abort();
    expect(await body.next()).toBeUndefined();
    await until(() => desk.log.length === 1);
    expect(await reader(sse(desk.count(), { signal: controller.signal })).next()).toBeUndefined();
    expect(desk.pulls).toBe(1);

    const late = new AbortController();
    const listening = jest.spyOn(late.signal, "removeEventListener");
    expect(await sse(["a"], { signal: late.signal }).text()).toBe("data: a\n\n");
    expect(listening).toHaveBeenCalledTimes(1);
    late.abort();
  });

  it("is not aborted for the iterable that has come to its end", async () => {
    let given: AbortSignal | undefined;
    await sse((signal) => ((given = signal), ["a"])).text();
    expect(given?.aborted).toBe(false);
  });
});

describe("an event stream that nobody reads as fast as it comes", () => {
  it("is pulled once for each read of a Response, and not before the first", async () => {
    const desk = new Desk();
    const body = reader(sse(desk.count(3)));
    await macrotask();
    expect(desk.pulls).toBe(0);
    for (let read = 1; read <= 3; read++) {
      expect(await body.next()).toBe(`data: item ${String(read)}\n\n`);
      expect(desk.pulls).toBe(read);
    }
    expect(await body.next()).toBeUndefined();
    expect(traces.current.tree(stream)).toEqual([{ name: "count", kind: "workflow", chunks: 3, outcome: "completed" }]);
  });

  it("waits for the drain of a response", async () => {
    let pulls = 0;
    const text = "x".repeat(100_000);
    const served = await serve(async function* () {
      for (; pulls < 150;) {
        pulls++;
        yield text;
      }
    });
    served.client.socket.pause();
    // The buffers between are full when nothing is pulled for a while.
    for (let before = -1; before !== pulls;) {
      before = pulls;
      for (let turn = 0; turn < 200; turn++) await macrotask();
    }
    expect(served.response.writableNeedDrain).toBe(true);
    const stopped = pulls;

    expect(stopped).toBeLessThan(100);
    served.client.socket.resume();
    expect(await served.result).toEqual({ outcome: "completed", events: 150 });
    await until(() => served.client.text.endsWith("\r\n0\r\n\r\n"));
    expect(served.client.body.length).toBe(150 * (text.length + "data: \n\n".length));
  });

  it("is left where it waits", async () => {
    const desk = new Desk();
    const text = "x".repeat(1_000_000);
    const served = await serve(
      () => desk.count(),
      () => ({ event: () => ({ data: text }) }),
    );
    served.client.socket.pause();
    await until(() => served.response.writableNeedDrain);
    await leave(served);
    expect((await served.result).outcome).toBe("returned");
    expect(traces.current.tree(withAttributes("outcome"))).toEqual([
      { name: "count", kind: "workflow", outcome: "returned" },
    ]);
  });

  it("is left by its signal where it waits", async () => {
    const desk = new Desk();
    const text = "x".repeat(1_000_000);
    const controller = new AbortController();
    const served = await serve(
      () => desk.count(),
      () => ({ event: () => ({ data: text }), signal: controller.signal }),
    );
    served.client.socket.pause();
    await until(() => served.response.writableNeedDrain);
    controller.abort();
    await until(() => served.response.writableEnded && desk.log.length === 1);
    served.client.socket.resume();
    expect((await served.result).outcome).toBe("returned");
    await until(() => served.client.text.endsWith("\r\n0\r\n\r\n"));
  });

  it("gets one comment, and not one after the other", async () => {
    const body = reader(sse(new Desk().wait(new AbortController().signal), { keepAliveMillis: 50 }));
    expect(await body.next()).toBe("data: first\n\n");
    expect(await body.next()).toBe(":\n\n");
    const started = performance.now();
    await until(() => performance.now() - started > 170);
    expect(await body.next()).toBe(":\n\n");
    const next = body.next();
    expect(await Promise.race([next, macrotask()])).toBeUndefined();
    expect(await next).toBe(":\n\n");
    await body.leave();
  });
});

describe("an event stream that fails", () => {
  it("has its error on its span, and a response that is complete", async () => {
    const served = await serve(() => [new Desk().fail()]);
    await served.client.receive("\r\n0\r\n\r\n");
    expect(served.client.body).toBe('event: error\ndata: {"message":"stream failed"}\n\n');
    expect(await served.result).toEqual({ outcome: "failed", events: 0, error: new RangeError("no such desk") });
    expect(traces.current.tree(stream)).toEqual([{ name: "fail", kind: "workflow", error: "RangeError" }]);
  });

  it("rejects, and ends its iterable, where the response cannot be written to", async () => {
    const desk = new Desk();
    const served = await serve((response) => {
      response.setHeader = () => {
        throw new TypeError("no headers");
      };
      return desk.count();
    });
    await expect(served.result).rejects.toThrow("no headers");
    expect(desk.pulls).toBe(0);
  });
});

describe("a HEAD", () => {
  it("has the head of the stream, and nothing is pulled for it", async () => {
    const desk = new Desk();
    const { url } = await listen((_request, response) => void sse(desk.count(), { response }));
    const response = await fetch(url, { method: "HEAD" });
    expect([response.status, response.headers.get("content-type"), desk.pulls]).toEqual([
      200,
      "text/event-stream; charset=utf-8",
      0,
    ]);
  });
});
