import { once } from "node:events";
import http2 from "node:http2";
import { PassThrough, Readable } from "node:stream";
import { type SseOptions, type SseResult, type SseSource, sse } from "../../lib/http/index.js";
import { InvalidOptionError } from "../../lib/index.js";
import { macrotask, useTraces } from "../support/traces.js";
import { Client, Desk, addressOf, closeServers, listen } from "./rig.js";

const traces = useTraces();
closeServers();

interface Sent {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
  readonly result: SseResult | undefined;
}

/** Opens a stream; the result is that of a response of Node's. */
type Open = <Item>(source: SseSource<Item>, options?: SseOptions<Item>) => Promise<Opened>;

interface Opened {
  readonly response: Response;
  readonly result?: Promise<SseResult>;
}

const ways: readonly (readonly [string, Open])[] = [
  ["a Response", async (source, options) => ({ response: sse(source, options) })],
  [
    "a response of node:http",
    async (source, options = {}) => {
      let settle: (result: Promise<SseResult>) => void;
      const result = new Promise<SseResult>((resolve) => (settle = resolve));
      const { url } = await listen((_request, response) => settle(sse(source, { ...options, response })));
      return { response: await fetch(url), result };
    },
  ],
];

async function* each<Item>(...items: readonly Item[]): AsyncGenerator<Item> {
  for (const item of items) {
    await macrotask();
    yield item;
  }
}

