import express, { type NextFunction, type Request, type Response } from "express";
import { once } from "node:events";
import { context } from "@opentelemetry/api";
import { requestContext } from "../../lib/http/index.js";
import { Task, propagateAttributes } from "../../lib/index.js";
import { type SpanNode, useTraces, withAttributes } from "../support/traces.js";
import { Client, Desk, closeServers, listen, spansOf } from "./rig.js";

const traces = useTraces();
closeServers();

const CUSTOMER = "respan.customer_params.customer_identifier";
const customer = withAttributes(CUSTOMER);
const http = withAttributes("http.route", "http.response.status_code", "spandrel.http.outcome", "error");

/** All of one trace, whatever its depth. */
function flatten(nodes: readonly SpanNode[]): SpanNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children ?? [])]);
}

describe("a request of Express", () => {
  const desk = new Desk();

  it("has one span, with all that it calls below it and its customer on every span", async () => {
    const app = express();
    app.use(requestContext({ attributes: (request: Request) => ({ customerIdentifier: request.get("x-customer") }) }));
    app.use(express.json());
    app.post("/desks/:desk/questions", async (request, response) => {
      const { question } = request.body as { question: string };
      response.json({ answer: await desk.answer(question) });
    });
    const { url } = await listen(app);
    const response = await fetch(`${url}/desks/7/questions?verbose=1`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-customer": "c-1" },
      body: JSON.stringify({ question: "where?" }),
    });
    expect(await response.json()).toEqual({ answer: "WHERE?!" });
    await spansOf(traces.current, 4);
    expect(traces.current.tree(customer)).toEqual([
      {
        name: "POST /desks/:desk/questions",
        kind: "spandrel",
        [CUSTOMER]: "c-1",
        children: [
          {
            name: "answer",
            kind: "workflow",
            [CUSTOMER]: "c-1",
            children: [
              { name: "rank", kind: "task", [CUSTOMER]: "c-1" },
              { name: "look", kind: "tool", [CUSTOMER]: "c-1" },
            ],
          },
        ],
      },
    ]);
  });

  it("is not mixed with any of fifty others at the same time", async () => {
    const app = express();
    app.use(
      requestContext({
        attributes: (request: Request) => ({
          customerIdentifier: request.get("x-customer"),
          metadata: { path: request.path },
        }),
      }),
    );
    app.get("/ask/:number", async (request, response) => {
      response.send(await desk.answer(request.params.number));
    });
    const { url } = await listen(app);
    const ask = async (number: number): Promise<string> => {
      const response = await fetch(`${url}/ask/n${String(number)}`, {
        headers: { "x-customer": `c-${String(number)}` },
      });
      return response.text();
    };
    const numbers = Array.from({ length: 50 }, (_, at) => at);
    expect(await Promise.all(numbers.map(ask))).toEqual(numbers.map((number) => `N${String(number)}!`));
    await spansOf(traces.current, 200);

    const trees = traces.current.tree(withAttributes(CUSTOMER, "respan.metadata.path", "url.path", "input"));
    const of = (tree: SpanNode): unknown => tree["url.path"];
    expect(trees.map(of).sort()).toEqual(numbers.map((number) => `/ask/n${String(number)}`).sort());
    for (const tree of trees) {
      const path = of(tree) as string;
      const number = path.slice("/ask/n".length);
      const spans = flatten([tree]);
      expect(spans.map(({ name }) => name)).toEqual(["GET /ask/:number", "answer", "rank", "look"]);
      for (const span of spans) {
        expect(span).toMatchObject({ [CUSTOMER]: `c-${number}`, "respan.metadata.path": path });
      }
      expect(spans[2]?.["input"]).toBe(`{"question":"n${number}"}`);
    }
  });

  it("is where listeners on it and on its response are heard, and an inner context stays what it is", async () => {
    const events: string[] = [];
    const note = (event: string): void => {
      traced(event);
      events.push(event);
    };
    class Step {
      @Task({ name: "event" })
      note(_event: string): void {}
    }
    const step = new Step();
    const traced = (event: string): void => step.note(event);
    const app = express();
    app.use(requestContext());
    app.post("/", (request, response) => {
      request.on("data", () => note("data"));
      request.once("end", () => {
        note("end");
        propagateAttributes({ customerIdentifier: "inner" }, () => response.emit("custom"));
        response.end("done");
      });
      response.on("custom", () => note("custom"));
      response.on("finish", () => note("finish"));
      request.on("removed", note);
      request.off("removed", note);
      expect(request.listenerCount("removed")).toBe(0);
    });
    const { url } = await listen(app);
    await (await fetch(url, { method: "POST", body: "text" })).text();
    await spansOf(traces.current, 5);
    expect(events).toEqual(["data", "end", "custom", "finish"]);
    expect(traces.current.tree(withAttributes("input", CUSTOMER))).toEqual([
      {
        name: "POST /",
        kind: "spandrel",
        children: [
          { name: "event", kind: "task", input: '{"_event":"data"}' },
          { name: "event", kind: "task", input: '{"_event":"end"}' },
          { name: "event", kind: "task", input: '{"_event":"custom"}', [CUSTOMER]: "inner" },
          { name: "event", kind: "task", input: '{"_event":"finish"}' },
        ],
      },
    ]);
  });

  it("leaves nothing behind on its connection, whether the next one waits for it or not", async () => {
    const before: unknown[] = [];
    const app = express();
    app.use((request, _response, next) => {
      before.push([request.path, context.active() === outside]);
      next();
    });
    app.use(
      requestContext({
        attributes: (request: Request) =>
          request.path === "/named" ? { customerIdentifier: "named" } : { customerName: "none" },
      }),
    );
    app.get("/:name", async (request, response) => {
      response.send(await desk.rank(request.params.name));
    });
    const outside = context.active();
    const { port } = await listen(app);
    const client = new Client(port);
    client.get("/named");
    await client.receive("NAMED");
    client.get("/plain");
    await client.receive("PLAIN");
    client.get("/named").get("/last");
    await client.receive("LAST");
    expect(before).toEqual(["/named", "/plain", "/named", "/last"].map((path) => [path, true]));
    await spansOf(traces.current, 8);
    expect(traces.current.tree(withAttributes("url.path", CUSTOMER))).toEqual(
      [
        ["/named", "named"],
        ["/plain", undefined],
        ["/named", "named"],
        ["/last", undefined],
      ].map(([path, name]) => {
        const own = name === undefined ? {} : { [CUSTOMER]: name };
        return {
          name: "GET /:name",
          kind: "spandrel",
          "url.path": path,
          ...own,
          children: [{ name: "rank", kind: "task", ...own }],
        };
      }),
    );
  });

  it("gets attributes, and no second span, from a second use behind the login", async () => {
    const app = express();
    app.use(requestContext({ attributes: () => ({ environment: "test" }) }));
    app.use((request, _response, next) => {
      Object.assign(request, { user: { id: "u-1" } });
      next();
    });
    app.use(
      requestContext({
        attributes: (request: Request & { user?: { id: string } }) => ({ customerIdentifier: request.user?.id }),
      }),
    );
    app.post("/", (request, response) => {
      request.on("end", () => response.send(desk.look("x"))).resume();
    });
    const { url } = await listen(app);
    await (await fetch(url, { method: "POST", body: "text" })).text();
    await spansOf(traces.current, 2);
    const both = { "respan.environment": "test", [CUSTOMER]: "u-1" };
    expect(traces.current.tree(withAttributes("respan.environment", CUSTOMER))).toEqual([
      { name: "POST /", kind: "spandrel", ...both, children: [{ name: "look", kind: "tool", ...both }] },
    ]);
  });
});

