import { types } from "node:util";
import { trace } from "@opentelemetry/api";
import { Task, Workflow, traced } from "../../lib/index.js";
import { collectUntil } from "../support/garbage.js";
import { failureOf, macrotask, stream, useStillClock, useTraces } from "../support/traces.js";

const traces = useTraces();
const step = traced("step", () => "done");

interface Source {
  readonly log: string[];
  readonly open: () => ReadableStream<string>;
}

/** A stream that makes a span and a line of log at each pull, and so shows who drives it, and when. */
function source(chunks: readonly string[] = ["a", "b", "c"], error?: Error): Source {
  const log: string[] = [];
  return {
    log,
    open: () => {
      let index = 0;
      return new ReadableStream<string>(
        {
          async pull(controller) {
            log.push(`pull ${index}`);
            await null;
            step();
            const chunk = chunks[index++];
            if (chunk !== undefined) controller.enqueue(chunk);
            else if (error === undefined) controller.close();
            else controller.error(error);
          },
          cancel(reason) {
            log.push(`cancel ${String(reason)}`);
          },
        },
        { highWaterMark: 0 },
      );
    },
  };
}

const steps = (count: number): object => ({
  children: Array.from({ length: count }, () => ({ name: "step", kind: "task", output: '"done"' })),
});

async function readAll(readable: ReadableStream<string>): Promise<string[]> {
  const reader = readable.getReader();
  const read: string[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return read;
    read.push(value);
  }
}

async function iterateAll(readable: AsyncIterable<string>): Promise<string[]> {
  const read: string[] = [];
  for await (const chunk of readable) read.push(chunk);
  return read;
}

function collector(): { readonly read: string[]; readonly sink: WritableStream<string> } {
  const read: string[] = [];
  return { read, sink: new WritableStream<string>({ write: (chunk) => void read.push(chunk) }) };
}

const upper = (): TransformStream<string, string> =>
  new TransformStream<string, string>({ transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()) });

/** Everything a consumer may do with a stream, and what it has in the end. */
const consumers: Record<string, (readable: ReadableStream<string>) => Promise<unknown>> = {
  getReader: readAll,
  "for await": iterateAll,
  "values()": (readable) => iterateAll(readable.values()),
  "tee, both read": async (readable) => {
    const [left, right] = readable.tee();
    return Promise.all([readAll(left), readAll(right)]);
  },
  "tee, both iterated": async (readable) => {
    const [left, right] = readable.tee();
    return [await iterateAll(left), await iterateAll(right)];
  },
  "tee of a branch": async (readable) => {
    const [left, right] = readable.tee();
    const [one, two] = left.tee();
    return Promise.all([readAll(one), iterateAll(two), readAll(right)]);
  },
  pipeTo: async (readable) => {
    const { read, sink } = collector();
    await readable.pipeTo(sink);
    return read;
  },
  pipeThrough: (readable) => readAll(readable.pipeThrough(upper())),
  "a reader after a reader": async (readable) => {
    const first = readable.getReader();
    const { value } = await first.read();
    first.releaseLock();
    return [value, ...(await readAll(readable))];
  },
  "tee after a chunk": async (readable) => {
    const first = readable.getReader();
    const { value } = await first.read();
    first.releaseLock();
    const [left, right] = readable.tee();
    return [value, await readAll(left), await iterateAll(right)];
  },
  "values({ preventCancel }), then a reader": async (readable) => {
    const read: string[] = [];
    for await (const chunk of readable.values({ preventCancel: true })) {
      read.push(chunk);
      break;
    }
    return [...read, ...(await readAll(readable))];
  },
  "new Response": async (readable) => new Response(readable.pipeThrough(new TextEncoderStream())).text(),
};

