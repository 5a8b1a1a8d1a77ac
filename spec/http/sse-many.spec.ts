import { once } from "node:events";
import { type ServerResponse, createServer } from "node:http";
import { type SseResult, requestContext, sse } from "../../lib/http/index.js";
import { collectUntil } from "../support/garbage.js";
import { useTraces } from "../support/traces.js";
import { Client, Desk, closeServers, listen, until } from "./rig.js";

const traces = useTraces({ isBatchingEnabled: true });
closeServers();

const STREAMS = 1000;
/** The default, in milliseconds. */
const KEEP_ALIVE = 15_000;

/** How many of our timers were made, and how many of them were not cleared. */
function keptTimers(made: jest.SpyInstance, cleared: jest.SpyInstance): [made: number, left: number] {
  const ours = made.mock.calls.flatMap(([, millis], at) =>
    millis === KEEP_ALIVE ? [made.mock.results[at]?.value as unknown] : [],
  );
  const gone = new Set(cleared.mock.calls.map(([timer]) => timer as unknown));
  return [ours.length, ours.filter((timer) => !gone.has(timer)).length];
}

/** Counts the listeners that a response gets from now on, without keeping it. */
function countNew(response: WeakRef<ServerResponse>): () => number {
  const names = ["close", "drain", "error", "finish"];
  const count = (): number => names.reduce((sum, name) => sum + (response.deref()?.listenerCount(name) ?? 0), 0);
  const before = count();
  return () => count() - (response.deref() === undefined ? 0 : before);
}

describe("a thousand event streams at once", () => {
  it("leave no span, listener, timer or object behind, though half of their clients have left", async () => {
    const timers = jest.spyOn(globalThis, "setTimeout");
    const cleared = jest.spyOn(globalThis, "clearTimeout");
    const desk = new Desk();
    const end = new AbortController();
    const hooks = [jest.spyOn(end.signal, "addEventListener"), jest.spyOn(end.signal, "removeEventListener")];
    const kept: WeakRef<object>[] = [];
    const listeners: (() => number)[] = [];
    const results: Promise<SseResult>[] = [];
    const enter = requestContext({ attributes: (request) => ({ customerIdentifier: request.url }) });
    const server = createServer((request, response) => {
      listeners.push(countNew(new WeakRef(response)));
      kept.push(new WeakRef(request), new WeakRef(response));
      enter(request, response, () => {
        const stream = (signal: AbortSignal): AsyncGenerator<string> => {
          const generator = desk.wait(signal);
          kept.push(new WeakRef(generator), new WeakRef(signal));
          return generator;
        };
        results.push(sse(stream, { response, signal: end.signal }));
      });
    });
    const { port } = await listen(server);

    const clients = Array.from({ length: STREAMS }, (_, at) => new Client(port).get(`/${String(at)}`));
    await Promise.all(clients.map((client) => client.receive("data: first")));
    expect(results).toHaveLength(STREAMS);

    for (const [at, { socket }] of clients.entries()) if (at % 2 === 0) socket.destroy();
    await until(() => desk.log.length === STREAMS / 2);
    end.abort();
    const settled = await Promise.all(results);
    expect(settled).toEqual(Array(STREAMS).fill({ outcome: "returned", events: 1 }));
    expect(desk.log).toHaveLength(STREAMS);

    await traces.current.telemetry.flush();
    const ends = traces.current.spans.map(
      ({ name, status, attributes }) =>
        `${name} ${String(attributes["spandrel.http.outcome"] ?? attributes["spandrel.stream.outcome"])} ${String(status.code)}`,
    );
    const counts: Record<string, number> = {};
    for (const one of ends) counts[one] = (counts[one] ?? 0) + 1;
    expect(counts).toEqual({ "wait returned 0": STREAMS, "GET closed 0": STREAMS / 2, "GET completed 0": STREAMS / 2 });
    const customers = new Set(traces.current.spans.map(({ attributes }) => attributes["user.id"]));
    expect(customers.size).toBe(STREAMS);

    expect(listeners.map((count) => count()).filter((count) => count !== 0)).toEqual([]);
    expect(keptTimers(timers, cleared)).toEqual([STREAMS, 0]);
    // Node warns of a leak where there are more than ten.
    expect(hooks.map((hook) => hook.mock.calls.length)).toEqual([1, 0]);

    for (const { socket } of clients) socket.destroy();
    clients.length = 0;
    server.close();
    await once(server, "close");
    timers.mockRestore();
    cleared.mockRestore();
    traces.current.reset();
    const alive = (): number => kept.filter((one) => one.deref() !== undefined).length;
    expect(kept).toHaveLength(4 * STREAMS);
    await collectUntil(() => alive() < 50);
    expect(alive()).toBeLessThan(50);
  });
});
