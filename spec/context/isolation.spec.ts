import { EventEmitter } from "node:events";
import { trace } from "@opentelemetry/api";
import { bindContext, propagateAttributes, traced } from "../../lib/index.js";
import { macrotask, useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();
const customer = withAttributes("user.id");
const step = traced("step", (_id?: string) => undefined);

/** The same numbers at every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

describe("calls that run at the same time", () => {
  it("10,000 interleaved calls: every child has its own parent and attributes", async () => {
    const next = random(7);
    const pause = async (): Promise<void> => {
      const dice = next();
      if (dice < 0.5) await null;
      else if (dice < 0.8) await new Promise<void>((resolve) => queueMicrotask(resolve));
      else await macrotask();
    };
    const inner = traced({ name: "inner", attributes: (id: string) => ({ "test.id": id }) }, async (id: string) => {
      await pause();
      step(id);
      await pause();
    });
    const chunks = traced(
      { name: "chunks", attributes: (id: string) => ({ "test.id": id }) },
      async function* (id: string) {
        await pause();
        yield id;
        step(id);
        yield id;
      },
    );
    const outer = traced(
      { name: "outer", kind: "workflow", attributes: (id: string) => ({ "test.id": id }) },
      async (id: string) => {
        await pause();
        if (next() < 0.5) await inner(id);
        else for await (const _chunk of chunks(id)) await pause();
        trace
          .getTracer("foreign")
          .startSpan("foreign", { attributes: { "test.id": id } })
          .end();
      },
    );
    const ids = Array.from({ length: 10_000 }, (_, id) => `c-${id}`);
    await Promise.all(ids.map((id) => propagateAttributes({ customerIdentifier: id }, () => outer(id))));

    const byId = new Map(traces.current.spans.map((span) => [span.spanContext().spanId, span]));
    expect(byId.size).toBe(40_000);
    const parents: Record<string, string | undefined> = {
      outer: undefined,
      inner: "outer",
      chunks: "outer",
      foreign: "outer",
    };
    let wrong = 0;
    for (const span of byId.values()) {
      const parent = byId.get(span.parentSpanContext?.spanId ?? "");
      const id = span.attributes["user.id"];
      const hasParent =
        span.name === "step"
          ? parent?.name === "inner" || parent?.name === "chunks"
          : parent?.name === parents[span.name];
      const isOwn = span.name === "step" || span.attributes["test.id"] === id;
      if (!hasParent || !isOwn || (parent !== undefined && parent.attributes["user.id"] !== id)) wrong++;
    }
    expect(wrong).toBe(0);
  }, 30_000);
});

describe("bindContext", () => {
  it("keeps the context through a queue that someone else works off", async () => {
    const queue: (() => void)[] = [];
    const add = traced({ name: "add", kind: "workflow" }, (id: string) => {
      queue.push(bindContext(() => step(id)));
      queue.push(() => step(id));
    });
    propagateAttributes({ customerIdentifier: "a" }, () => add("a"));
    propagateAttributes({ customerIdentifier: "b" }, () => add("b"));
    traced({ name: "worker", kind: "workflow" }, () => queue.forEach((job) => job()))();
    const node = (id: string): object => ({
      name: "add",
      kind: "workflow",
      "user.id": id,
      children: [{ name: "step", kind: "task", "user.id": id }],
    });
    expect(traces.current.tree(customer)).toEqual([
      node("a"),
      node("b"),
      {
        name: "worker",
        kind: "workflow",
        children: [
          { name: "step", kind: "task" },
          { name: "step", kind: "task" },
        ],
      },
    ]);
  });

  it("keeps it through an emitter, with this, arguments and result", () => {
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    traced({ name: "subscribe", kind: "workflow" }, () => {
      emitter.on(
        "job",
        bindContext(function (this: unknown, ...args: unknown[]) {
          seen.push(this, ...args);
          step();
        }),
      );
    })();
    traced({ name: "emit", kind: "workflow" }, () => emitter.emit("job", 1, "two"))();
    expect(seen).toEqual([emitter, 1, "two"]);
    const bound = bindContext(function (this: number, a: number, b: number) {
      return this + a + b;
    });
    expect(bound.call(1, 2, 3)).toBe(6);
    expect(bound.length).toBe(2);
    expect(traces.current.tree()).toEqual([
      { name: "subscribe", kind: "workflow", children: [{ name: "step", kind: "task" }] },
      { name: "emit", kind: "workflow" },
    ]);
  });
});