describe.each(Object.keys(consumers))("a ReadableStream consumed by %s", (how) => {
  const consume = consumers[how]!;

  it("gives the same, at the same pulls, and records each chunk once", async () => {
    const [plain, followed] = [source(), source()];
    const wanted = await consume(plain.open());
    traces.current.reset();

    const given = await consume(traced("stream", followed.open)());
    expect(given).toEqual(wanted);
    expect(followed.log).toEqual(plain.log);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"abc"', chunks: 3, outcome: "completed", ...steps(4) },
    ]);
    expect(traces.current.faults).toEqual({});
  });

  it("fails alike when the source does", async () => {
    const error = new Error("cut");
    const [plain, followed] = [source(["a", "b"], error), source(["a", "b"], error)];
    await expect(consume(plain.open())).rejects.toBe(error);
    traces.current.reset();

    await expect(consume(traced("stream", followed.open)())).rejects.toBe(error);
    await macrotask();
    expect(followed.log).toEqual(plain.log);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"ab"', chunks: 2, outcome: "failed", error: "Error", ...steps(3) },
    ]);
    expect(failureOf(traces.current.span("stream"))["events"]).toEqual([{ type: "Error", message: "cut" }]);
  });

  it("keeps the call's span where a promise gave it", async () => {
    const followed = source();
    class Model {
      @Workflow() async run(): Promise<unknown> {
        return consume(await this.stream());
      }
      @Task("stream") async stream(): Promise<ReadableStream<string>> {
        await null;
        step();
        return followed.open();
      }
    }
    await new Model().run();
    expect(traces.current.tree(stream)).toEqual([
      expect.objectContaining({
        name: "Model.run",
        children: [{ name: "stream", kind: "task", output: '"abc"', chunks: 3, outcome: "completed", ...steps(5) }],
      }),
    ]);
  });
});

describe("a ReadableStream that is left", () => {
  /** How a consumer leaves after one chunk. */
  const leavers: Record<string, (readable: ReadableStream<string>) => Promise<void>> = {
    break: async (readable) => {
      for await (const _chunk of readable) break;
    },
    "reader.cancel": async (readable) => {
      const reader = readable.getReader();
      await reader.read();
      await reader.cancel("enough");
    },
    "cancel after releaseLock": async (readable) => {
      const reader = readable.getReader();
      await reader.read();
      reader.releaseLock();
      await readable.cancel("enough");
    },
    "an aborted pipe": async (readable) => {
      const abort = new AbortController();
      const sink = new WritableStream<string>({ write: () => abort.abort("enough") });
      await readable.pipeTo(sink, { signal: abort.signal }).catch(() => undefined);
    },
    "a sink that fails": async (readable) => {
      const sink = new WritableStream<string>({
        write: () => {
          throw new Error("full");
        },
      });
      await readable.pipeTo(sink).catch(() => undefined);
    },
    "both branches cancelled": async (readable) => {
      const [left, right] = readable.tee();
      const reader = left.getReader();
      await reader.read();
      await Promise.all([reader.cancel("enough"), right.cancel("enough")]);
    },
  };

  it.each(Object.keys(leavers))("%s: ends returned, with what was read", async (how) => {
    const leave = leavers[how]!;
    const [plain, followed] = [source(), source()];
    await leave(plain.open());
    traces.current.reset();
    await leave(traced("stream", followed.open)());
    await macrotask();
    expect(followed.log).toEqual(plain.log);
    const [span] = traces.current.tree(stream);
    expect(traces.current.tree()).toHaveLength(1);
    expect(span).toMatchObject({ name: "stream", outcome: "returned" });
    expect(span!["output"]).toMatch(/^"ab?"$/);
  });

  it("goes on while one branch of a tee is still read", async () => {
    const [left, right] = traced("stream", source().open)().tee();
    const reader = left.getReader();
    await reader.read();
    void reader.cancel();
    await macrotask();
    expect(traces.current.spans.map((span) => span.name)).not.toContain("stream");
    expect(await readAll(right)).toEqual(["a", "b", "c"]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"abc"', chunks: 3, outcome: "completed", ...steps(4) },
    ]);
  });

  it("is recorded by the branch that is read, though the other was left unread", async () => {
    const [left, right] = traced("stream", source().open)().tee();
    void left.values().return?.();
    expect(await readAll(right)).toEqual(["a", "b", "c"]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"abc"', chunks: 3, outcome: "completed", ...steps(4) },
    ]);
  });

  it("ends returned when its source fails to cancel, and says so to the consumer only", async () => {
    const error = new Error("cannot cancel");
    const open = traced("stream", () => {
      return new ReadableStream<string>({
        pull: (controller) => controller.enqueue("a"),
        cancel: () => Promise.reject(error),
      });
    });
    const reader = open().getReader();
    await reader.read();
    await expect(reader.cancel()).rejects.toBe(error);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"a"', chunks: 1, outcome: "returned" },
    ]);
  });

  it("makes no span when it is cancelled, or never read, and nothing reads it for us", async () => {
    const followed = source();
    const open = traced("stream", followed.open);
    await open().cancel("unread");
    const unread = open();
    await macrotask();
    expect(unread.locked).toBe(false);
    expect(followed.log).toEqual(["cancel unread"]);
    expect(traces.current.tree()).toEqual([]);
    await readAll(unread);
    expect(traces.current.tree()).toEqual([
      { name: "stream", kind: "task", children: Array.from({ length: 4 }, () => ({ name: "step", kind: "task" })) },
    ]);
  });

  it("ends abandoned when it is collected half-read", async () => {
    const open = traced("stream", source().open);
    const readOne = async (): Promise<void> => {
      const reader = open().getReader();
      await reader.read();
    };
    await readOne();
    await collectUntil(() => traces.current.spans.length > 1);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"a"', chunks: 1, outcome: "abandoned", ...steps(1) },
    ]);
  });
});

