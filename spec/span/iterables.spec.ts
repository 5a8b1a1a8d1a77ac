import { Stream } from "openai/streaming";
import { Task, Workflow, traced } from "../../lib/index.js";
import { collect, collectUntil } from "../support/garbage.js";
import { stream, useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();
const step = traced("step", () => "done");
const steps = (count: number): object[] =>
  Array.from({ length: count }, () => ({ name: "step", kind: "task", output: '"done"' }));

async function drain<T>(chunks: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return read;
}

/** Counts to three by hand-written iterators; a span at each step. */
class AsyncCounter implements AsyncIterable<number> {
  readonly name = "counter";
  [Symbol.asyncIterator](): AsyncIterator<number, string> {
    let n = 0;
    return {
      next: async () => {
        await null;
        step();
        return n < 3 ? { done: false, value: ++n } : { done: true, value: "end" };
      },
      return: async () => ({ done: true, value: "left" }),
    };
  }
}

class Counter implements Iterable<number> {
  *[Symbol.iterator](): Generator<number, string> {
    for (let n = 1; n <= 3; n++) {
      step();
      yield n;
    }
    step();
    return "end";
  }
}

/** An iterator itself, as hand-written ones often are. */
class Steps implements IterableIterator<number> {
  #n = 0;
  next(): IteratorResult<number, string> {
    step();
    return this.#n < 3 ? { done: false, value: ++this.#n } : { done: true, value: "end" };
  }
  [Symbol.iterator](): this {
    return this;
  }
}

describe.each([
  ["an async iterable", (): AsyncCounter => new AsyncCounter()],
  ["a sync iterable", (): Counter => new Counter()],
  ["an iterator", (): Steps => new Steps()],
] as [string, () => AsyncIterable<number> | Iterable<number>][])("%s of a class", (_what, make) => {
  const followed = {
    name: "make",
    kind: "task",
    output: "[1,2,3]",
    chunks: 3,
    outcome: "completed",
    returned: '"end"',
    children: steps(4),
  };

  it("is the same object and records what it yields", async () => {
    const made = make();
    const given = traced("make", () => made)();
    expect(given).toBe(made);
    expect(Object.keys(given)).toEqual(Object.keys(make()));
    expect(await drain(given)).toEqual([1, 2, 3]);
    expect(traces.current.tree(stream)).toEqual([followed]);
  });

  it("as a promise keeps the call's span", async () => {
    const given = await traced("make", async () => {
      await null;
      return make();
    })();
    expect(await drain(given)).toEqual([1, 2, 3]);
    expect(traces.current.tree(stream)).toEqual([followed]);
  });

  it("ends returned at break", async () => {
    const iterable = traced("make", make)();
    for await (const _n of iterable) break;
    const [node] = traces.current.tree(stream);
    if (make() instanceof Steps) expect(node).toEqual({ name: "step", kind: "task", orphan: true, output: '"done"' });
    else
      expect(node).toEqual({
        name: "make",
        kind: "task",
        output: "[1]",
        chunks: 1,
        outcome: "returned",
        children: steps(1),
      });
  });

  it("makes no span when it is never iterated", async () => {
    traced("make", make)();
    expect(traces.current.tree()).toEqual([]);
    await drain(traced("make", make)());
    expect(traces.current.tree()).toHaveLength(1);
  });
});

describe("a cursor, which is read by next or by an iterator of its own,", () => {
  class Cursor {
    #n = 0;
    isClosed = false;
    async next(): Promise<number | null> {
      await null;
      step();
      return this.#n < 3 ? ++this.#n : null;
    }
    async *[Symbol.asyncIterator](): AsyncGenerator<number> {
      try {
        for (let n = await this.next(); n !== null; n = await this.next()) yield n;
      } finally {
        this.isClosed = true;
      }
    }
  }

  it("is recorded as what its iterator yields", async () => {
    const cursor = traced("find", () => new Cursor())();
    expect(await drain(cursor)).toEqual([1, 2, 3]);
    expect(cursor.isClosed).toBe(true);
    expect(traces.current.tree(stream)).toEqual([
      { name: "find", kind: "task", output: "[1,2,3]", chunks: 3, outcome: "completed", children: steps(4) },
    ]);
  });

  it("is recorded as what its next gives", async () => {
    const cursor = traced("find", () => new Cursor())();
    const read: (number | null)[] = [];
    do read.push(await cursor.next());
    while (read.at(-1) !== null);
    expect(read).toEqual([1, 2, 3, null]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "find", kind: "task", output: "[1,2,3]", chunks: 3, outcome: "completed", children: steps(4) },
    ]);
  });

  it("ends returned at break", async () => {
    for await (const n of traced("find", () => new Cursor())()) if (n === 2) break;
    expect(traces.current.tree(stream)).toEqual([
      { name: "find", kind: "task", output: "[1,2]", chunks: 2, outcome: "returned", children: steps(2) },
    ]);
  });
});

