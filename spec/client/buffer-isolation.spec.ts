import { AsyncResource } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { trace } from "@opentelemetry/api";
import { type SpanBuffer, getClient, propagateAttributes, traced } from "../../lib/index.js";
import { macrotask } from "../support/traces.js";
import { held, namesOf, useBalancedTraces } from "./rig.js";

const traces = useBalancedTraces();
const client = getClient();

/** The same numbers at every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

/** A connection that all share: whatever comes back runs in the context of whoever opened it, as a socket's callbacks do. */
class Connection {
  readonly #emitter = new EventEmitter();
  #resource: AsyncResource | undefined;
  #requests = 0;

  async request(onAnswer: () => void): Promise<void> {
    this.#resource ??= new AsyncResource("connection");
    const resource = this.#resource;
    const id = String(this.#requests++);
    this.#emitter.once(id, onAnswer);
    await macrotask();
    resource.runInAsyncScope(() => this.#emitter.emit(id));
  }
}

describe("100 buffers at once", () => {
  it("hold what is theirs and nothing else, however their work is interleaved, connections are shared and spans end", async () => {
    const next = random(11);
    const pause = async (): Promise<void> => {
      const dice = next();
      if (dice < 0.4) await null;
      else if (dice < 0.7) await new Promise<void>((resolve) => queueMicrotask(resolve));
      else await macrotask();
    };
    const connection = new Connection();
    const foreign = trace.getTracer("http");
    /** As an HTTP instrumentation does: the span starts at the request and ends with the answer. */
    const fetchTraced = async (id: string): Promise<void> => {
      const span = foreign.startSpan(`request ${id}`);
      await connection.request(() => span.end());
    };
    const task = traced({ name: (id: string) => `task ${id}` }, async (id: string) => {
      await pause();
      await fetchTraced(id);
      await pause();
    });
    const chunks = traced({ name: (id: string) => `chunks ${id}` }, async function* (id: string) {
      await pause();
      yield id;
      await task(id);
      yield id;
    });
    const work = traced({ name: (id: string) => `work ${id}`, kind: "workflow" }, async (id: string) => {
      await Promise.all([task(id), fetchTraced(id)]);
      for await (const _ of chunks(id)) await pause();
    });
    const spans = ["work", "task", "task", "chunks", "request", "request", "request"];
    const expected = (id: string): string[] => spans.map((name) => `${name} ${id}`).sort();

    const buffers = new Map<string, SpanBuffer>();
    const inBuffer = async (id: string): Promise<void> => {
      const buffer = client.getSpanBuffer(`trace ${id}`);
      buffers.set(id, buffer);
      await pause();
      await buffer.run(async () => {
        await pause();
        buffer.createSpan(`created ${id}`);
        await work(id);
      });
      // Some are processed while others still run.
      if (Number(id) % 3 === 0) expect(await client.processSpans(buffer)).toBe(true);
    };
    const ids = Array.from({ length: 100 }, (_, id) => String(id));
    const outside = Array.from({ length: 20 }, (_, id) => `outside ${String(id)}`);
    await Promise.all([
      ...ids.map((id) => propagateAttributes({ customerIdentifier: id }, () => inBuffer(id))),
      ...outside.map((id) => work(id)),
    ]);

    for (const [id, buffer] of buffers) {
      expect(held(buffer).sort()).toEqual([`created ${id}`, ...expected(id)].sort());
      const all = buffer.getAllSpans();
      const facts = all.map((span) => [span.spanContext().traceId, span.attributes["user.id"]]);
      expect(facts).toEqual(all.map(() => [buffer.traceId, id]));
      const known = new Set(all.map((span) => span.spanContext().spanId));
      expect(all.filter(({ parentSpanContext: up }) => up !== undefined && !known.has(up.spanId))).toEqual([]);
    }
    const processed = ids.filter((id) => Number(id) % 3 === 0);
    const exported = [
      ...processed.flatMap((id) => [`created ${id}`, ...expected(id)]),
      ...outside.flatMap((id) => expected(id)),
    ];
    expect(namesOf(traces.current.spans).sort()).toEqual(exported.sort());
  });

  it("a span of nobody's, which ends in the context of a buffer that is over, is exported", async () => {
    const connection = new Connection();
    const buffer = client.getSpanBuffer();
    const request = async (name: string): Promise<void> => {
      const span = client.startSpan(name);
      await connection.request(() => span.end());
    };
    // It opens the connection, whose context from now on is this one's.
    await buffer.run(() => request("held"));
    await request("exported");
    expect([held(buffer), namesOf(traces.current.spans)]).toEqual([["held"], ["exported"]]);
  });
});