describe.each(ways)("a stream of events, by %s", (_way, open) => {
  /** Reads a stream to its end. */
  async function send<Item>(source: SseSource<Item>, options?: SseOptions<Item>): Promise<Sent> {
    const { response, result } = await open(source, options);
    const { status } = response;
    const headers = Object.fromEntries(response.headers);
    return { status, headers, text: await response.text(), result: await result };
  }

  it("has the headers of one, and others", async () => {
    const { status, headers, text } = await send(each(), { headers: { "x-own": "yes", "Cache-Control": "no-store" } });
    expect([status, text]).toEqual([200, ""]);
    expect(headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-own": "yes",
    });
    expect((await send(each())).headers["cache-control"]).toBe("no-cache, no-transform");
  });

  it.each<[string, unknown, string]>([
    ["text", "text", "data: text\n\n"],
    ["nothing", "", "data: \n\n"],
    ["lines", "a\nb\r\nc\rd\n", "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"],
    ["text that looks like a field", "x\nevent: y\n\n: z", "data: x\ndata: event: y\ndata: \ndata: : z\n\n"],
    ["text that begins with a space", " x", "data:  x\n\n"],
    ["other alphabets", "Grüezi 😀", "data: Grüezi 😀\n\n"],
    [
      "an object",
      { data: 1, event: "x", text: "a\nb" },
      String.raw`data: {"data":1,"event":"x","text":"a\nb"}` + "\n\n",
    ],
    ["a list", [1, null], "data: [1,null]\n\n"],
    ["a number", 1.5, "data: 1.5\n\n"],
    ["null", null, "data: null\n\n"],
    ["what JSON does not know", undefined, "data: null\n\n"],
    ["bytes", new TextEncoder().encode("a\nü"), "data: a\ndata: ü\n\n"],
  ])("sends %s", async (_what, item, text) => {
    const sent = await send(each(item));
    expect(sent.text).toBe(text);
    expect(sent.result ?? { outcome: "completed", events: 1 }).toEqual({ outcome: "completed", events: 1 });
  });

  it("sends an event for each item, or none, as `event` says", async () => {
    const { text, result } = await send(each(1, 2, 3, 4, 5), {
      retryMillis: 2000,
      event: (item) =>
        [
          { event: "number", id: "a1", data: item },
          undefined,
          { id: "", data: "x\ny", retry: 0 },
          { event: "done" },
          { retry: 10 },
        ][item - 1],
    });
    expect(text).toBe(
      "retry: 2000\n\n" +
        "event: number\nid: a1\ndata: 1\n\n" +
        "id: \nretry: 0\ndata: x\ndata: y\n\n" +
        "event: done\ndata: \n\n" +
        "retry: 10\n\n",
    );
    expect(result ?? { outcome: "completed", events: 4 }).toEqual({ outcome: "completed", events: 4 });
    expect(traces.current.lines).toEqual([]);
  });

  it("keeps a field in its line, and says so once", async () => {
    const { text } = await send(each(1, 2), {
      event: () => ({ event: "a\r\ndata: b", id: "1\n\n2\0", retry: -1.5, data: "x" }),
    });
    expect(text).toBe("event: a data: b\nid: 1 2 \ndata: x\n\n".repeat(2));
    expect(traces.current.lines.map((line) => line.split(":")[1])).toEqual(Array(3).fill(" SPANDREL_SSE_FIELD"));
  });

  it("puts characters together whose bytes come apart", async () => {
    const bytes = new TextEncoder().encode("a😀");
    const { text } = await send(each(...[...bytes].map((byte) => new Uint8Array([byte]))));
    expect(text).toBe("data: a\n\ndata: 😀\n\n");
    expect((await send(each(bytes.subarray(0, 3)))).text).toBe("data: a\n\ndata: \uFFFD\n\n");
  });

  it.each<[string, SseSource<unknown>]>([
    ["a list", ["a", "b"]],
    ["a set of promises", new Set([Promise.resolve("a"), "b"])],
    ["an iterable that is no generator", { [Symbol.asyncIterator]: () => each("a", "b") }],
    ["a ReadableStream", new ReadableStream({ start: (to) => (to.enqueue("a"), to.enqueue("b"), to.close()) })],
    ["a Readable", Readable.from(["a", "b"])],
    ["a function", () => each("a", "b")],
    ["a function that takes its time", () => macrotask().then(() => ["a", "b"])],
  ])("takes %s", async (_what, source) => {
    expect((await send(source)).text).toBe("data: a\n\ndata: b\n\n");
  });

  it("says nothing of a failure but that there was one", async () => {
    async function* fails(): AsyncGenerator<string> {
      yield "first";
      throw new RangeError("the database is at 10.0.0.7");
    }
    const { text, result } = await send(fails());
    expect(text).toBe('data: first\n\nevent: error\ndata: {"message":"stream failed"}\n\n');
    const failed = { outcome: "failed", events: 1, error: new RangeError("the database is at 10.0.0.7") };
    expect(result ?? failed).toEqual(failed);
    expect(traces.current.lines).toEqual([
      "spandrel: SPANDREL_SSE_FAILED: an event stream ended early (the client is told so, and no more): RangeError: " +
        "the database is at 10.0.0.7. Give `onError` to tell it more; this is said once\n",
    ]);
  });

  it("says of a failure what `onError` says", async () => {
    const failing = (): AsyncIterable<string> => ({ [Symbol.asyncIterator]: () => ({ next: () => fail() }) });
    const fail = (): Promise<never> => Promise.reject(new RangeError("no"));
    const own = await send(failing(), {
      onError: (error) => ({ event: "sorry", data: { name: (error as Error).name } }),
    });
    expect(own.text).toBe('event: sorry\ndata: {"name":"RangeError"}\n\n');
    expect((await send(failing(), { onError: () => undefined })).text).toBe("");
    expect(traces.current.lines).toEqual([]);
    expect((await send(failing(), { onError: String as never })).text).toContain("stream failed");
    const broken = await send(failing(), {
      onError: () => {
        throw new Error("again");
      },
    });
    expect(broken.text).toBe('event: error\ndata: {"message":"stream failed"}\n\n');
    expect(traces.current.faults).toEqual({ SPANDREL_SSE_ON_ERROR_FAILED: 2 });
  });

  it.each<[string, unknown, SseOptions<unknown>]>([
    ["an item that JSON refuses", 1n, {}],
    [
      "an `event` that throws",
      1,
      {
        event: () => {
          throw new TypeError("no");
        },
      },
    ],
    ["an `event` that gives a string", 1, { event: String as never }],
    ["an `event` that takes time", 1, { event: (async () => ({ data: 1 })) as never }],
  ])("ends its iterable after %s", async (_what, item, options) => {
    const log: string[] = [];
    async function* items(): AsyncGenerator<unknown> {
      try {
        yield item;
        log.push("went on");
      } finally {
        log.push("left");
      }
    }
    const { text, result } = await send(items(), { ...options, onError: (error) => ({ data: (error as Error).name }) });
    expect([text, log]).toEqual(["data: TypeError\n\n", ["left"]]);
    expect(result?.outcome ?? "failed").toBe("failed");
  });

  it("throws what its function throws, before anything is sent", async () => {
    const failing = (): never => {
      throw new RangeError("no such desk");
    };
    expect(() => sse(failing)).toThrow("no such desk");
    let thrown: unknown;
    const { url } = await listen((_request, response) => {
      try {
        void sse(failing, { response });
      } catch (error) {
        thrown = error;
        response.writeHead(404).end();
      }
    });
    expect([(await fetch(url)).status, thrown]).toEqual([404, new RangeError("no such desk")]);
  });

  it("sends comments while there is nothing else, and stops with the stream", async () => {
    let release = (): void => undefined;
    async function* slow(): AsyncGenerator<string> {
      await new Promise<void>((resolve) => (release = resolve));
      yield "at last";
    }
    const { response } = await open(slow(), { keepAliveMillis: 2 });
    const body = response.body!.getReader();
    let text = "";
    for (let read = 0; read < 2; read++) text += new TextDecoder().decode((await body.read()).value);
    release();
    for (let read = await body.read(); !read.done; read = await body.read())
      text += new TextDecoder().decode(read.value);
    expect(text).toMatch(/^(:\n\n){2,}data: at last\n\n$/);
  });
});

