import { trace } from "@opentelemetry/api";
import { StreamingTask, Task, Workflow, traced } from "../../lib/index.js";
import { failureOf, stream, useStillClock, useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();
const step = traced("step", () => "done");
const foreign = (name: string): void => trace.getTracer("foreign").startSpan(name).end();

async function drain<T>(chunks: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return read;
}

describe("what the span of a generator records", () => {
  class Model {
    @Task() *words(): Generator<string, string> {
      yield "a";
      yield "b";
      return "end";
    }
    @StreamingTask() async *tokens(): AsyncGenerator<string, number> {
      yield "a";
      await null;
      yield "b";
      return 2;
    }
    @Task() *mixed(): Generator<unknown> {
      yield "a";
      yield { b: 1 };
      yield 3;
    }
    @Task() async *empty(): AsyncGenerator<string> {}
  }

  it("is what it yielded and returned", async () => {
    expect(await drain(new Model().words())).toEqual(["a", "b"]);
    expect(await drain(new Model().tokens())).toEqual(["a", "b"]);
    expect(await drain(new Model().mixed())).toEqual(["a", { b: 1 }, 3]);
    expect(await drain(new Model().empty())).toEqual([]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "Model.words", kind: "task", output: '"ab"', chunks: 2, outcome: "completed", returned: '"end"' },
      { name: "Model.tokens", kind: "task", output: '"ab"', chunks: 2, outcome: "completed", returned: "2" },
      { name: "Model.mixed", kind: "task", output: '["a",{"b":1},3]', chunks: 3, outcome: "completed" },
      { name: "Model.empty", kind: "task", chunks: 0, outcome: "completed" },
    ]);
  });

  it("has the time from the first pull to the first chunk, which an empty one has not", async () => {
    const clock = useStillClock();
    const late = traced("late", async function* () {
      clock.advance(12);
      yield 1;
      clock.advance(30);
      yield 2;
    });
    const chunks = late();
    clock.advance(1000);
    await drain(chunks);
    await drain(new Model().empty());
    const key = "spandrel.stream.time_to_first_chunk_ms";
    expect(traces.current.attributes("late")[key]).toBeCloseTo(12, 5);
    expect(traces.current.span("late").duration[0]).toBe(0);
    expect(traces.current.span("late").duration[1] / 1e6).toBeCloseTo(42, 2);
    expect(key in traces.current.attributes("Model.empty")).toBe(false);
  });

  it("has an error, the partial output and one exception event when the body throws", async () => {
    const error = new RangeError("cut");
    const broken = traced("broken", async function* () {
      yield "partial ";
      yield "text";
      throw error;
    });
    await expect(drain(broken())).rejects.toBe(error);
    expect(traces.current.tree(stream)).toEqual([
      { name: "broken", kind: "task", output: '"partial text"', chunks: 2, outcome: "failed", error: "RangeError" },
    ]);
    expect(failureOf(traces.current.span("broken"))).toEqual({
      isError: true,
      message: "cut",
      type: "RangeError",
      events: [{ type: "RangeError", message: "cut" }],
    });
  });

  it("takes chunks as they were when they passed", () => {
    const shared = { n: 0 };
    const counting = traced("counting", function* () {
      for (shared.n = 1; shared.n <= 3; shared.n++) yield shared;
    });
    for (const chunk of counting()) expect(chunk).toBe(shared);
    expect(traces.current.tree(stream)).toEqual([
      { name: "counting", kind: "task", output: '[{"n":1},{"n":2},{"n":3}]', chunks: 3, outcome: "completed" },
    ]);
  });

  it("takes the arguments as they were at the call", () => {
    const list = traced("list", function* (items: number[]) {
      yield* items;
    });
    const items = [1];
    const chunks = list(items);
    items.push(2);
    expect([...chunks]).toEqual([1, 2]);
    expect(traces.current.tree(withAttributes("input", "output"))).toEqual([
      { name: "list", kind: "task", input: '{"items":[1]}', output: "[1,2]" },
    ]);
  });
});

describe("a generator whose parameters throw", () => {
  it("throws at the call, which is on record with its arguments", () => {
    const error = new Error("no default");
    const broken = traced(
      "broken",
      function* (
        _given: string,
        _missing: string = ((): never => {
          throw error;
        })(),
      ) {
        yield "never";
      },
    );
    expect(() => broken("a")).toThrow(error);
    expect(traces.current.tree(withAttributes("input", "error", "outcome"))).toEqual([
      { name: "broken", kind: "task", input: '{"_given":"a"}', error: "Error" },
    ]);
  });
});