describe("an iterable", () => {
  it("that is iterated again is recorded once, and iterates every time", async () => {
    const given = traced("make", () => new Counter())();
    expect([...given, ...given]).toEqual([1, 2, 3, 1, 2, 3]);
    expect(traces.current.tree(stream)).toEqual([
      {
        name: "make",
        kind: "task",
        output: "[1,2,3]",
        chunks: 3,
        outcome: "completed",
        returned: '"end"',
        children: steps(4),
      },
      ...steps(4),
    ]);
  });

  it("with two iterators at once is recorded as the one that is pulled first", () => {
    const given = traced("make", () => new Counter())();
    const [unpulled, first] = [given[Symbol.iterator](), given[Symbol.iterator]()];
    expect([first.next().value, unpulled.next().value, first.next().value, first.next().value]).toEqual([1, 1, 2, 3]);
    first.next();
    expect(traces.current.tree(withAttributes("output", "chunks"))).toEqual([
      { name: "step", kind: "task", output: '"done"' },
      { name: "make", kind: "task", output: "[1,2,3]", chunks: 3, children: steps(4) },
    ]);
  });

  it("may be gone while its iterator is read", async () => {
    const open = traced("make", () => ({ [Symbol.iterator]: () => [1, 2, 3].values() }));
    const iterator = open()[Symbol.iterator]();
    await collect();
    iterator.next();
    await collect();
    expect([iterator.next().value, iterator.next().value, iterator.next().done]).toEqual([2, 3, true]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "make", kind: "task", output: "[1,2,3]", chunks: 3, outcome: "completed" },
    ]);
  });

  it("ends abandoned when its iterator is collected half-way", async () => {
    const open = traced("make", () => new AsyncCounter());
    await (async () => void (await open()[Symbol.asyncIterator]().next()))();
    await collectUntil(() => traces.current.spans.length > 1);
    expect(traces.current.tree(stream)).toEqual([
      { name: "make", kind: "task", output: "[1]", chunks: 1, outcome: "abandoned", children: steps(1) },
    ]);
  });

  it("whose iterator throws, or rejects, fails", async () => {
    const error = new Error("cut");
    const throwing = traced("throwing", () => ({
      [Symbol.iterator]: () => ({
        next: (): IteratorResult<number> => {
          throw error;
        },
      }),
    }));
    const rejecting = traced("rejecting", () => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
    }));
    expect(() => [...throwing()]).toThrow(error);
    await expect(drain(rejecting() as AsyncIterable<number>)).rejects.toBe(error);
    expect(traces.current.tree(stream)).toEqual([
      { name: "throwing", kind: "task", chunks: 0, outcome: "failed", error: "Error" },
      { name: "rejecting", kind: "task", chunks: 0, outcome: "failed", error: "Error" },
    ]);
  });

  it("that is frozen or sealed works, and its span ends at the call", async () => {
    const frozen = traced("frozen", () => Object.freeze(new Counter()));
    const sealed = traced("sealed", () => Object.seal(new AsyncCounter()));
    const generator = traced("generator", () =>
      Object.freeze(
        (function* () {
          yield 1;
        })(),
      ),
    );
    expect([...frozen()]).toEqual([1, 2, 3]);
    expect(await drain(sealed())).toEqual([1, 2, 3]);
    expect([...generator()]).toEqual([1]);
    expect(traces.current.tree().filter((node) => node.name !== "step")).toEqual([
      { name: "frozen", kind: "task" },
      { name: "sealed", kind: "task" },
      { name: "generator", kind: "task" },
    ]);
    expect(traces.current.faults).toEqual({});
  });
});