describe("a ReadableStream that is followed", () => {
  it("is the same object, of the same class, with its locks", async () => {
    const readable = source().open();
    const given = traced("stream", () => readable)();
    expect(given).toBe(readable);
    expect(Object.keys(given)).toEqual([]);
    const reader = given.getReader();
    expect(reader).toBeInstanceOf(ReadableStreamDefaultReader);
    expect(given.locked).toBe(true);
    expect(() => given.getReader()).toThrow("locked");
    expect(() => given.tee()).toThrow("locked");
    expect(() => given.pipeThrough(upper())).toThrow("locked");
    const piping = given.pipeTo(new WritableStream());
    expect(types.isPromise(piping)).toBe(true);
    await expect(piping).rejects.toThrow("locked");
    await expect(given.cancel()).rejects.toThrow("locked");
    reader.releaseLock();
    await expect(given.pipeTo(undefined as unknown as WritableStream)).rejects.toMatchObject({ name: "TypeError" });
    const taken = collector().sink;
    taken.getWriter();
    await expect(given.pipeTo(taken)).rejects.toMatchObject({ name: "TypeError" });
    expect(() => given.pipeThrough({ readable: given, writable: taken })).toThrow("locked");
    expect(given.locked).toBe(false);
    expect(await readAll(given)).toEqual(["a", "b", "c"]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"abc"', chunks: 3, outcome: "completed", ...steps(4) },
    ]);
  });

  it("is unlocked after a pipe", async () => {
    const given = traced("stream", source().open)();
    await given.pipeTo(collector().sink);
    expect(given.locked).toBe(false);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"abc"', chunks: 3, outcome: "completed", ...steps(4) },
    ]);
    const kept = traced("kept", source().open)();
    const full = new WritableStream<string>({
      write: () => {
        throw new Error("full");
      },
    });
    await expect(kept.pipeTo(full, { preventCancel: true })).rejects.toThrow("full");
    expect(kept.locked).toBe(false);
  });

  it("runs its source in the span's context and its consumer outside", async () => {
    const followed = source();
    class Model {
      @Task() stream(): ReadableStream<string> {
        return followed.open();
      }
      @Workflow() async read(): Promise<void> {
        for await (const _chunk of this.stream()) trace.getTracer("foreign").startSpan("consumer").end();
      }
    }
    await new Model().read();
    const consumer = { name: "consumer", kind: "foreign" };
    expect(traces.current.tree(stream)).toEqual([
      {
        name: "Model.read",
        kind: "workflow",
        children: [
          consumer,
          consumer,
          consumer,
          { name: "Model.stream", kind: "task", output: '"abc"', chunks: 3, outcome: "completed", ...steps(4) },
        ],
      },
    ]);
  });

  it("does not fail when a pending read is released", async () => {
    let enqueue: (chunk: string) => void = () => undefined;
    const open = traced("stream", () => {
      return new ReadableStream<string>({
        start: (controller) => {
          enqueue = (chunk) => {
            controller.enqueue(chunk);
            controller.close();
          };
        },
      });
    });
    const given = open();
    const reader = given.getReader();
    const pending = reader.read();
    reader.releaseLock();
    await expect(pending).rejects.toMatchObject({ name: "TypeError" });
    enqueue("a");
    expect(await readAll(given)).toEqual(["a"]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"a"', chunks: 1, outcome: "completed" },
    ]);
  });

  it("reads bytes into the reader's own buffer", async () => {
    const open = traced("bytes", () => {
      return new ReadableStream({
        type: "bytes",
        pull: (controller) => {
          controller.enqueue(new Uint8Array([104, 105]));
          controller.close();
        },
      });
    });
    const reader = open().getReader({ mode: "byob" });
    const { value } = await reader.read(new Uint8Array(2));
    expect([...(value as Uint8Array)]).toEqual([104, 105]);
    expect((await reader.read(new Uint8Array(2))).done).toBe(true);
    expect(traces.current.tree(stream)).toEqual([
      {
        name: "bytes",
        kind: "task",
        output: expect.stringContaining("2 bytes: 68 69"),
        chunks: 1,
        outcome: "completed",
      },
    ]);
  });
});

