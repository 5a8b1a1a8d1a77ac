import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { once } from "node:events";
import type { Server } from "node:http";
import { fastifyRequestContext, honoRequestContext, requestContext, sse, withRequest } from "../../lib/http/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import { useTraces, withAttributes } from "../support/traces.js";
import { AT_ONCE, type Address, Client, Desk, addressOf, atBest, closeServers, listen, spansOf } from "./rig.js";

const traces = useTraces();
closeServers();

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

type Door = (desk: Desk) => Promise<Address>;

async function serveFetch(handler: (request: Request) => Response | Promise<Response>): Promise<Address> {
  const server = serve({ fetch: handler, port: 0, hostname: "127.0.0.1" }) as Server;
  if (!server.listening) await once(server, "listening");
  closers.push(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });
  return addressOf(server);
}

const attributes = (): { customerIdentifier: string } => ({ customerIdentifier: "c-1" });

/** `/count` gives three items, `/wait` one and then none until its signal is aborted, `/endless` one after the other. */
const doors: readonly (readonly [string, Door])[] = [
  [
    "Express",
    async (desk) => {
      const app = express();
      app.use(requestContext({ attributes }));
      app.get("/count", (_request, response) => void sse(desk.count(3), { response }));
      app.get("/wait", (_request, response) => void sse((signal) => desk.wait(signal), { response }));
      app.get("/endless", async (_request, response) => void (await sse(desk.count(), { response })));
      return listen(app);
    },
  ],
  [
    "Fastify",
    async (desk) => {
      const app = fastify({ forceCloseConnections: true });
      await app.register(fastifyRequestContext, { attributes });
      app.get("/count", async (_request, reply) => sse(desk.count(3), { response: reply.hijack().raw }));
      app.get("/wait", (_request, reply) => void sse((signal) => desk.wait(signal), { response: reply.hijack().raw }));
      app.get("/endless", async () => sse(desk.count()));
      await app.listen({ port: 0, host: "127.0.0.1" });
      closers.push(() => app.close());
      return addressOf(app.server);
    },
  ],
  [
    "Hono",
    async (desk) => {
      const app = new Hono();
      app.use(honoRequestContext({ attributes }));
      app.get("/count", () => sse(desk.count(3)));
      app.get("/wait", () => sse((signal) => desk.wait(signal)));
      app.get("/endless", () => sse(desk.count()));
      return serveFetch(app.fetch);
    },
  ],
  [
    "a route handler of Next's kind",
    async (desk) => {
      const GET = withRequest(
        async (request: Request, { params }: { params: Promise<{ what: string }> }) => {
          const { what } = await params;
          if (what === "wait") return sse((signal) => desk.wait(signal));
          return sse(desk.count(what === "count" ? 3 : Infinity), { signal: request.signal });
        },
        { attributes, route: "/[what]" },
      );
      return serveFetch((request) => {
        const what = new URL(request.url).pathname.slice(1);
        return GET(request, { params: Promise.resolve({ what }) });
      });
    },
  ],
];

describe.each(doors)("events, sent by %s", (door, open) => {
  const route = (path: string): string => (door.startsWith("a route") ? "/[what]" : path);
  const facts = withAttributes("http.response.status_code", "spandrel.http.outcome", "outcome", "user.id", "error");
  const server = (path: string, outcome: string, child: object): unknown => ({
    name: `GET ${route(path)}`,
    kind: "spandrel",
    "http.response.status_code": 200,
    "spandrel.http.outcome": outcome,
    "user.id": "c-1",
    children: [{ kind: "workflow", "user.id": "c-1", ...child }],
  });
  const end = ({ endTime: [seconds, nanos] }: ReadableSpan): number => seconds * 1e3 + nanos / 1e6;

  it("are exactly these bytes, and the request's span lasts until the last", async () => {
    const { port } = await open(new Desk());
    const client = new Client(port).get("/count");
    await client.receive("\r\n0\r\n\r\n");
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    for (const header of [
      "content-type: text/event-stream; charset=utf-8",
      "cache-control: no-cache, no-transform",
      "x-accel-buffering: no",
    ]) {
      expect(client.text).toContain(`\r\n${header}\r\n`);
    }
    expect(client.body).toBe("data: item 1\n\ndata: item 2\n\ndata: item 3\n\n");
    await spansOf(traces.current, 2);
    expect(traces.current.tree(facts)).toEqual([
      server("/count", "completed", { name: "count", outcome: "completed" }),
    ]);
    const [items, request] = traces.current.spans;
    expect(end(request!)).toBeGreaterThanOrEqual(end(items!));
  });

  it.each([
    ["between two items", "/endless", "item 3", "count"],
    ["in the middle of a pull", "/wait", "first", "wait"],
  ])("end at once when the client leaves %s", async (_when, path, text, name) => {
    const millis = await atBest(async () => {
      traces.current.reset();
      const desk = new Desk();
      const { port } = await open(desk);
      const client = new Client(port).get(path);
      await client.receive(text);
      const closed = performance.now();
      client.socket.destroy();
      await spansOf(traces.current, 2);
      const taken = performance.now() - closed;
      expect(desk.log).toEqual([`${name} left`]);
      expect(traces.current.tree(facts)).toEqual([server(path, "closed", { name, outcome: "returned" })]);
      expect(traces.current.spans.map(({ status }) => status)).toEqual([{ code: 0 }, { code: 0 }]);
      return taken;
    });
    expect(millis).toBeLessThan(AT_ONCE);
  });
});