describe("a stream of events", () => {
  it("is written to the wire piece by piece, its head first", async () => {
    const gate = new PassThrough({ objectMode: true });
    const { port } = await listen((_request, response) => {
      response.sendDate = false;
      void sse(gate, { response, retryMillis: 10 });
    });
    const client = new Client(port).get("/");
    await client.receive("retry: 10");
    gate.write("one");
    await client.receive("one");
    gate.end({ two: 2 });
    await client.receive("\r\n0\r\n\r\n");
    expect(client.text).toBe(
      [
        "HTTP/1.1 200 OK",
        "cache-control: no-cache, no-transform",
        "content-type: text/event-stream; charset=utf-8",
        "x-accel-buffering: no",
        "Connection: keep-alive",
        "Keep-Alive: timeout=5",
        "Transfer-Encoding: chunked",
        "",
        "b",
        "retry: 10\n\n",
        "b",
        "data: one\n\n",
        "11",
        'data: {"two":2}\n\n',
        "0",
        "",
        "",
      ].join("\r\n"),
    );
  });

  it("is sent by HTTP/2 as well, and left there", async () => {
    const desk = new Desk();
    const results: Promise<SseResult>[] = [];
    const server = http2.createServer((request, response) => {
      results.push(sse(desk.count(request.url === "/three" ? 3 : Infinity), { response }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const session = http2.connect(addressOf(server).url);
    const three = session.request({ ":path": "/three" }).setEncoding("utf8");
    const [head] = (await once(three, "response")) as [http2.IncomingHttpHeaders];
    expect([head[":status"], head["content-type"]]).toEqual([200, "text/event-stream; charset=utf-8"]);
    expect((await three.toArray()).join("")).toBe("data: item 1\n\ndata: item 2\n\ndata: item 3\n\n");
    const endless = session.request({ ":path": "/" });
    await once(endless, "data");
    endless.close(http2.constants.NGHTTP2_CANCEL);
    expect(await Promise.all(results)).toMatchObject([{ outcome: "completed", events: 3 }, { outcome: "returned" }]);
    expect(desk.log).toEqual(["count left", "count left"]);
    session.close();
    server.close();
    await once(server, "close");
  });

  it("leaves a head that is sent already as it is", async () => {
    const { url } = await listen((_request, response) => {
      response.writeHead(206, { "content-type": "text/event-stream", "x-own": "yes" });
      void sse(["a"], { response, headers: { "x-other": "no" } });
    });
    const response = await fetch(url);
    expect([
      response.status,
      response.headers.get("x-own"),
      response.headers.get("x-other"),
      await response.text(),
    ]).toEqual([206, "yes", null, "data: a\n\n"]);
  });

  it("sends several cookies as several", async () => {
    const headers = new Headers([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
    const { url } = await listen((_request, response) => void sse([], { response, headers }));
    expect((await fetch(url)).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(sse([], { headers }).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  it.each<[string, unknown, unknown, string]>([
    [
      "text",
      "text",
      {},
      "what sse sends to be an async iterable, an iterable, a ReadableStream, or a function that makes one",
    ],
    ["an object", {}, {}, "what sse sends to be an async iterable"],
    ["an event that is none", [], { event: "x" }, "sse event to be a function of an item"],
    ["a retry that is none", [], { retryMillis: -1 }, "sse retryMillis to be a whole number of milliseconds"],
    ["a keep-alive that is none", [], { keepAliveMillis: 2 ** 31 }, "sse keepAliveMillis to be a whole number of"],
    [
      "headers that are none",
      [],
      { headers: { "a b": "c" } },
      "sse headers to be headers, as new Headers() takes them",
    ],
    ["a signal that is none", [], { signal: {} }, "sse signal to be an AbortSignal"],
    ["an onError that is none", [], { onError: true }, "sse onError to be a function of an error"],
    [
      "a response that is none",
      [],
      { response: new Response() },
      "sse response to be a response of node:http or node:http2",
    ],
    ["an option that is none", [], { keepalive: 1 }, "sse option keepalive to be one of event, retryMillis,"],
  ])("is not made of %s", (_what, source, options, message) => {
    const make = (): unknown => sse(source as SseSource<unknown>, options as SseOptions<unknown>);
    expect(make).toThrow(InvalidOptionError);
    expect(make).toThrow(`expected ${message}`);
  });

  it("fails with a function's promise of something that is no iterable", async () => {
    const response = sse((() => Promise.resolve(7)) as unknown as () => string[], {
      onError: (error) => ({ data: (error as { code?: string }).code }),
    });
    expect(await response.text()).toBe("data: SPANDREL_INVALID_OPTION\n\n");
  });
});
