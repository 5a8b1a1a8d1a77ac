import { withRequest } from "../../lib/http/index.js";
import { propagateAttributes } from "../../lib/index.js";
import { collectUntil } from "../support/garbage.js";
import { failureOf, macrotask, useTraces, withAttributes } from "../support/traces.js";
import { Desk, until } from "./rig.js";

const traces = useTraces();

const CUSTOMER = "respan.customer_params.customer_identifier";
const http = withAttributes("http.route", "http.response.status_code", "spandrel.http.outcome", "error");
const desk = new Desk();

function request(path = "/", init?: RequestInit): Request {
  return new Request(`http://desk.example:8080${path}`, init);
}

function span(name: string, status: number | undefined, outcome: string, more: object = {}): unknown {
  const known = status === undefined ? {} : { "http.response.status_code": status };
  return { name, kind: "spandrel", ...known, "spandrel.http.outcome": outcome, ...more };
}

/** A body that gives its parts one a read, and says how it was left. */
function parts(texts: readonly string[], log: string[] = []): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await desk.rank("part");
        const text = texts[at++];
        if (text === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(text));
      },
      cancel(reason) {
        log.push(`cancelled: ${String(reason)}`);
      },
    },
    { highWaterMark: 0 },
  );
}

describe("a handler with its request", () => {
  it("has one span a request, with all that it calls below it and its customer on every span", async () => {
    const POST = withRequest(
      async (given: Request, { params }: { params: Promise<{ id: string }> }) => {
        const { question } = (await given.json()) as { question: string };
        return Response.json({ id: (await params).id, answer: await desk.answer(question) }, { status: 201 });
      },
      {
        route: "/api/desks/[id]",
        attributes: (given) => ({ customerIdentifier: given.headers.get("x-customer") ?? undefined }),
      },
    );
    const init = { method: "POST", headers: { "x-customer": "c-1" }, body: '{"question":"where?"}' };
    const response = await POST(request("/api/desks/7", init), { params: Promise.resolve({ id: "7" }) });
    expect([response.status, response instanceof Response, await response.json()]).toEqual([
      201,
      true,
      { id: "7", answer: "WHERE?!" },
    ]);
    const own = { [CUSTOMER]: "c-1" };
    expect(traces.current.tree(withAttributes(CUSTOMER))).toEqual([
      {
        name: "POST /api/desks/[id]",
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
      },
    ]);
  });

  it("is not mixed with any of fifty others at the same time", async () => {
    const handler = withRequest(
      async (given: Request) => new Response(await desk.answer(new URL(given.url).pathname)),
      {
        attributes: (given) => ({ customerIdentifier: new URL(given.url).pathname }),
      },
    );
    const names = Array.from({ length: 50 }, (_, at) => `/n${String(at)}`);
    const texts = await Promise.all(names.map(async (name) => (await handler(request(name))).text()));
    expect(texts).toEqual(names.map((name) => `${name.toUpperCase()}!`));
    const customers = traces.current.spans.map(({ attributes }) => attributes[CUSTOMER]);
    expect(customers.sort()).toEqual(names.flatMap((name) => [name, name, name, name]).sort());
    for (const tree of traces.current.tree(withAttributes(CUSTOMER, "url.path"))) {
      expect(tree["url.path"]).toBe(tree[CUSTOMER]);
      expect(tree.children).toMatchObject([{ name: "answer", children: [{ name: "rank" }, { name: "look" }] }]);
    }
  });

  it("is what it was: this, name, length, arguments, properties, results", async () => {
    const answer = new Response("text");
    const seen: unknown[] = [];
    const handler = Object.assign(
      function handle(this: unknown, given: Request, ...rest: unknown[]) {
        seen.push(this, given, rest);
        return answer;
      },
      { runtime: "nodejs" },
    );
    const wrapped = withRequest(handler);
    const self = {};
    const given = request();
    // A response that comes at once is handed on at once, and is the same.
    expect(wrapped.call(self, given, 1, "two")).toBe(answer);
    expect(seen).toEqual([self, given, [1, "two"]]);
    expect(seen[0]).toBe(self);
    expect([wrapped.name, wrapped.length, Object.keys(wrapped)]).toEqual(["handle", 1, ["runtime"]]);
    expect(await answer.text()).toBe("text");
    expect(traces.current.tree(http)).toEqual([span("GET", 200, "completed")]);
  });

  it("throws, and rejects with, what it threw, which is on its span", async () => {
    const error = new RangeError("no such desk");
    const throws = withRequest((): Response => {
      throw error;
    });
    const rejects = withRequest((): Promise<Response> => Promise.reject(error));
    expect(() => throws(request())).toThrow(error);
    await expect(rejects(request())).rejects.toBe(error);
    const failed = span("GET", undefined, "failed", { error: "RangeError" });
    expect(traces.current.tree(http)).toEqual([failed, failed]);
    expect(failureOf(traces.current.spans[0]!)).toEqual({
      isError: true,
      message: "no such desk",
      type: "RangeError",
      events: [{ type: "RangeError", message: "no such desk" }],
    });
  });

  it.each([
    ["a Response", 302, Response.redirect("http://desk.example/login", 302)],
    ["redirect()", 307, Object.assign(new Error("NEXT_REDIRECT"), { digest: "NEXT_REDIRECT;replace;/a;b;307;" })],
    ["notFound()", 404, Object.assign(new Error("x"), { digest: "NEXT_HTTP_ERROR_FALLBACK;404" })],
  ])("answers by throwing %s, which is no error", async (_what, status, thrown) => {
    const handler = withRequest(async () => Promise.reject<Response>(thrown as Error));
    await expect(handler(request())).rejects.toBe(thrown);
    expect(traces.current.tree(http)).toEqual([span("GET", status, "completed")]);
    expect(traces.current.spans[0]?.status).toEqual({ code: 0 });
  });

  it("has failed with an error that looks like a Response", async () => {
    const error = Object.assign(new Error("too many"), { status: 429, headers: new Headers() });
    await expect(withRequest(async () => Promise.reject<Response>(error))(request())).rejects.toBe(error);
    expect(traces.current.tree(http)).toEqual([span("GET", undefined, "failed", { error: "Error" })]);
  });

  it("is an error for what it answers with 500 and above alone", async () => {
    for (const status of [404, 503]) {
      await (await withRequest(async () => new Response("text", { status }))(request())).text();
    }
    expect(traces.current.tree(http)).toEqual([
      span("GET", 404, "completed"),
      span("GET", 503, "completed", { error: "503" }),
    ]);
    expect(traces.current.spans.map(({ status }) => status)).toEqual([{ code: 0 }, { code: 2 }]);
  });

  it("gives a promise of a class of its own, or a lazy one, as it is", async () => {
    class Cancellable extends Promise<Response> {
      cancel(): string {
        return "cancelled";
      }
    }
    let starts = 0;
    const lazy = {
      then: (resolve: (response: Response) => void) => {
        starts++;
        resolve(new Response("lazy", { status: 202 }));
      },
    };
    const cancellable = Cancellable.resolve(new Response("own", { status: 203 })) as Cancellable;
    expect(withRequest(() => cancellable)(request())).toBe(cancellable);
    expect(cancellable.cancel()).toBe("cancelled");
    expect(withRequest(() => lazy)(request())).toBe(lazy);
    expect(starts).toBe(0);
    expect(traces.current.spans).toEqual([]);
    expect(await (await cancellable).text()).toBe("own");
    expect(await (await (lazy as unknown as Promise<Response>)).text()).toBe("lazy");
    expect(starts).toBe(1);
    const failing = { then: (_resolve: unknown, reject: (error: unknown) => void) => reject(new TypeError("no")) };
    await expect(Promise.resolve(withRequest(() => failing)(request()))).rejects.toThrow("no");
    expect(traces.current.tree(http)).toEqual([
      span("GET", 203, "completed"),
      span("GET", 202, "completed"),
      span("GET", undefined, "failed", { error: "TypeError" }),
    ]);
  });

  it("runs without a Request, untraced, and says so once", () => {
    const handler = withRequest((given: unknown) => new Response(String(given))) as (given: unknown) => Response;
    expect(handler("no request")).toBeInstanceOf(Response);
    expect(handler(null)).toBeInstanceOf(Response);
    expect(traces.current.spans).toEqual([]);
    expect(traces.current.lines).toEqual([
      "spandrel: SPANDREL_NO_REQUEST: a handler of withRequest was called without a Request: it has run, untraced. " +
        "For Hono's handlers there is honoRequestContext, for Node's requestContext\n",
    ]);
  });

  it("keeps its attributes out of whatever its caller does next", async () => {
    const handler = withRequest(async () => new Response(await desk.rank("x")), {
      attributes: () => ({ customerIdentifier: "c-1" }),
    });
    await propagateAttributes({ customerName: "outer" }, async () => {
      await (await handler(request())).text();
      await desk.rank("after");
    });
    const name = { "respan.customer_params.name": "outer" };
    expect(traces.current.tree(withAttributes(CUSTOMER, "respan.customer_params.name"))).toEqual([
      {
        name: "GET",
        kind: "spandrel",
        [CUSTOMER]: "c-1",
        ...name,
        children: [{ name: "rank", kind: "task", [CUSTOMER]: "c-1", ...name }],
      },
      { name: "rank", kind: "task", ...name },
    ]);
  });
});

