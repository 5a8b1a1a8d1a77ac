import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { stream } from "hono/streaming";
import { once } from "node:events";
import type { Server } from "node:http";
import { honoRequestContext, withRequest } from "../../lib/http/index.js";
import { failureOf, macrotask, useTraces, withAttributes } from "../support/traces.js";
import { type Address, Client, Desk, addressOf, spansOf } from "./rig.js";

const traces = useTraces();

const CUSTOMER = "respan.customer_params.customer_identifier";
const http = withAttributes("http.route", "http.response.status_code", "spandrel.http.outcome", "error");

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  }
});

async function listen(fetch: Hono["fetch"]): Promise<Address> {
  const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }) as Server;
  servers.push(server);
  if (!server.listening) await once(server, "listening");
  return addressOf(server);
}

describe("a request of Hono", () => {
  const desk = new Desk();

  function create(): Hono {
    const app = new Hono();
    app.use(honoRequestContext({ attributes: (c) => ({ customerIdentifier: c.req.header("x-customer") }) }));
    app.post("/desks/:desk", async (c) => {
      const { question } = await c.req.json<{ question: string }>();
      return c.json({ answer: await desk.answer(question) });
    });
    app.get("/fine", (c) => c.text("fine"));
    app.get("/fails", () => desk.fail());
    app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.text("sorry", 500)));
    app.get("/refused", () => {
      throw new HTTPException(403, { message: "not yours" });
    });
    app.get("/empty", (c) => c.body(null, 204));
    app.get("/half", (c) =>
      stream(c, async (out) => {
        await out.write("half");
        await desk.rank("late");
        await new Promise<void>((resolve) => out.onAbort(resolve));
      }),
    );
    return app;
  }

  const own = { [CUSTOMER]: "c-1" };
  const answer = {
    name: "answer",
    kind: "workflow",
    ...own,
    children: [
      { name: "rank", kind: "task", ...own },
      { name: "look", kind: "tool", ...own },
    ],
  };

  it.each(["its middleware", "withRequest around app.fetch"])("has one span through %s, over HTTP", async (way) => {
    const isMiddleware = way === "its middleware";
    const app = isMiddleware ? create() : new Hono();
    if (!isMiddleware) {
      app.post("/desks/:desk", async (c) => {
        const { question } = await c.req.json<{ question: string }>();
        return c.json({ answer: await desk.answer(question) });
      });
    }
    const fetchWithRequest = withRequest(app.fetch, {
      attributes: (request) => ({ customerIdentifier: request.headers.get("x-customer") ?? undefined }),
    });
    const { url } = await listen(isMiddleware ? app.fetch : fetchWithRequest);
    const response = await fetch(`${url}/desks/7`, {
      method: "POST",
      headers: { "x-customer": "c-1" },
      body: JSON.stringify({ question: "where?" }),
    });
    expect(await response.json()).toEqual({ answer: "WHERE?!" });
    await spansOf(traces.current, 4);
    expect(traces.current.tree(withAttributes(CUSTOMER))).toEqual([
      { name: isMiddleware ? "POST /desks/:desk" : "POST", kind: "spandrel", ...own, children: [answer] },
    ]);
  });

  it("is not mixed with any of fifty others at the same time", async () => {
    const app = create();
    const names = Array.from({ length: 50 }, (_, at) => `n${String(at)}`);
    const answers = await Promise.all(
      names.map(async (name) => {
        const init = { method: "POST", headers: { "x-customer": name }, body: JSON.stringify({ question: name }) };
        return (await app.request("/desks/1", init)).json() as Promise<{ answer: string }>;
      }),
    );
    expect(answers.map(({ answer }) => answer)).toEqual(names.map((name) => `${name.toUpperCase()}!`));
    await spansOf(traces.current, 200);
    const trees = traces.current.tree(withAttributes(CUSTOMER));
    expect(trees.map((tree) => tree[CUSTOMER]).sort()).toEqual([...names].sort());
    for (const tree of trees) {
      const name = tree[CUSTOMER];
      const children = JSON.parse(JSON.stringify([answer]).replaceAll('"c-1"', JSON.stringify(name))) as unknown;
      expect(tree).toEqual({ name: "POST /desks/:desk", kind: "spandrel", [CUSTOMER]: name, children });
    }
  });

  it("is told by status, route and error", async () => {
    const app = create();
    for (const path of ["/fine", "/fails", "/refused", "/empty", "/nowhere"]) {
      const response = await app.request(path);
      await response.text();
    }
    expect((await app.request("/fine", { method: "HEAD" })).body).toBeNull();
    await spansOf(traces.current, 7);
    const span = (name: string, status: number, more: object = {}): unknown => ({
      name,
      kind: "spandrel",
      "http.response.status_code": status,
      "spandrel.http.outcome": "completed",
      ...more,
    });
    expect(traces.current.tree(http)).toEqual([
      span("GET /fine", 200, { "http.route": "/fine" }),
      span("GET /fails", 500, {
        "http.route": "/fails",
        error: "RangeError",
        children: [{ name: "fail", kind: "workflow", error: "RangeError" }],
      }),
      span("GET /refused", 403, { "http.route": "/refused" }),
      span("GET /empty", 204, { "http.route": "/empty" }),
      span("GET", 404),
      span("HEAD /fine", 200, { "http.route": "/fine" }),
    ]);
    expect(failureOf(traces.current.span("GET /fails"))).toMatchObject({ isError: true, message: "no such desk" });
  });

  it("fails with what Hono does not handle", async () => {
    const app = new Hono();
    app.use(honoRequestContext());
    app.get("/", () => Promise.reject("no error"));
    await expect(app.request("/")).rejects.toBe("no error");
    expect(traces.current.tree(http)).toEqual([
      { name: "GET /", kind: "spandrel", "http.route": "/", "spandrel.http.outcome": "failed", error: "string" },
    ]);
  });

  it("lasts as long as its streamed response, whose source works below it", async () => {
    const app = create();
    app.get("/parts", (c) =>
      stream(c, async (out) => {
        await out.write(await desk.rank("one"));
        await macrotask();
        await out.write(desk.look("two"));
      }),
    );
    const { url } = await listen(app.fetch);
    expect(await (await fetch(`${url}/parts`)).text()).toBe("ONEtwo!");
    await spansOf(traces.current, 3);
    expect(traces.current.tree(http)).toEqual([
      {
        name: "GET /parts",
        kind: "spandrel",
        "http.route": "/parts",
        "http.response.status_code": 200,
        "spandrel.http.outcome": "completed",
        children: [
          { name: "rank", kind: "task" },
          { name: "look", kind: "tool" },
        ],
      },
    ]);
  });

  it("is an error where the client leaves in the middle", async () => {
    const { port } = await listen(create().fetch);
    const client = new Client(port).get("/half");
    await client.receive("half");
    await spansOf(traces.current, 1);
    client.socket.destroy();
    await spansOf(traces.current, 2);
    expect(traces.current.tree(http)).toEqual([
      {
        name: "GET /half",
        kind: "spandrel",
        "http.route": "/half",
        "http.response.status_code": 200,
        "spandrel.http.outcome": "closed",
        error: "connection_closed",
        children: [{ name: "rank", kind: "task" }],
      },
    ]);
  });
});