describe("the span of a request of Express", () => {
  async function ask(app: express.Express, path: string, init?: RequestInit): Promise<SpanNode | undefined> {
    traces.current.reset();
    const { url } = await listen(app);
    await (await fetch(url + path, init)).text();
    await spansOf(traces.current, 1);
    const trees = traces.current.tree(http);
    expect(trees).toHaveLength(1);
    return trees[0];
  }

  const span = (name: string, status: number, more: Record<string, unknown> = {}): SpanNode => ({
    name,
    kind: "spandrel",
    "http.response.status_code": status,
    "spandrel.http.outcome": "completed",
    ...more,
  });

  function routed(): express.Express {
    const app = express();
    app.use(requestContext());
    const users = express.Router({ mergeParams: true });
    users.get("/", (_request, response) => void response.send("all"));
    users.get("/:user", (_request, response) => void response.send("one"));
    users.get("/:user/fails", () => {
      throw new TypeError("no");
    });
    users.get("/files/*path", (_request, response) => void response.send("file"));
    app.use("/teams/:team/users", users);
    app.get("/", (_request, response) => void response.send("root"));
    app.get(/^\/by-pattern/, (_request, response) => void response.send("pattern"));
    app.get("/slow/:id/", (_request, response) => void response.send("slash"));
    app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
      response.status(500).send("sorry");
    });
    return app;
  }

  it.each([
    ["/", "GET /", "/"],
    ["/slow/7/", "GET /slow/:id", "/slow/:id"],
    ["/teams/blue/users", "GET /teams/:team/users", "/teams/:team/users"],
    ["/teams/blue/users/blue?x=1", "GET /teams/:team/users/:user", "/teams/:team/users/:user"],
    ["/teams/blue/users/files/a/b", "GET /teams/:team/users/files/*path", "/teams/:team/users/files/*path"],
    ["/by-pattern/1", String.raw`GET /^\/by-pattern/`, String.raw`/^\/by-pattern/`],
  ])("is named after the route of %s: %s", async (path, name, route) => {
    expect(await ask(routed(), path)).toEqual(span(name, 200, { "http.route": route }));
  });

  it("has the whole path where the middleware itself is mounted", async () => {
    const app = express();
    app.use("/mounted", requestContext());
    app.get("/mounted/:name", (_request, response) => void response.send("x"));
    expect(await ask(app, "/mounted/a?b=c")).toEqual(
      span("GET /mounted/:name", 200, { "http.route": "/mounted/:name" }),
    );
    expect(traces.current.spans[0]?.attributes["url.path"]).toBe("/mounted/a");
  });

  it("knows its mount where the handler has thrown, and is an error", async () => {
    expect(await ask(routed(), "/teams/blue/users/9/fails")).toEqual(
      span("GET /teams/blue/users/:user/fails", 500, {
        "http.route": "/teams/blue/users/:user/fails",
        error: "500",
      }),
    );
    const { status, events } = traces.current.spans[0]!;
    expect({ status, events }).toEqual({ status: { code: 2 }, events: [] });
  });

  it("has no route, and no error, for what is not found", async () => {
    expect(await ask(routed(), "/nowhere")).toEqual(span("GET", 404));
    expect(traces.current.spans[0]?.status).toEqual({ code: 0 });
  });

  it("tells a HEAD from the GET that answers it", async () => {
    expect(await ask(routed(), "/", { method: "HEAD" })).toEqual(span("HEAD /", 200, { "http.route": "/" }));
  });

  it.each([
    ["before anything was sent", "/silent", undefined],
    ["in the middle of the response", "/half", 200],
  ])("is an error where the client leaves %s", async (_when, path, status) => {
    const app = express();
    app.use(requestContext());
    app.get("/silent", () => undefined);
    app.get("/half", (_request, response) => {
      response.write("half");
    });
    const server = await listen(app);
    const client = new Client(server.port).get(path);
    if (status === undefined) await once(client.socket, "connect");
    else await client.receive("half");
    // The server has seen the request when it answers another.
    await (await fetch(`${server.url}/other`)).text();
    client.socket.destroy();
    await spansOf(traces.current, 2);
    expect(traces.current.tree(http)[1]).toEqual({
      name: `GET ${path}`,
      kind: "spandrel",
      "http.route": path,
      ...(status === undefined ? {} : { "http.response.status_code": status }),
      "spandrel.http.outcome": "closed",
      error: "connection_closed",
    });
    expect(traces.current.spans[1]?.status).toEqual({
      code: 2,
      message: "the connection was closed before the response was done",
    });
  });

  it("says what the server itself has destroyed the response with", async () => {
    const app = express();
    app.use(requestContext());
    app.get("/", (_request, response) => {
      response.on("error", () => undefined).write("half", () => response.destroy(new RangeError("no more")));
    });
    const { port } = await listen(app);
    await once(new Client(port).get("/").socket, "close");
    await spansOf(traces.current, 1);
    expect(traces.current.tree(http)).toEqual([
      span("GET /", 200, { "http.route": "/", "spandrel.http.outcome": "failed", error: "RangeError" }),
    ]);
  });

  it("leaves no listener of its own on request and response", async () => {
    const counts: Record<string, number>[] = [];
    const app = express();
    app.use((request, response, next) => {
      const count = (): void => {
        const all = [...request.eventNames(), ...response.eventNames()].map(String).sort();
        counts.push(Object.fromEntries(all.map((name) => [name, response.listenerCount(name)])));
      };
      count();
      response.on("close", () => setImmediate(count));
      next();
    });
    app.use(requestContext());
    app.get("/", (_request, response) => void response.send("x"));
    expect(await ask(app, "/")).toEqual(span("GET /", 200, { "http.route": "/" }));
    while (counts.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const [before, after] = counts;
    expect(after?.["finish"] ?? 0).toBe(before?.["finish"] ?? 0);
    // The spec's own.
    expect(after?.["close"]).toBe((before?.["close"] ?? 0) + 1);
  });
});
