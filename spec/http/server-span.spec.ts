import { SpanKind } from "@opentelemetry/api";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import http2 from "node:http2";
import { fastifyRequestContext, honoRequestContext, requestContext, withRequest } from "../../lib/http/index.js";
import type { RequestContextOptions } from "../../lib/http/index.js";
import { InvalidOptionError, propagateAttributes } from "../../lib/index.js";
import { useTraces } from "../support/traces.js";
import { Client, addressOf, closeServers, listen, spansOf } from "./rig.js";

const traces = useTraces();
closeServers();

/** A handler of `node:http` behind `requestContext`. */
function serve(options?: RequestContextOptions, status = 200): RequestListener {
  const enter = requestContext(options);
  return (request, response) => enter(request, response, () => response.writeHead(status).end("text"));
}

/** Sends one request, and gives the name and the attributes of its span. */
async function describeOf(app: RequestListener, ...lines: readonly string[]): Promise<[string, object]> {
  const { port } = await listen(app);
  traces.current.reset();
  const client = new Client(port).send(...lines);
  await client.receive("HTTP/1.1 2");
  await spansOf(traces.current, 1);
  const [span] = traces.current.spans;
  return [span!.name, span!.attributes];
}

describe("the span of a request", () => {
  it("tells of it by the conventions' names, and nothing else", async () => {
    const request = [
      "POST /desks/7?token=secret HTTP/1.1",
      "Host: desk.example:8080",
      "User-Agent: spec/1.0",
      "Content-Length: 0",
      "Authorization: Bearer secret",
    ];
    const [name, attributes] = await describeOf(serve({}, 204), ...request);
    expect([name, attributes]).toEqual([
      "POST",
      {
        "http.request.method": "POST",
        "url.path": "/desks/7",
        "url.scheme": "http",
        "server.address": "desk.example",
        "server.port": 8080,
        "user_agent.original": "spec/1.0",
        "network.protocol.version": "1.1",
        "http.response.status_code": 204,
        "spandrel.http.outcome": "completed",
      },
    ]);
    const [span] = traces.current.spans;
    expect([span?.kind, span?.status, span?.links, span?.parentSpanContext]).toEqual([
      SpanKind.SERVER,
      { code: 0 },
      [],
      undefined,
    ]);
  });

  it("calls a method that the conventions do not know another", async () => {
    const [name, attributes] = await describeOf(serve(), "PROPFIND / HTTP/1.1", "Host: desk.example");
    expect(name).toBe("HTTP");
    expect(attributes).toMatchObject({
      "http.request.method": "_OTHER",
      "http.request.method_original": "PROPFIND",
      "server.address": "desk.example",
    });
    expect(attributes).not.toHaveProperty("server.port");
  });

  it.each([
    ["Host: [::1]:80", "::1", 80],
    ["Host: 127.0.0.1", "127.0.0.1", undefined],
    ["Host: not a host", undefined, undefined],
    ["Host: a:b:c", undefined, undefined],
    ["Host:", undefined, undefined],
  ])("has the server's address of %s", async (header, address, port) => {
    const [, attributes] = await describeOf(serve(), "GET / HTTP/1.1", header);
    expect(attributes).toMatchObject({ "url.path": "/" });
    expect((attributes as Record<string, unknown>)["server.address"]).toBe(address);
    expect((attributes as Record<string, unknown>)["server.port"]).toBe(port);
  });

  it.each([
    ["/a/b?c=d?e", "/a/b"],
    ["http://other.example/a?b", "/a"],
    ["*", "*"],
  ])("has the path of %s", async (target, path) => {
    const [, attributes] = await describeOf(serve(), `OPTIONS ${target} HTTP/1.1`, "Host: desk.example");
    expect(attributes).toMatchObject({ "url.path": path });
  });

  it("has the query on demand only, and as content", async () => {
    const query = async (options: RequestContextOptions, target = "/a?q=1&r=2"): Promise<unknown> => {
      const [, attributes] = await describeOf(serve(options), `GET ${target} HTTP/1.1`, "Host: desk.example");
      return (attributes as Record<string, unknown>)["url.query"];
    };
    expect(await query({})).toBeUndefined();
    expect(await query({ captureQuery: true })).toBe("q=1&r=2");
    expect(await query({ captureQuery: true }, "http://x.example/a?q=1")).toBe("q=1");
    expect(await query({ captureQuery: true }, "/a")).toBeUndefined();
    expect(await query({ captureQuery: true, attributes: () => ({ captureContent: false }) })).toBeUndefined();
  });

  it("tells the same of a Request, as far as that does", async () => {
    const handler = withRequest(async () => new Response("text"), { captureQuery: true });
    const headers = { "user-agent": "spec/1.0" };
    await (await handler(new Request("https://desk.example:8443/a?b=c", { headers }))).text();
    await (await handler(new Request("https://[::1]/"))).text();
    const common = { "http.request.method": "GET", "url.scheme": "https", "http.response.status_code": 200 };
    expect(traces.current.spans.map(({ attributes }) => attributes)).toEqual([
      {
        ...common,
        "url.path": "/a",
        "url.query": "b=c",
        "server.address": "desk.example",
        "server.port": 8443,
        "user_agent.original": "spec/1.0",
        "spandrel.http.outcome": "completed",
      },
      { ...common, "url.path": "/", "server.address": "::1", "spandrel.http.outcome": "completed" },
    ]);
  });

  it("tells of HTTP/2, and of a stream that its client has reset", async () => {
    const enter = requestContext();
    const server = http2.createServer((request, response) => {
      enter(request as never, response as never, () => {
        response.writeHead(200, { "content-type": "text/plain" });
        if (request.url === "/whole") response.end("text");
        else response.write("half");
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port, url } = addressOf(server);
    const session = http2.connect(url);
    const whole = session.request({ ":path": "/whole" }).setEncoding("utf8");
    expect(await whole.toArray()).toEqual(["text"]);
    const half = session.request({ ":path": "/half" });
    half.on("error", () => undefined);
    await once(half, "data");
    half.close(http2.constants.NGHTTP2_CANCEL);
    await spansOf(traces.current, 2);
    session.close();
    server.close();
    await once(server, "close");
    const common = {
      "http.request.method": "GET",
      "url.scheme": "http",
      "server.address": "127.0.0.1",
      "server.port": port,
      "network.protocol.version": "2",
      "http.response.status_code": 200,
    };
    expect(traces.current.spans.map(({ attributes }) => attributes)).toEqual([
      { ...common, "url.path": "/whole", "spandrel.http.outcome": "completed" },
      { ...common, "url.path": "/half", "spandrel.http.outcome": "closed", "error.type": "connection_closed" },
    ]);
  });

  it("believes the framework about the scheme", async () => {
    const app: RequestListener = (request, response) => {
      Object.assign(request, { protocol: "https" });
      serve()(request, response);
    };
    expect(await describeOf(app, "GET / HTTP/1.1", "Host: x")).toMatchObject(["GET", { "url.scheme": "https" }]);
  });

  it("ends where the client had left before", async () => {
    const { port } = await listen((request, response) => {
      response.on("close", () => serve()(request, response));
    });
    const client = new Client(port).get("/");
    await once(client.socket, "connect");
    client.socket.destroy();
    await spansOf(traces.current, 1);
    expect(traces.current.spans[0]?.attributes).toMatchObject({
      "spandrel.http.outcome": "closed",
      "error.type": "connection_closed",
    });
  });

  it("is no error where the client leaves an event stream, however that was made", async () => {
    const { port } = await listen((request, response) => {
      requestContext()(request, response, () => {
        const type = { "Content-Type": "text/event-stream" };
        if (request.url === "/head") response.writeHead(200, type);
        else response.setHeader("content-type", type["Content-Type"]);
        response.write("data: 1\n\n");
      });
    });
    for (const path of ["/head", "/header"]) {
      const client = new Client(port).get(path);
      await client.receive("data: 1");
      client.socket.destroy();
    }
    await spansOf(traces.current, 2);
    expect(traces.current.spans.map(({ status, attributes }) => [status, attributes["spandrel.http.outcome"]])).toEqual(
      [
        [{ code: 0 }, "closed"],
        [{ code: 0 }, "closed"],
      ],
    );
  });
});

describe("the attributes of a request", () => {
  it.each([
    [
      "that throw",
      () => {
        throw new Error("no user");
      },
      "SPANDREL_REQUEST_ATTRIBUTES_FAILED: the `attributes` function of a request failed and was contained: Error: no user",
    ],
    [
      "that take time",
      () => Promise.reject(new Error("later")) as never,
      "SPANDREL_REQUEST_ATTRIBUTES_UNUSABLE: the `attributes` function of a request must return an object, at once: " +
        "what it gave is left out. Where it takes time to know them, call propagateAttributes in the handler",
    ],
    [
      "that nobody knows",
      () => JSON.parse('{"customer":"c-1"}') as object,
      'SPANDREL_UNKNOWN_ATTRIBUTE: propagateAttributes does not know "customer" and leaves it out; known: ',
    ],
  ])("%s cost only themselves, and are said", async (_what, attributes, line) => {
    const [name, described] = await describeOf(serve({ attributes }), "GET / HTTP/1.1", "Host: x");
    expect(name).toBe("GET");
    expect(Object.keys(described).filter((key) => key.startsWith("respan."))).toEqual([]);
    expect(traces.current.lines).toHaveLength(1);
    expect(traces.current.lines[0]).toContain(`spandrel: ${line}`);
  });

  it("are over those that are around it, one by one", async () => {
    const { port } = await listen((request, response) => {
      propagateAttributes({ customerIdentifier: "outer", environment: "test" }, () => {
        serve({ attributes: () => ({ customerIdentifier: "inner" }) })(request, response);
      });
    });
    await new Client(port).get("/").receive("200 OK");
    await spansOf(traces.current, 1);
    expect(traces.current.spans[0]?.attributes).toMatchObject({ "user.id": "inner", "respan.environment": "test" });
  });
});

describe("a request that cannot be read", () => {
  it("runs as it would without us", async () => {
    const handler = withRequest((given: { readonly body?: unknown } & Request) => new Response(String(given.body)));
    const hostile = {
      method: "GET",
      url: "http://x/",
      body: "read",
      headers: {
        get: () => {
          throw new TypeError("no headers");
        },
      },
    };
    expect(await handler(hostile as never).text()).toBe("read");
    let calls = 0;
    requestContext()({} as never, {} as never, () => calls++);
    const fakeResponse = { statusCode: 200 };
    requestContext()({ method: "GET", url: "/", headers: {} } as never, fakeResponse as never, () => calls++);
    expect(calls).toBe(2);
    expect(Object.keys(traces.current.faults)).toEqual(["SPANDREL_REQUEST_FAILED"]);
    expect(traces.current.spans.map(({ attributes }) => attributes["spandrel.http.outcome"])).toEqual(["abandoned"]);
  });
});

describe("an option", () => {
  const makers: readonly (readonly [string, (options: never) => unknown])[] = [
    ["requestContext", (options) => requestContext(options)],
    ["honoRequestContext", (options) => honoRequestContext(options)],
    ["withRequest", (options) => withRequest(() => new Response(), options)],
    [
      "fastifyRequestContext",
      (options) => {
        let failure: Error | undefined;
        fastifyRequestContext({ addHook: () => undefined }, options, (error) => (failure = error));
        if (failure !== undefined) throw failure;
      },
    ],
  ];
  const known = "attributes, spans, trustIncoming, captureQuery";

  it.each(makers)("of %s that cannot be used is said at once", (owner, make) => {
    const failure = (options: unknown): string => {
      try {
        make(options as never);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidOptionError);
        return (error as Error).message.replace("SPANDREL_INVALID_OPTION: expected ", "");
      }
      return "none";
    };
    const names = owner === "withRequest" ? `${known}, route` : known;
    expect([
      failure({ attributes: {} }),
      failure({ spans: "no" }),
      failure({ trustIncoming: "links" }),
      failure({ captureQuery: 1 }),
      failure({ trustIncomming: true }),
      failure({ attributes: undefined, spans: undefined, trustIncoming: undefined, captureQuery: undefined }),
    ]).toEqual([
      `${owner} attributes to be a function of the request, got an object`,
      `${owner} spans to be true or false, got "no" (string)`,
      `${owner} trustIncoming to be true, false or "link", got "links" (string)`,
      `${owner} captureQuery to be true or false, got 1 (number)`,
      `${owner} option trustIncomming to be one of ${names}, got true (boolean)`,
      "none",
    ]);
    if (owner !== "fastifyRequestContext") {
      expect(failure("all")).toBe(`${owner} options to be an object, got "all" (string)`);
    }
  });

  it("of withRequest alone is the route, and its handler is a function", () => {
    expect(() => withRequest(() => new Response(), { route: "" })).toThrow(
      'expected withRequest route to be a route\'s pattern, such as /api/chat/[id], got "" (string)',
    );
    expect(() => withRequest({} as never)).toThrow(
      "expected withRequest handler to be a function of a Request, got an object",
    );
  });

  it("switches the spans off, and nothing else", async () => {
    const { port } = await listen((request, response) => {
      requestContext({ spans: false, attributes: () => ({ customerIdentifier: "c-1" }) })(request, response, () => {
        withRequest(() => new Response(null))(new Request("http://x/inner"));
        response.end("text");
      });
    });
    await new Client(port).get("/outer").receive("text");
    expect(traces.current.spans.map(({ attributes }) => [attributes["url.path"], attributes["user.id"]])).toEqual([
      ["/inner", "c-1"],
    ]);
  });
});
