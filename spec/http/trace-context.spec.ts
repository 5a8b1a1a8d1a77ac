import { type Context, ROOT_CONTEXT, SpanKind, type Tracer, context, trace } from "@opentelemetry/api";
import { honoRequestContext, requestContext, withRequest } from "../../lib/http/index.js";
import type { RequestContextOptions } from "../../lib/http/index.js";
import { Task, injectContext, propagateAttributes } from "../../lib/index.js";
import { Hono } from "hono";
import express from "express";
import { useTraces, withAttributes } from "../support/traces.js";
import { closeServers, listen, spansOf } from "./rig.js";

const traces = useTraces();
closeServers();

const CUSTOMER = "respan.customer_params.customer_identifier";
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const INCOMING = {
  traceparent: `00-${TRACE}-${PARENT}-01`,
  tracestate: "vendor=1",
  baggage: "spandrel.customerIdentifier=caller,other=1",
};

class Desk {
  @Task({ name: "rank" })
  rank(): string {
    return "ranked";
  }
}
const desk = new Desk();

type Trust = RequestContextOptions["trustIncoming"];

/** Answers one request, with the headers of a caller. */
const doors: readonly (readonly [string, (trust: Trust, headers: Record<string, string>) => Promise<unknown>])[] = [
  [
    "requestContext",
    async (trustIncoming, headers) => {
      const app = express();
      app.use(requestContext({ trustIncoming }));
      app.get("/", (_request, response) => void response.send(desk.rank()));
      const { url } = await listen(app);
      return (await fetch(url, { headers })).text();
    },
  ],
  [
    "withRequest",
    async (trustIncoming, headers) => {
      const handler = withRequest(() => new Response(desk.rank()), { trustIncoming });
      return handler(new Request("http://x/", { headers })).text();
    },
  ],
  [
    "honoRequestContext",
    async (trustIncoming, headers) => {
      const app = new Hono();
      app.use(honoRequestContext({ trustIncoming }));
      app.get("/", (c) => c.text(desk.rank()));
      return (await app.request("/", { headers })).text();
    },
  ],
];

/** What the two spans of a request say about where they come from. */
async function traceOf(answered: Promise<unknown>): Promise<unknown> {
  expect(await answered).toBe("ranked");
  await spansOf(traces.current, 2);
  const [task, server] = traces.current.spans;
  const ids = [server?.spanContext().traceId, task?.spanContext().traceId];
  expect(task?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId);
  expect(ids[0]).toBe(ids[1]);
  return {
    isTheirs: ids[0] === TRACE,
    parent: server?.parentSpanContext?.spanId,
    state: server?.spanContext().traceState?.serialize(),
    links: server?.links.map((link) => link.context),
    customers: [server?.attributes[CUSTOMER], task?.attributes[CUSTOMER]],
  };
}

describe.each(doors)("what a caller sends to %s", (_door, ask) => {
  const alone = {
    isTheirs: false,
    parent: undefined,
    state: undefined,
    links: [],
    customers: [undefined, undefined],
  };

  it("is ignored", async () => {
    expect(await traceOf(ask(undefined, INCOMING))).toEqual(alone);
  });

  it("is continued, with the attributes that may travel, where it is trusted", async () => {
    expect(await traceOf(ask(true, INCOMING))).toEqual({
      isTheirs: true,
      parent: PARENT,
      state: "vendor=1",
      links: [],
      customers: ["caller", "caller"],
    });
  });

  it("is linked to, and no more, where that is asked for", async () => {
    const [link] = ((await traceOf(ask("link", INCOMING))) as { links: unknown[] }).links;
    expect(link).toMatchObject({ traceId: TRACE, spanId: PARENT, traceFlags: 1, isRemote: true });
    const server = traces.current.spans[1]!;
    expect([server.spanContext().traceId === TRACE, server.parentSpanContext, server.attributes[CUSTOMER]]).toEqual([
      false,
      undefined,
      undefined,
    ]);
  });

  it.each([true, "link"] as const)("is not needed, nor is it believed where it is none (%s)", async (trust) => {
    for (const headers of [{}, { traceparent: `00-${TRACE}-0000000000000000-01` }, { traceparent: "x" }]) {
      traces.current.reset();
      expect(await traceOf(ask(trust, headers))).toEqual(alone);
    }
  });
});