describe("a generator that is not consumed to the end", () => {
  class Model {
    readonly log: string[] = [];
    @Task() *sync(): Generator<number> {
      try {
        yield 1;
        yield 2;
      } finally {
        this.log.push("closed");
        step();
      }
    }
    @Task() async *async(): AsyncGenerator<number> {
      try {
        yield 1;
        yield 2;
      } finally {
        this.log.push("closed");
        step();
      }
    }
  }
  const returned = (name: string): object => ({
    name,
    kind: "task",
    output: "[1]",
    chunks: 1,
    outcome: "returned",
    children: [{ name: "step", kind: "task", output: '"done"' }],
  });

  it("ends returned at break, with its finally below the span", async () => {
    const model = new Model();
    for (const _chunk of model.sync()) break;
    for await (const _chunk of model.async()) break;
    expect(model.log).toEqual(["closed", "closed"]);
    expect(traces.current.tree(stream)).toEqual([returned("Model.sync"), returned("Model.async")]);
  });

  it("ends returned when the consumer throws", async () => {
    const error = new Error("consumer");
    const consume = async (): Promise<void> => {
      for await (const _chunk of new Model().async()) throw error;
    };
    await expect(consume()).rejects.toBe(error);
    expect(traces.current.tree(stream)).toEqual([returned("Model.async")]);
    expect(failureOf(traces.current.span("Model.async"))["isError"]).toBe(false);
  });

  it.each(["sync", "async"] as const)(
    "%s: makes no span when never consumed, or left before its start",
    async (key) => {
      const model = new Model();
      const error = new Error("early");
      model[key]();
      expect(await model[key]().return(7)).toEqual({ done: true, value: 7 });
      const chunks = model[key]();
      await expect((async () => chunks.throw(error))()).rejects.toBe(error);
      expect(await chunks.next()).toEqual({ done: true, value: undefined });
      expect(model.log).toEqual([]);
      expect(traces.current.tree()).toEqual([]);
      await drain(new Model()[key]());
      expect(traces.current.tree()).toEqual([
        { name: `Model.${key}`, kind: "task", children: [{ name: "step", kind: "task" }] },
      ]);
    },
  );

  it("goes on when its finally yields, and when its body catches what is thrown in", () => {
    const stubborn = traced("stubborn", function* (): Generator<string, string> {
      try {
        yield "a";
      } finally {
        yield "cleanup";
      }
      return "never";
    });
    const chunks = stubborn();
    expect([chunks.next(), chunks.return("left"), chunks.next()]).toEqual([
      { done: false, value: "a" },
      { done: false, value: "cleanup" },
      { done: true, value: "left" },
    ]);
    const catching = traced("catching", function* (): Generator<string, string> {
      for (;;) {
        try {
          yield "a";
        } catch (error) {
          if (error === "stop") return "stopped";
          yield `caught ${String(error)}`;
        }
      }
    });
    const other = catching();
    expect([other.next(), other.throw("x"), other.next(), other.throw("stop")]).toEqual([
      { done: false, value: "a" },
      { done: false, value: "caught x" },
      { done: false, value: "a" },
      { done: true, value: "stopped" },
    ]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stubborn", kind: "task", output: '"acleanup"', chunks: 2, outcome: "completed", returned: '"left"' },
      {
        name: "catching",
        kind: "task",
        output: '"acaught xa"',
        chunks: 3,
        outcome: "completed",
        returned: '"stopped"',
      },
    ]);
  });

  it("ends once, whatever is called after its end", async () => {
    const model = new Model();
    const chunks = model.async();
    await drain(chunks);
    await chunks.return(undefined);
    await expect(chunks.throw(new Error("late"))).rejects.toThrow("late");
    await chunks.next();
    expect(traces.current.tree()).toEqual([
      { name: "Model.async", kind: "task", children: [{ name: "step", kind: "task" }] },
    ]);
  });
});