describe("the span of a body that ran at the call", () => {
  it("is the call's where the body made a child in it", async () => {
    const open = traced("stream", () => {
      step();
      return source().open();
    });
    const given = open();
    await macrotask();
    expect(await readAll(given)).toEqual(["a", "b", "c"]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"abc"', chunks: 3, outcome: "completed", ...steps(5) },
    ]);
  });

  it("is that of the first pull otherwise, and is found by work that began at the call", async () => {
    let release: () => void = () => undefined;
    const open = traced("stream", () => {
      return new ReadableStream<string>({
        async start(controller) {
          await new Promise<void>((resolve) => (release = resolve));
          step();
          controller.enqueue("a");
          controller.close();
        },
      });
    });
    const clock = useStillClock();
    const given = open();
    clock.advance(1000);
    const reader = given.getReader();
    const pending = reader.read();
    release();
    expect((await pending).value).toBe("a");
    await reader.read();
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"a"', chunks: 1, outcome: "completed", ...steps(1) },
    ]);
    expect(traces.current.span("stream").duration).toEqual([0, 0]);
  });

  it("ends abandoned when the body was seen and the stream is collected unread", async () => {
    const open = traced("stream", () => {
      step();
      return source().open();
    });
    (() => void open())();
    await collectUntil(() => traces.current.spans.length > 1);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", chunks: 0, outcome: "abandoned", ...steps(1) },
    ]);
  });

  it("counts its time to the first chunk from the call where a promise gave the stream", async () => {
    const clock = useStillClock();
    const open = traced("stream", async () => {
      clock.advance(15);
      await null;
      return source().open();
    });
    const given = await open();
    clock.advance(10);
    await readAll(given);
    expect(traces.current.attributes("stream")["spandrel.stream.time_to_first_chunk_ms"]).toBeCloseTo(25, 2);
  });
});
