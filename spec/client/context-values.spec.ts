import { EventEmitter } from "node:events";
import { ROOT_CONTEXT, context } from "@opentelemetry/api";
import { PropagateAttributes, Task, bindContext, getClient, propagateAttributes, traced } from "../../lib/index.js";
import { enterScope, scopeOf } from "../../lib/context/index.js";
import { Traces, macrotask, useTraces } from "../support/traces.js";

const traces = useTraces();
const client = getClient();
const set = (value: unknown, key = "key"): void => expect(client.setContextValue(key, value)).toBe(true);
const get = (key = "key"): unknown => client.getContextValue(key);
const peek = traced("peek", () => get());

describe("a value that is set in a call", () => {
  it("holds for the rest of it, and is on no span", () => {
    const value = { any: "object" };
    traced("call", () => {
      expect(get()).toBeUndefined();
      set(value);
      expect(get()).toBe(value);
    })();
    expect(JSON.stringify(traces.current.span("call").attributes)).not.toContain("object");
  });

  it("holds for what it calls from then on, however deep, and over awaits", async () => {
    const seen: unknown[] = [];
    const deep = traced("deep", async () => {
      await macrotask();
      seen.push(get());
    });
    const middle = traced("middle", async () => deep());
    await traced("call", async () => {
      seen.push(peek());
      set("v");
      await middle();
      await macrotask();
      seen.push(peek(), get());
    })();
    expect(seen).toEqual([undefined, "v", "v", "v"]);
  });

  it("is not seen by the caller, nor by what is called next to it", () => {
    const setter = traced("setter", () => set("inner"));
    traced("call", () => {
      setter();
      expect([get(), peek()]).toEqual([undefined, undefined]);
      set("outer");
      setter();
      expect([get(), peek()]).toEqual(["outer", "outer"]);
    })();
    expect(get()).toBeUndefined();
  });

  it("is not seen by a call that has begun before", async () => {
    let seen: unknown = "nothing yet";
    let proceed = (): void => {};
    const gate = new Promise<void>((resolve) => (proceed = resolve));
    await traced("call", async () => {
      const early = traced("early", async () => {
        await gate;
        seen = get();
      })();
      set("late");
      proceed();
      await early;
    })();
    expect(seen).toBeUndefined();
  });

  it("replaces the one it has, and others stay", () => {
    traced("call", () => {
      set(1, "a");
      set(2, "b");
      traced("inner", () => {
        set(3, "b");
        set(undefined, "a");
        expect([get("a"), get("b")]).toEqual([undefined, 3]);
      })();
      expect([get("a"), get("b")]).toEqual([1, 2]);
    })();
  });

  it.each(["__proto__", "constructor", "toString", ""])("may be called %p, and is not there before", (key) => {
    traced("call", () => {
      expect(get(key)).toBeUndefined();
      set("w", "other");
      expect(get(key)).toBeUndefined();
      set("v", key);
      expect([get(key), get("other"), get("another")]).toEqual(["v", "w", undefined]);
    })();
  });

  it("holds within a span by hand, which is no scope of its own", () => {
    traced("call", () => {
      client.getTracer().startActiveSpan("by hand", (span) => {
        set("inside");
        expect([get(), peek()]).toEqual(["inside", "inside"]);
        span.end();
      });
      expect(get()).toBe("inside");
      set("outside");
      client.getTracer().startActiveSpan("by hand", (span) => {
        expect(get()).toBe("outside");
        span.end();
      });
    })();
  });

  it("goes where the context goes: emitters and queues with bindContext", () => {
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    traced("call", () => {
      emitter.on(
        "bound",
        bindContext(() => seen.push(get())),
      );
      emitter.on("free", () => seen.push(get()));
      set("v");
    })();
    emitter.emit("bound");
    emitter.emit("free");
    expect(seen).toEqual(["v", undefined]);
  });

  it("of 100 calls at once is each call's own", async () => {
    const call = traced("call", async (id: number) => {
      await macrotask();
      set(id);
      await (id % 2 === 0 ? macrotask() : null);
      const nested = await traced("nested", async () => {
        await macrotask();
        return get();
      })();
      return [get(), nested];
    });
    const results = await Promise.all(Array.from({ length: 100 }, (_, id) => call(id)));
    expect(results).toEqual(Array.from({ length: 100 }, (_, id) => [id, id]));
  });

  it("is there for a call that sampling leaves out, and for those below it", () => {
    traced({ name: "left out", sampleRate: 0 }, () => {
      set("v");
      expect([get(), peek()]).toEqual(["v", "v"]);
    })();
    expect(traces.current.spans).toEqual([]);
  });
});