describe("the context of a generator", () => {
  class Model {
    @Task() *sync(id: number): Generator<string> {
      yield `${id}${step()}`;
      yield `${id}${step()}`;
    }
    @Task() async *async(id: number): AsyncGenerator<string> {
      yield `${id}${step()}`;
      await null;
      yield `${id}${step()}`;
    }
    @Workflow() async read(key: "sync" | "async", id: number): Promise<void> {
      for await (const _chunk of this[key](id)) {
        await null;
        foreign("consumer");
      }
    }
  }

  it.each(["sync", "async"] as const)("%s: body below the span, consumer outside, 8 at once", async (key) => {
    const model = new Model();
    await Promise.all(Array.from({ length: 8 }, (_, id) => model.read(key, id)));
    const one = {
      name: "Model.read",
      kind: "workflow",
      children: [
        { name: "consumer", kind: "foreign" },
        { name: "consumer", kind: "foreign" },
        {
          name: `Model.${key}`,
          kind: "task",
          children: [
            { name: "step", kind: "task" },
            { name: "step", kind: "task" },
          ],
        },
      ],
    };
    expect(traces.current.tree()).toEqual(Array.from({ length: 8 }, () => one));
  });

  it("is the call's for the span, whoever pulls", async () => {
    let chunks: AsyncGenerator<string> | undefined;
    class Caller {
      @Workflow() start(): void {
        chunks = new Model().async(1);
      }
      @Workflow() async finish(): Promise<void> {
        await drain(chunks!);
      }
    }
    new Caller().start();
    await new Caller().finish();
    expect(traces.current.tree()).toEqual([
      {
        name: "Caller.start",
        kind: "workflow",
        children: [
          {
            name: "Model.async",
            kind: "task",
            children: [
              { name: "step", kind: "task" },
              { name: "step", kind: "task" },
            ],
          },
        ],
      },
      { name: "Caller.finish", kind: "workflow" },
    ]);
  });

  it("nests generators that delegate to one another", async () => {
    class Chain {
      @Task() async *outer(): AsyncGenerator<string, number> {
        yield "o";
        return yield* this.inner();
      }
      @Task() async *inner(): AsyncGenerator<string, number> {
        yield "i";
        step();
        return 5;
      }
    }
    expect(await drain(new Chain().outer())).toEqual(["o", "i"]);
    expect(traces.current.tree(stream)).toEqual([
      {
        name: "Chain.outer",
        kind: "task",
        output: '"oi"',
        chunks: 2,
        outcome: "completed",
        returned: "5",
        children: [
          {
            name: "Chain.inner",
            kind: "task",
            output: '"i"',
            chunks: 1,
            outcome: "completed",
            returned: "5",
            children: [{ name: "step", kind: "task", output: '"done"' }],
          },
        ],
      },
    ]);
  });

  it("serves pulls that are queued before the first has settled", async () => {
    const chunks = new Model().async(1);
    const results = await Promise.all([chunks.next(), chunks.next(), chunks.next(), chunks.next()]);
    expect(results.map((result) => result.value as unknown)).toEqual(["1done", "1done", undefined, undefined]);
    expect(traces.current.tree(stream)).toEqual([
      {
        name: "Model.async",
        kind: "task",
        output: '"1done1done"',
        chunks: 2,
        outcome: "completed",
        children: [
          { name: "step", kind: "task", output: '"done"' },
          { name: "step", kind: "task", output: '"done"' },
        ],
      },
    ]);
  });

  it("a body that pulls itself gets the native error, and its span goes on", () => {
    const self: { chunks?: Generator<string> } = {};
    const narcissus = traced("narcissus", function* (): Generator<string> {
      try {
        self.chunks?.next();
      } catch (error) {
        yield (error as Error).constructor.name;
      }
      yield "still here";
    });
    self.chunks = narcissus();
    expect([...self.chunks]).toEqual(["TypeError", "still here"]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "narcissus", kind: "task", output: '"TypeErrorstill here"', chunks: 2, outcome: "completed" },
    ]);
  });
});