describe("a trusted caller", () => {
  it("sends what injectContext writes, and is overruled by the service's own attributes", async () => {
    const headers: Record<string, string> = {};
    propagateAttributes({ customerIdentifier: "caller", sessionIdentifier: "s-1" }, () => {
      injectContext(headers, { include: ["customerIdentifier", "sessionIdentifier"] });
    });
    const handler = withRequest(() => new Response(null), {
      trustIncoming: true,
      attributes: () => ({ customerIdentifier: "own" }),
    });
    handler(new Request("http://x/", { headers }));
    expect(traces.current.spans[0]?.attributes).toMatchObject({ [CUSTOMER]: "own", "session.id": "s-1" });
  });

  it("that does not sample is not recorded", () => {
    const handler = withRequest(() => new Response(desk.rank()), { trustIncoming: true });
    handler(new Request("http://x/", { headers: { traceparent: `00-${TRACE}-${PARENT}-00` } }));
    expect(traces.current.spans).toEqual([]);
  });
});

describe("a request whose span another instrumentation has opened", () => {
  const tracer = (): Tracer => trace.getTracer("@opentelemetry/instrumentation-http");

  /** Runs as that instrumentation does: in its span, which it ends itself. */
  async function instrumented(kind: SpanKind, run: () => unknown, parent: Context = ROOT_CONTEXT): Promise<void> {
    const span = tracer().startSpan("theirs", { kind }, parent);
    await context.with(trace.setSpan(parent, span), run);
    span.end();
  }

  it("gets no second, and its attributes on the one there is, whatever is trusted", async () => {
    for (const trustIncoming of [false, true, "link"] as const) {
      traces.current.reset();
      const handler = withRequest(() => new Response(desk.rank()), {
        trustIncoming,
        attributes: () => ({ customerName: "own" }),
      });
      await instrumented(SpanKind.SERVER, () => handler(new Request("http://x/", { headers: INCOMING })));
      const own = {
        "respan.customer_params.name": "own",
        ...(trustIncoming === true ? { [CUSTOMER]: "caller" } : {}),
      };
      expect(traces.current.tree(withAttributes("respan.customer_params.name", CUSTOMER))).toEqual([
        {
          name: "theirs",
          kind: "@opentelemetry/instrumentation-http",
          ...own,
          children: [{ name: "rank", kind: "task", ...own }],
        },
      ]);
      expect(traces.current.spans.map(({ links }) => links)).toEqual([[], []]);
    }
  });

  it("keeps its attributes off a span that is not the request's own", async () => {
    const handler = withRequest(() => new Response(desk.rank()), { attributes: () => ({ customerName: "own" }) });
    await instrumented(SpanKind.INTERNAL, () => handler(new Request("http://x/")));
    expect(traces.current.tree(withAttributes("respan.customer_params.name"))).toEqual([
      {
        name: "theirs",
        kind: "@opentelemetry/instrumentation-http",
        children: [{ name: "rank", kind: "task", "respan.customer_params.name": "own" }],
      },
    ]);
  });

  it("is a trace of its own where that span has ended long ago, as that of the service's start", async () => {
    const handler = withRequest(() => {
      desk.rank();
      return new Response(null);
    });
    class Service {
      @Task({ name: "start", processors: "default" })
      start(): () => unknown {
        return context.bind(context.active(), () => handler(new Request("http://x/")));
      }
    }
    const ask = propagateAttributes({ environment: "test" }, () => new Service().start());
    ask();
    const own = { "respan.environment": "test" };
    expect(traces.current.tree(withAttributes("path", "workflow", "tag", "respan.environment"))).toEqual([
      { name: "start", kind: "task", path: "start", tag: ["default"], ...own },
      { name: "GET", kind: "spandrel", ...own, children: [{ name: "rank", kind: "task", path: "rank", ...own }] },
    ]);
  });
});

describe("without telemetry", () => {
  it("requests run, and nothing is recorded", async () => {
    await traces.current.telemetry.shutdown();
    for (const [, ask] of doors) expect(await ask(true, INCOMING)).toBe("ranked");
    expect(traces.current.spans).toEqual([]);
  });
});