describe("a value that is set in a stream", () => {
  class Chunks {
    @Task()
    *sync(): Generator<unknown> {
      set("first");
      yield get();
      yield [get(), peek()];
      set("second");
      yield get();
    }

    @Task()
    async *async(): AsyncGenerator<unknown> {
      await macrotask();
      set("first");
      yield get();
      await macrotask();
      yield [get(), peek()];
      set("second");
      yield get();
    }

    @PropagateAttributes({ customerIdentifier: "c" })
    *scoped(): Generator<unknown> {
      set("first");
      yield get();
      yield [get(), peek()];
      set("second");
      yield get();
    }

    @PropagateAttributes({ customerIdentifier: "c" })
    async *scopedAsync(): AsyncGenerator<unknown> {
      set("first");
      yield get();
      await macrotask();
      yield [get(), peek()];
      set("second");
      yield get();
    }

    /** No generator itself: its body runs at the call, what it returns is read later. */
    @Task()
    returned(): Iterable<unknown> {
      set("first");
      const peekLater = peek;
      return (function* () {
        yield get();
        yield [get(), peekLater()];
        set("second");
        yield get();
      })();
    }

    @Task()
    async promised(): Promise<AsyncIterable<unknown>> {
      set("first");
      await macrotask();
      return (async function* () {
        yield get();
        yield [get(), peek()];
        set("second");
        yield get();
      })();
    }
  }

  it.each(["sync", "async", "scoped", "scopedAsync", "returned", "promised"] as const)(
    "holds from pull to pull, whoever pulls: %s",
    async (method) => {
      const expected = ["first", ["first", "first"], "second"];
      const chunks: unknown[] = [];
      for await (const chunk of await new Chunks()[method]()) {
        chunks.push(chunk);
        expect(get()).toBeUndefined();
      }
      expect(chunks).toEqual(expected);

      const inOthers: unknown[] = [];
      const stream = (await new Chunks()[method]()) as AsyncIterable<unknown> & Iterable<unknown>;
      const iterator = (stream[Symbol.asyncIterator] ?? stream[Symbol.iterator]).call(stream);
      for (let pull = 0; pull < 3; pull++) {
        await traced("puller", async () => {
          set("the puller's");
          inOthers.push((await iterator.next()).value);
          expect(get()).toBe("the puller's");
        })();
      }
      expect(inOthers).toEqual(expected);
    },
  );
});

describe("a value that is set in a propagateAttributes scope", () => {
  it("holds for the rest of the scope and what is called in it, and ends with it", async () => {
    await propagateAttributes({ customerIdentifier: "c" }, async () => {
      set("scope");
      await macrotask();
      expect([get(), peek()]).toEqual(["scope", "scope"]);
      propagateAttributes({ customerIdentifier: "d" }, () => {
        expect(get()).toBe("scope");
        set("inner");
        expect([get(), peek()]).toEqual(["inner", "inner"]);
      });
      expect(get()).toBe("scope");
    });
    expect(get()).toBeUndefined();
  });

  it("within a call is the scope's alone", () => {
    traced("call", () => {
      set("call");
      propagateAttributes({}, () => set("scope"));
      expect(get()).toBe("call");
    })();
  });
});

describe("a value that is set in a buffer's run", () => {
  it("is one of the call around it: a buffer is no scope", () => {
    traced("call", () => {
      set("before");
      client.getSpanBuffer("some trace").run(() => {
        expect([get(), peek()]).toEqual(["before", "before"]);
        set("within");
        expect(peek()).toBe("within");
      });
      expect([get(), peek()]).toEqual(["within", "within"]);
    })();
  });

  it("is set nowhere where no call is around it", () => {
    client.getSpanBuffer("some trace").run(() => {
      expect(client.setContextValue("key", 1)).toBe(false);
      expect(get()).toBeUndefined();
    });
  });
});

describe("a scope that is entered by hand, as that of a request", () => {
  it("begins with the values around it, and keeps its own", () => {
    traced("call", () => {
      set("outer");
      const inner = enterScope(context.active(), scopeOf(context.active()));
      context.with(inner, () => {
        expect(get()).toBe("outer");
        set("inner");
      });
      expect(get()).toBe("outer");
      context.with(inner, () => expect(get()).toBe("inner"));
    })();
  });
});

describe("outside any scope", () => {
  const outside: readonly [string, (fn: () => void) => void][] = [
    ["outside any span", (fn) => fn()],
    ["in a span by hand", (fn) => client.getTracer().startActiveSpan("by hand", (span) => (fn(), span.end()))],
    ["in the root context of a call", (fn) => traced("call", () => context.with(ROOT_CONTEXT, fn))()],
  ];

  it.each(outside)("%s nothing is set: false, and said once", (_, around) => {
    around(() => {
      expect([client.setContextValue("key", 1), client.setContextValue("key", 2)]).toEqual([false, false]);
      expect(get()).toBeUndefined();
    });
    expect(traces.current.lines).toEqual([
      expect.stringMatching(
        /SPANDREL_NO_SPAN: setContextValue was called outside .*decorated method or propagateAttributes/,
      ),
    ]);
  });

  it("nothing is said where telemetry is off, inside and outside of calls", async () => {
    await traces.current.telemetry.shutdown();
    const off = new Traces({ isEnabled: false });
    traced("call", () => expect(client.setContextValue("key", 1)).toBe(false))();
    expect([client.setContextValue("key", 1), get(), off.lines]).toEqual([false, undefined, []]);
    await off.telemetry.shutdown();
  });
});