describe("the options of streams", () => {
  function* chunks(): Generator<{ text: string }, string> {
    yield { text: "a" };
    yield { text: "b" };
    yield { text: "c" };
    return "end";
  }
  const cases = [
    [
      "reduce",
      { reduce: (all: readonly { text: string }[]) => all.map((chunk) => chunk.text).join("") },
      '"abc"',
      '"end"',
    ],
    ["captureOutput: false", { captureOutput: false }, undefined, undefined],
    [
      "captureOutput",
      { captureOutput: (all: unknown) => ({ count: (all as unknown[]).length }) },
      '{"count":3}',
      '"end"',
    ],
    [
      "captureOutput over reduce",
      { reduce: (all: readonly unknown[]) => all.length, captureOutput: (n: unknown) => `n=${String(n)}` },
      '"n=3"',
      '"end"',
    ],
    ["maxChunks", { maxChunks: 2 }, '[{"text":"a"},{"text":"b"},"[1 more chunks]"]', '"end"'],
    ["maxChunks with reduce", { maxChunks: 2, reduce: (all: readonly unknown[]) => all.length }, "2", '"end"'],
    [
      "a reduce that throws",
      {
        reduce: (): never => {
          throw new Error("reduce");
        },
      },
      '"[reduce threw]"',
      '"end"',
    ],
    [
      "a captureOutput that throws",
      {
        captureOutput: (): never => {
          throw new Error("captureOutput");
        },
      },
      '"[captureOutput threw]"',
      '"end"',
    ],
  ] as const;

  it.each(cases)("%s", (_name, options, output, returned) => {
    class Model {
      @StreamingTask(options as object) *run(): Generator<{ text: string }, string> {
        return yield* chunks();
      }
    }
    expect([...new Model().run()]).toEqual([...chunks()]);
    expect(traces.current.tree(stream)).toEqual([
      {
        name: "Model.run",
        kind: "task",
        chunks: 3,
        outcome: "completed",
        ...(output === undefined ? {} : { output }),
        ...(returned === undefined ? {} : { returned }),
      },
    ]);
  });

  it("chunkEvents: an event per chunk with its place and offset, 100 at most, the count goes on", () => {
    const few = traced({ name: "few", chunkEvents: true }, chunks);
    const many = traced({ name: "many", chunkEvents: true }, function* () {
      for (let i = 0; i < 150; i++) yield i;
    });
    [...few()];
    [...many()];
    const events = traces.current.span("few").events;
    expect(events.map((event) => [event.name, event.attributes?.["spandrel.stream.chunk.index"]])).toEqual([
      ["spandrel.stream.chunk", 0],
      ["spandrel.stream.chunk", 1],
      ["spandrel.stream.chunk", 2],
    ]);
    const offsets = events.map((event) => event.attributes?.["spandrel.stream.chunk.offset_ms"] as number);
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    expect(offsets[0]).toBeGreaterThanOrEqual(
      traces.current.attributes("few")["spandrel.stream.time_to_first_chunk_ms"] as number,
    );
    expect(traces.current.span("many").events).toHaveLength(100);
    expect(traces.current.attributes("many")["spandrel.stream.chunk_count"]).toBe(150);
  });

  it("without chunkEvents there are none", () => {
    [...traced("plain", chunks)()];
    expect(traces.current.span("plain").events).toEqual([]);
  });

  it("bounds what is kept of an endless text, and says so", () => {
    const endless = traced("endless", function* () {
      for (;;) yield "x".repeat(1000);
    });
    let count = 0;
    for (const _chunk of endless()) if (++count === 500) break;
    const { attributes } = traces.current.span("endless");
    const output = attributes["traceloop.entity.output"] as string;
    expect(output.length).toBeLessThan(66_000);
    expect(output).toMatch(/x…\[cut: 500000 chars\]"$/);
    expect(attributes["spandrel.stream.chunk_count"]).toBe(500);
  });

  it("bounds what is kept of objects, and says how many are left out", () => {
    const objects = traced("objects", function* () {
      for (let i = 0; i < 50; i++) yield { text: "x".repeat(10_000) };
    });
    expect([...objects()]).toHaveLength(50);
    const output = traces.current.attributes("objects")["traceloop.entity.output"] as string;
    expect(output.length).toBeLessThan(66_000);
    const list = JSON.parse(output) as unknown[];
    expect(list).toHaveLength(7);
    expect(list.at(-1)).toBe("[44 more chunks]");
  });

  it("becomes a list when a chunk that is no string comes after strings", () => {
    [
      ...traced({ name: "late", maxChunks: 2 }, function* (): Generator<unknown> {
        yield "a";
        yield 1;
        yield "b";
        yield 2;
      })(),
    ];
    expect(traces.current.tree(stream)).toEqual([
      { name: "late", kind: "task", output: '["a",1,"[2 more chunks]"]', chunks: 4, outcome: "completed" },
    ]);
  });
});
