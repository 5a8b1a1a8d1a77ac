import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { text } from "node:stream/consumers";
import { fastifyRequestContext } from "../../lib/http/index.js";
import { failureOf, useTraces, withAttributes } from "../support/traces.js";
import { Client, Desk, addressOf, spansOf } from "./rig.js";

const traces = useTraces();

const CUSTOMER = "respan.customer_params.customer_identifier";
const http = withAttributes("http.route", "http.response.status_code", "spandrel.http.outcome", "error");

const apps: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

function create(): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  apps.push(app);
  return app;
}

async function start(app: FastifyInstance): Promise<{ url: string; port: number }> {
  await app.listen({ port: 0, host: "127.0.0.1" });
  return addressOf(app.server);
}

describe("a request of Fastify", () => {
  const desk = new Desk();

  it("has one span, with hooks, handler and reply below it and its customer on every span", async () => {
    const app = create();
    await app.register(fastifyRequestContext, {
      attributes: (request: FastifyRequest) => ({ customerIdentifier: request.headers["x-customer"] as string }),
    });
    app.addContentTypeParser("text/odd", async (_request: FastifyRequest, payload: NodeJS.ReadableStream) => ({
      question: await desk.rank(await text(payload)),
    }));
    app.addHook("preHandler", async () => void desk.look("hook"));
    app.post("/desks/:desk", async (request) => ({
      answer: await desk.answer((request.body as { question: string }).question),
    }));
    const { url } = await start(app);
    const ask = async (type: string, body: string): Promise<unknown> => {
      const response = await fetch(`${url}/desks/7`, {
        method: "POST",
        headers: { "content-type": type, "x-customer": type },
        body,
      });
      return response.json();
    };
    expect(await ask("application/json", '{"question":"where?"}')).toEqual({ answer: "WHERE?!" });
    expect(await ask("text/odd", "so?")).toEqual({ answer: "SO?!" });
    await spansOf(traces.current, 11);
    const request = (customer: string, ...names: readonly (readonly [string, string])[]): unknown => ({
      name: "POST /desks/:desk",
      kind: "spandrel",
      [CUSTOMER]: customer,
      children: [
        ...names.map(([name, kind]) => ({ name, kind, [CUSTOMER]: customer })),
        {
          name: "answer",
          kind: "workflow",
          [CUSTOMER]: customer,
          children: [
            { name: "rank", kind: "task", [CUSTOMER]: customer },
            { name: "look", kind: "tool", [CUSTOMER]: customer },
          ],
        },
      ],
    });
    expect(traces.current.tree(withAttributes(CUSTOMER))).toEqual([
      request("application/json", ["look", "tool"]),
      request("text/odd", ["rank", "task"], ["look", "tool"]),
    ]);
  });

  it("is not mixed with any of fifty others at the same time", async () => {
    const app = create();
    await app.register(fastifyRequestContext, {
      attributes: (request: FastifyRequest) => ({ customerIdentifier: request.url }),
    });
    app.get("/:name", (request, reply) => {
      void desk.answer((request.params as { name: string }).name).then((answer) => reply.send(answer));
    });
    const { url } = await start(app);
    const names = Array.from({ length: 50 }, (_, at) => `n${String(at)}`);
    const answers = await Promise.all(names.map(async (name) => (await fetch(`${url}/${name}`)).text()));
    expect(answers).toEqual(names.map((name) => `${name.toUpperCase()}!`));
    await spansOf(traces.current, 200);
    const trees = traces.current.tree(withAttributes(CUSTOMER));
    expect(trees.map((tree) => tree[CUSTOMER]).sort()).toEqual(names.map((name) => `/${name}`).sort());
    for (const tree of trees) {
      const own = { [CUSTOMER]: tree[CUSTOMER] };
      expect(tree).toEqual({
        name: "GET /:name",
        kind: "spandrel",
        ...own,
        children: [
          {
            name: "answer",
            kind: "workflow",
            ...own,
            children: [
              { name: "rank", kind: "task", ...own },
              { name: "look", kind: "tool", ...own },
            ],
          },
        ],
      });
    }
  });

  it("is told by status, route and error, also from a route of a plugin beside it", async () => {
    const app = create();
    await app.register(fastifyRequestContext, { prefix: "/ignored", logLevel: "warn" });
    await app.register(
      async (inner) => {
        inner.get("/fails", async () => desk.fail());
        inner.get("/refused", async () => Promise.reject(Object.assign(new Error("not yours"), { statusCode: 403 })));
        inner.get("/sent", async (_request, reply) => reply.code(503).send("busy"));
        inner.get("/fine/:id", async () => "fine");
      },
      { prefix: "/api" },
    );
    const { url } = await start(app);
    const ask = async (path: string, method = "GET"): Promise<string> => (await fetch(url + path, { method })).text();
    for (const path of ["/api/fails", "/api/refused", "/api/sent", "/api/fine/1", "/nowhere"]) await ask(path);
    await ask("/api/fine/1", "HEAD");
    await spansOf(traces.current, 7);
    const span = (name: string, status: number, more: object = {}): unknown => ({
      name,
      kind: "spandrel",
      "http.response.status_code": status,
      "spandrel.http.outcome": "completed",
      ...more,
    });
    expect(traces.current.tree(http)).toEqual([
      span("GET /api/fails", 500, {
        "http.route": "/api/fails",
        error: "RangeError",
        children: [{ name: "fail", kind: "workflow", error: "RangeError" }],
      }),
      span("GET /api/refused", 403, { "http.route": "/api/refused" }),
      span("GET /api/sent", 503, { "http.route": "/api/sent", error: "503" }),
      span("GET /api/fine/:id", 200, { "http.route": "/api/fine/:id" }),
      span("GET", 404),
      span("HEAD /api/fine/:id", 200, { "http.route": "/api/fine/:id" }),
    ]);
    expect(failureOf(traces.current.span("GET /api/fails"))).toEqual({
      isError: true,
      message: "no such desk",
      type: "RangeError",
      events: [{ type: "RangeError", message: "no such desk" }],
    });
    expect(traces.current.span("GET /api/refused").status).toEqual({ code: 0 });
  });

  it("is an error where the client leaves before the reply", async () => {
    const app = create();
    await app.register(fastifyRequestContext, {});
    const seen = new Promise<void>((resolve) => {
      app.get("/silent", (_request, reply) => {
        void reply.hijack();
        resolve();
      });
    });
    const { port } = await start(app);
    const client = new Client(port).get("/silent");
    await seen;
    client.socket.destroy();
    await spansOf(traces.current, 1);
    expect(traces.current.tree(http)).toEqual([
      {
        name: "GET /silent",
        kind: "spandrel",
        "http.route": "/silent",
        "spandrel.http.outcome": "closed",
        error: "connection_closed",
      },
    ]);
  });

  it("does not start with an option that cannot be used", async () => {
    const app = create();
    const registered = Promise.resolve(app.register(fastifyRequestContext, { trustIncoming: "yes" as "link" }));
    await expect(registered).rejects.toThrow(
      'SPANDREL_INVALID_OPTION: expected fastifyRequestContext trustIncoming to be true, false or "link", got "yes" (string)',
    );
  });
});