describe("the body of a response", () => {
  const names = (): string[] => traces.current.spans.map(({ name }) => name);
  const rank = { name: "rank", kind: "task" };

  it("is as long as the span, and made below it", async () => {
    const response = await withRequest(async () => new Response(parts(["a", "b"])))(request());
    const reader = response.body!.getReader();
    expect(names()).toEqual([]);
    await reader.read();
    await reader.read();
    expect(names()).toEqual(["rank", "rank"]);
    expect((await reader.read()).done).toBe(true);
    expect(traces.current.tree(http)).toEqual([span("GET", 200, "completed", { children: [rank, rank, rank] })]);
  });

  it.each([
    ["text", (response: Response) => response.text(), "ab"],
    [
      "a pipe",
      async (response: Response) => new Response(response.body!.pipeThrough(new TransformStream())).text(),
      "ab",
    ],
    ["a response of another's making", (response: Response) => new Response(response.body, response).text(), "ab"],
    [
      "a loop",
      async (response: Response) => {
        let text = "";
        for await (const part of response.body!) text += new TextDecoder().decode(part);
        return text;
      },
      "ab",
    ],
    [
      "a copy, and itself",
      async (response: Response) => {
        const copy = response.clone();
        return (await copy.text()) + (await response.text());
      },
      "abab",
    ],
  ])("may be read as %s", async (_how, read, text) => {
    const handler = withRequest(
      async () => new Response(parts(["a", "b"]), { status: 201, statusText: "Made", headers: { "x-own": "yes" } }),
    );
    const response = await handler(request());
    expect([
      response.status,
      response.statusText,
      response.url,
      response.headers.get("x-own"),
      response.bodyUsed,
    ]).toEqual([201, "Made", "", "yes", false]);
    expect(await read(response)).toBe(text);
    expect(traces.current.tree(http)).toEqual([span("GET", 201, "completed", { children: [rank, rank, rank] })]);
  });

  it("that is cancelled in the middle was torn", async () => {
    const log: string[] = [];
    const response = await withRequest(async () => new Response(parts(["a", "b"], log)))(request());
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel("gone");
    expect(log).toEqual(["cancelled: gone"]);
    expect(traces.current.tree(http)).toEqual([
      span("GET", 200, "closed", { error: "connection_closed", children: [rank] }),
    ]);
  });

  it("that is cancelled while it is read was torn, too", async () => {
    const never = new ReadableStream({ pull: () => new Promise(() => undefined) }, { highWaterMark: 0 });
    const response = await withRequest(async () => new Response(never))(request());
    const reader = response.body!.getReader();
    const pending = reader.read();
    await reader.cancel();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(traces.current.tree(http)).toEqual([span("GET", 200, "closed", { error: "connection_closed" })]);
  });

  it("of an event stream may be left, which is no error", async () => {
    const headers = { "content-type": "text/event-stream" };
    const response = await withRequest(async () => new Response(parts(["a"]), { headers }))(request());
    await response.body!.cancel();
    expect(traces.current.tree(http)).toEqual([span("GET", 200, "closed")]);
    expect(traces.current.spans[0]?.status).toEqual({ code: 0 });
  });

  it("fails its reader and the span with what its source threw", async () => {
    const failing = new ReadableStream({
      pull: (controller) => controller.error(new RangeError("torn")),
    });
    const response = await withRequest(async () => new Response(failing))(request());
    await expect(response.text()).rejects.toThrow("torn");
    expect(traces.current.tree(http)).toEqual([span("GET", 200, "failed", { error: "RangeError" })]);
  });

  it.each([
    ["there is none", "GET", () => new Response(null, { status: 204 })],
    ["HEAD asks for none", "HEAD", () => new Response("text")],
    [
      "it is read already",
      "GET",
      () => {
        const response = new Response("text");
        void response.text();
        return response;
      },
    ],
  ])("does not keep the span where %s", async (_when, method, make) => {
    const response = await withRequest(async () => make())(request("/", { method }));
    expect(traces.current.tree(http)).toEqual([span(method, response.status, "completed")]);
  });

  it("that nobody reads ends the span when it is collected", async () => {
    await withRequest(async () => new Response(parts(["a"])))(request());
    await macrotask();
    expect(await collectUntil(() => traces.current.spans.length === 1)).toBe(true);
    expect(traces.current.tree(http)).toEqual([span("GET", 200, "abandoned")]);
  });

  it("that is forgotten in the middle does as well", async () => {
    const read = async (): Promise<void> => {
      const response = await withRequest(async () => new Response(parts(["a", "b"])))(request());
      await response.body!.getReader().read();
    };
    await read();
    await until(() => traces.current.spans.length === 1);
    expect(await collectUntil(() => traces.current.spans.length === 2)).toBe(true);
    expect(traces.current.tree(http)).toEqual([span("GET", 200, "abandoned", { children: [rank] })]);
  });
});