describe("what is a value although it can be iterated", () => {
  const values: [string, unknown, string | RegExp][] = [
    ["an array", [1, 2], "[1,2]"],
    ["a subclass of Array", new (class List extends Array<number> {})(2), /\[null,null\]|List/],
    ["a Map", new Map([["a", 1]]), '{"[Map]":[["a",1]]}'],
    ["a Set", new Set([1]), '{"[Set]":[1]}'],
    ["a string", "text", '"text"'],
    ["a String object", Object("text"), /text/],
    ["a typed array", new Uint16Array([1, 2]), /1, 2/],
    ["a Buffer", Buffer.from("hi"), /68 69/],
    ["an ArrayBuffer", new ArrayBuffer(2), /./],
    ["Headers", new Headers({ a: "b" }), /./],
    ["FormData", new FormData(), /./],
    ["URLSearchParams", new URLSearchParams("a=b"), /./],
    [
      "arguments",
      (function (..._args: unknown[]) {
        return arguments;
      })(1, 2),
      /1.*2/,
    ],
  ];
  it.each(values)("%s", (_what, value, output) => {
    const before = Reflect.ownKeys(Object(value) as object).length;
    expect(traced("value", () => value)()).toBe(value);
    expect(Reflect.ownKeys(Object(value) as object)).toHaveLength(before);
    const [node] = traces.current.tree(stream);
    expect(node).toEqual({
      name: "value",
      kind: "task",
      output: expect.stringMatching(output instanceof RegExp ? output : /./),
    });
    if (typeof output === "string") expect(node?.["output"]).toBe(output);
  });

  it("while an iterator over one is a stream", () => {
    expect([...traced("entries", () => new Map([["a", 1]]).entries())()]).toEqual([["a", 1]]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "entries", kind: "task", output: '[["a",1]]', chunks: 1, outcome: "completed" },
    ]);
  });
});

describe("the Stream of the OpenAI client", () => {
  interface Chunk {
    readonly delta: string;
  }
  class Model {
    readonly controller = new AbortController();
    @Task("chat") async chat(): Promise<Stream<Chunk>> {
      await null;
      return this.open();
    }
    @Task("chat") chatAtOnce(): Stream<Chunk> {
      return this.open();
    }
    @Workflow() async run<R>(read: (chunks: Stream<Chunk>) => R | Promise<R>): Promise<R> {
      return read(await this.chat());
    }
    open(): Stream<Chunk> {
      const text = ["a", "b", "c"].map((delta) => `data: ${JSON.stringify({ delta })}\n\n`).join("");
      return Stream.fromSSEResponse<Chunk>(new Response(`${text}data: [DONE]\n\n`), this.controller);
    }
  }
  const chat = {
    name: "chat",
    kind: "task",
    output: '[{"delta":"a"},{"delta":"b"},{"delta":"c"}]',
    chunks: 3,
    outcome: "completed",
  };
  const deltas = (chunks: readonly Chunk[]): string => chunks.map((chunk) => chunk.delta).join("");

  const readers: Record<string, (chunks: Stream<Chunk>) => Promise<unknown>> = {
    "for await": async (chunks) => deltas(await drain(chunks)),
    tee: async (chunks) => {
      const [left, right] = chunks.tee();
      expect(left).toBeInstanceOf(Stream);
      return Promise.all([drain(left), drain(right)]);
    },
    toReadableStream: async (chunks) => new Response(chunks.toReadableStream() as ReadableStream<Uint8Array>).text(),
    "toReadableStream and back": async (chunks) =>
      deltas(await drain(Stream.fromReadableStream<Chunk>(chunks.toReadableStream(), new AbortController()))),
  };

  it.each(Object.keys(readers))("read by %s gives the same and counts each chunk once", async (how) => {
    const read = readers[how]!;
    const wanted = await read(new Model().open());
    expect(await read(await new Model().chat())).toEqual(wanted);
    expect(await read(new Model().chatAtOnce())).toEqual(wanted);
    expect(traces.current.tree(stream)).toEqual([chat, chat]);
  });

  it("stays of its class, with its controller, which a break aborts", async () => {
    const model = new Model();
    const chunks = await model.chat();
    expect(chunks).toBeInstanceOf(Stream);
    expect(chunks.controller).toBe(model.controller);
    for await (const _chunk of chunks) break;
    expect(model.controller.signal.aborted).toBe(true);
    expect(traces.current.tree(stream)).toEqual([
      { ...chat, output: '[{"delta":"a"}]', chunks: 1, outcome: "returned" },
    ]);
  });

  it("can be consumed once only, as always", async () => {
    const chunks = await new Model().chat();
    await drain(chunks);
    await expect(drain(chunks)).rejects.toThrow("Cannot iterate over a consumed stream");
    expect(traces.current.tree(stream)).toEqual([chat]);
  });

  it("nests below its caller", async () => {
    await new Model().run(async (chunks) => deltas(await drain(chunks)));
    expect(traces.current.tree(stream)).toEqual([
      { name: "Model.run", kind: "workflow", output: '"abc"', children: [chat] },
    ]);
  });

  it("may be gone while it is read", async () => {
    const iterator = (await new Model().chat())[Symbol.asyncIterator]();
    await iterator.next();
    await collect();
    await iterator.next();
    await collect();
    await iterator.next();
    expect((await iterator.next()).done).toBe(true);
    expect(traces.current.tree(stream)).toEqual([chat]);
  });
});
