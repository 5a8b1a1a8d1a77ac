import { once } from "node:events";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { trace } from "@opentelemetry/api";
import { traced } from "../../lib/index.js";
import { failureOf, macrotask, stream, useTraces } from "../support/traces.js";

const traces = useTraces();
const step = traced("step", () => "done");
const consumerSpan = (): void => trace.getTracer("foreign").startSpan("consumer").end();

/** Reads one chunk at a time, each after a turn of the event loop, in which it makes a span. */
function source(log: string[], chunks: readonly string[] = ["a", "b", "c"], error?: Error): Readable {
  let index = 0;
  return new Readable({
    encoding: "utf8",
    highWaterMark: 1,
    read() {
      log.push(`read ${index}`);
      setImmediate(() => {
        step();
        const chunk = chunks[index++];
        if (chunk !== undefined) this.push(chunk);
        else if (error === undefined) this.push(null);
        else this.destroy(error);
      });
    },
    destroy(reason, done) {
      log.push("destroy");
      done(reason);
    },
  });
}

const consumers: Record<string, (readable: Readable) => Promise<string[]>> = {
  "data events": async (readable) => {
    const read: string[] = [];
    readable.on("data", (chunk: string) => {
      consumerSpan();
      read.push(chunk);
    });
    await once(readable, "end");
    return read;
  },
  "for await": async (readable) => {
    const read: string[] = [];
    for await (const chunk of readable) {
      consumerSpan();
      read.push(chunk as string);
    }
    return read;
  },
  pipe: async (readable) => {
    const read: string[] = [];
    await pipeline(
      readable,
      new Writable({
        decodeStrings: false,
        write(chunk: string, _encoding, done) {
          consumerSpan();
          read.push(chunk);
          done();
        },
      }),
    );
    return read;
  },
  "read()": async (readable) => {
    const read: string[] = [];
    readable.on("readable", () => {
      for (let chunk = readable.read() as string | null; chunk !== null; chunk = readable.read() as string | null) {
        consumerSpan();
        read.push(chunk);
      }
    });
    const failed = once(readable, "error").then(([error]) => {
      throw error;
    });
    await Promise.race([once(readable, "end"), failed]);
    return read;
  },
};

describe.each(Object.keys(consumers))("a Node Readable consumed by %s", (how) => {
  const consume = consumers[how]!;
  const steps = (count: number): object[] =>
    Array.from({ length: count }, () => ({ name: "step", kind: "task", output: '"done"' }));
  const consumed = (count: number): object[] =>
    Array.from({ length: count }, () => ({ name: "consumer", kind: "foreign" }));

  it("gives the same at the same reads; source inside the span, consumer outside", async () => {
    const [plainLog, log]: [string[], string[]] = [[], []];
    const wanted = await consume(source(plainLog));
    await macrotask();
    traces.current.reset();

    const open = traced("stream", () => source(log));
    const given = await traced({ name: "consumer", kind: "workflow", captureOutput: false }, () => consume(open()))();
    await macrotask();
    expect(given).toEqual(wanted);
    expect(log).toEqual(plainLog);
    const [root, ...rest] = traces.current.tree(stream);
    expect(rest).toEqual([]);
    const children = root?.children ?? [];
    expect(children.filter((child) => child.name === "consumer")).toEqual(consumed(3));
    expect(children.filter((child) => child.name !== "consumer")).toEqual([
      { name: "stream", kind: "task", output: '"abc"', chunks: 3, outcome: "completed", children: steps(4) },
    ]);
  });

  it("fails alike", async () => {
    const error = new Error("cut");
    const [plainLog, log]: [string[], string[]] = [[], []];
    await expect(consume(source(plainLog, ["a"], error))).rejects.toBe(error);
    await macrotask();
    traces.current.reset();
    await expect(consume(traced("stream", () => source(log, ["a"], error))())).rejects.toBe(error);
    await macrotask();
    expect(log).toEqual(plainLog);
    const span = traces.current.span("stream");
    expect(failureOf(span)).toEqual({
      isError: true,
      message: "cut",
      type: "Error",
      events: [{ type: "Error", message: "cut" }],
    });
    expect(stream(span)).toEqual({ output: '"a"', chunks: 1, outcome: "failed", error: "Error" });
  });
});

describe("a Node Readable", () => {
  it("is the same object", () => {
    const readable = Readable.from(["a"]);
    const given = traced("stream", () => readable)();
    expect(given).toBe(readable);
    expect(given).toBeInstanceOf(Readable);
    expect(traces.current.tree()).toEqual([]);
  });

  it("ends returned when it is destroyed, or its loop left", async () => {
    const open = traced("stream", () => source([]));
    const destroyed = open();
    await once(destroyed, "readable");
    destroyed.read();
    destroyed.destroy();
    await once(destroyed, "close");
    for await (const _chunk of open()) break;
    await macrotask();
    expect(traces.current.tree(stream).filter((node) => node.name === "stream")).toEqual([
      expect.objectContaining({ output: '"a"', chunks: 1, outcome: "returned" }),
      expect.objectContaining({ output: '"a"', chunks: 1, outcome: "returned" }),
    ]);
  });

  it("makes no span when it is never read", async () => {
    const log: string[] = [];
    const open = traced("stream", () => source(log));
    open();
    const destroyed = open();
    destroyed.destroy();
    await macrotask();
    expect(log).toEqual(["destroy"]);
    expect(traces.current.tree()).toEqual([]);
    expect(await consumers["for await"]!(open())).toEqual(["a", "b", "c"]);
    expect(stream(traces.current.span("stream"))).toEqual({ output: '"abc"', chunks: 3, outcome: "completed" });
  });

  it("of objects, and promised, is recorded alike", async () => {
    const open = traced("stream", async () => Readable.from([{ n: 1 }, { n: 2 }]));
    const read: unknown[] = [];
    for await (const chunk of await open()) read.push(chunk);
    expect(read).toEqual([{ n: 1 }, { n: 2 }]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '[{"n":1},{"n":2}]', chunks: 2, outcome: "completed" },
    ]);
  });
});
