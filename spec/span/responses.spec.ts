import { Task, traced } from "../../lib/index.js";
import { collect, collectUntil } from "../support/garbage.js";
import { macrotask, stream, useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();

const make = (chunks: readonly string[], type: string): Response => {
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const next = bytes.shift();
      if (next === undefined) controller.close();
      else controller.enqueue(next);
    },
  });
  return new Response(body, { status: 201, headers: { "content-type": type, "x-kept": "yes" } });
};

const json = (): Response => make(['{"a":', "1}"], "application/json");
const recorded = { name: "fetch", kind: "task", output: JSON.stringify('{"a":1}'), chunks: 2, outcome: "completed" };

describe.each([
  ["a Response", (): Promise<Response> => Promise.resolve(traced("fetch", json)())],
  ["a promise of a Response", (): Promise<Response> => traced("fetch", async () => json())()],
])("%s", (_what, fetchIt) => {
  const readers: Record<string, (response: Response) => Promise<unknown>> = {
    json: (response) => response.json(),
    text: (response) => response.text(),
    arrayBuffer: (response) => response.arrayBuffer(),
    blob: async (response) => (await response.blob()).text(),
    body: async (response) => {
      const parts: string[] = [];
      for await (const part of response.body!) parts.push(new TextDecoder().decode(part as Uint8Array));
      return parts.join("");
    },
    "body reader": async (response) => {
      const reader = response.body!.getReader();
      const parts: string[] = [];
      for (let one = await reader.read(); !one.done; one = await reader.read())
        parts.push(new TextDecoder().decode(one.value));
      return parts.join("");
    },
    "clone, both read": async (response) => {
      const copy = response.clone();
      return [await copy.text(), await response.json()];
    },
    "clone, the copy read": (response) => response.clone().text(),
  };

  it.each(Object.keys(readers))("read by %s is recorded as its text", async (how) => {
    const read = readers[how]!;
    const wanted = await read(json());
    const response = await fetchIt();
    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.headers.get("x-kept"), response.bodyUsed]).toEqual([201, "yes", false]);
    expect(await read(response)).toEqual(wanted);
    await macrotask();
    expect(traces.current.tree(stream)).toEqual([recorded]);
    expect(traces.current.faults).toEqual({});
  });
});

describe("a Response", () => {
  it("is the same object, and ends returned when its body is cancelled", async () => {
    const response = json();
    const given = traced("fetch", () => response)();
    expect(given).toBe(response);
    const reader = given.body!.getReader();
    await reader.read();
    await reader.cancel();
    expect(traces.current.tree(stream)).toEqual([
      { ...recorded, output: JSON.stringify('{"a":'), chunks: 1, outcome: "returned" },
    ]);
  });

  it("puts characters together that the chunks cut in two", async () => {
    const whole = new TextEncoder().encode("né");
    const open = traced("fetch", () => {
      const parts = [whole.slice(0, 2), whole.slice(2)];
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          const part = parts.shift();
          if (part === undefined) controller.close();
          else controller.enqueue(part);
        },
      });
      return new Response(body, { headers: { "content-type": "text/plain" } });
    });
    expect(await open().text()).toBe("né");
    expect(traces.current.attributes("fetch")["traceloop.entity.output"]).toBe('"né"');
  });

  it("of no text type is recorded as bytes", async () => {
    const open = traced("fetch", () => make(["\u0001\u0002"], "application/octet-stream"));
    await open().arrayBuffer();
    expect(traces.current.attributes("fetch")["traceloop.entity.output"]).toMatch(/2 bytes: 01 02/);
  });

  it("without a body ends at the call and says what it is", async () => {
    const open = traced("fetch", () => new Response(null, { status: 204 }));
    expect(open().status).toBe(204);
    const used = json();
    await used.text();
    expect(traced("used", () => used)()).toBe(used);
    expect(traces.current.tree(withAttributes("outcome", "chunks"))).toEqual([
      { name: "fetch", kind: "task" },
      { name: "used", kind: "task" },
    ]);
  });

  it("that nobody reads makes no span", async () => {
    class Client {
      @Task() fetch(): Response {
        return json();
      }
    }
    const kept = new Client().fetch();
    let isCollected = false;
    const registry = new FinalizationRegistry(() => (isCollected = true));
    (() => registry.register(new Client().fetch(), undefined))();
    expect(await collectUntil(() => isCollected)).toBe(true);
    // Registries are told one after another, in no fixed order.
    await collect();
    expect(traces.current.tree()).toEqual([]);
    await kept.text();
    expect(traces.current.tree(stream)).toEqual([{ ...recorded, name: "Client.fetch" }]);
  });

  it("that a promise gave, whose work made spans, ends abandoned when it is collected unread", async () => {
    const step = traced("step", () => 1);
    const fetchIt = traced("fetch", async () => {
      step();
      return json();
    });
    await (async () => void (await fetchIt()))();
    expect(await collectUntil(() => traces.current.spans.length > 1)).toBe(true);
    expect(traces.current.tree(stream)).toEqual([
      {
        name: "fetch",
        kind: "task",
        chunks: 0,
        outcome: "abandoned",
        children: [{ name: "step", kind: "task", output: "1" }],
      },
    ]);
  });
});
