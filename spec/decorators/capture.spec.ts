import { type Attributes, TraceFlags, context, trace } from "@opentelemetry/api";
import { PropagateAttributes, StreamingTask, Task, Workflow, traced } from "../../lib/index.js";
import { Traces, failureOf, useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();
const content = withAttributes("input", "output");
const inputOf = (name: string): unknown => traces.current.attributes(name)["traceloop.entity.input"];

describe("the recorded input", () => {
  class Desk {
    @Task("plain") plain(_text: string, _count: number): void {}
    @Task("defaults") defaults(_text = "dflt", { deep: _deep = 1 } = {}, _last?: string): void {}
    @Task("rest") rest(_first: string, ..._others: number[]): void {}
    @Task("destructured") destructured({ a }: { a: number }, [b]: [number], _named: string): number {
      return a + b;
    }
    @Task("none") none(): void {}
    @Task("inherited") async inherited(_id: string): Promise<void> {}
    @StreamingTask("streamed") async *streamed(_id: string): AsyncGenerator<string> {}
    @Task("under") @PropagateAttributes({}) under(_id: string): void {}
  }

  it.each<[string, (desk: Desk) => unknown, string | undefined]>([
    ["plain", (desk) => desk.plain("a", 2), '{"_text":"a","_count":2}'],
    ["defaults", (desk) => desk.defaults(undefined, { deep: 2 }), '{"arg1":{"deep":2}}'],
    ["rest", (desk) => desk.rest("a", 1, 2, 3), '{"_first":"a","_others":[1,2,3]}'],
    ["destructured", (desk) => desk.destructured({ a: 1 }, [2], "n"), '{"arg0":{"a":1},"arg1":[2],"_named":"n"}'],
    [
      "plain",
      (desk) => (desk.plain as (...args: unknown[]) => void)("a", 2, "extra"),
      '{"_text":"a","_count":2,"arg2":"extra"}',
    ],
    ["none", (desk) => desk.none(), undefined],
    ["inherited", (desk) => desk.inherited("x"), '{"_id":"x"}'],
    ["streamed", (desk) => desk.streamed("x").next(), '{"_id":"x"}'],
    ["under", (desk) => desk.under("x"), '{"_id":"x"}'],
  ])("of %s", async (name, call, expected) => {
    await call(new Desk());
    expect(inputOf(name)).toBe(expected);
  });

  it("is what the caller gave at the call, whatever becomes of it", async () => {
    const mutate = traced("mutate", async (list: number[]) => {
      list.push(2);
      await null;
      list.push(3);
      return list;
    });
    await mutate([1]);
    expect(content(traces.current.span("mutate"))).toEqual({ input: '{"list":[1]}', output: "[1,2,3]" });
  });

  it("is what captureInput makes of it, or nothing", () => {
    const fn = (a: number, _hidden: string): number => a;
    traced({ name: "made", captureInput: (a) => ({ only: a }), captureOutput: (result) => `got ${result}` }, fn)(
      1,
      "s",
    );
    traced({ name: "off", captureInput: false, captureOutput: false }, fn)(1, "s");
    traced({ name: "undefined", captureInput: () => undefined, captureOutput: () => undefined }, fn)(1, "s");
    traced({ name: "on", captureInput: true, captureOutput: true }, fn)(1, "s");
    expect(traces.current.tree(content)).toEqual([
      { name: "made", kind: "task", input: '{"only":1}', output: '"got 1"' },
      { name: "off", kind: "task" },
      { name: "undefined", kind: "task", output: "null" },
      { name: "on", kind: "task", input: '{"a":1,"_hidden":"s"}', output: "1" },
    ]);
  });

  it("says so when a callback throws, and the fault is counted", () => {
    const throwing = (): never => {
      throw new Error("callback");
    };
    const fn = traced(
      { name: throwing, captureInput: throwing, captureOutput: throwing, attributes: throwing, links: throwing },
      function own(a: number) {
        return a;
      },
    );
    expect(fn(1)).toBe(1);
    expect(traces.current.tree(content)).toEqual([
      { name: "own", kind: "task", input: '"[captureInput threw]"', output: '"[captureOutput threw]"' },
    ]);
    expect(traces.current.faults).toEqual({ SPANDREL_CALLBACK_FAILED: 5 });
  });
});

describe("the recorded output", () => {
  it.each<[unknown, string | undefined]>([
    [undefined, undefined],
    [null, "null"],
    [0, "0"],
    ["", '""'],
    [{ a: [1n] }, '{"a":["1n"]}'],
    [(): void => undefined, '"[Function anonymous]"'],
  ])("%p", async (value, expected) => {
    traced("sync", () => value)();
    await traced("async", async () => value)();
    const outputs = [traces.current.span("sync"), traces.current.span("async")].map(
      (span) => span.attributes["traceloop.entity.output"],
    );
    if (typeof value === "function")
      expect(outputs).toEqual([expect.stringContaining("Function"), expect.stringContaining("Function")]);
    else expect(outputs).toEqual([expected, expected]);
  });
});

describe("nothing is serialised when nothing is recorded", () => {
  const counted = (): { value: object; count: () => number } => {
    let count = 0;
    return { value: { toJSON: () => ++count }, count: () => count };
  };
  async function exercise(value: object, options: object = {}): Promise<void> {
    traced({ name: "sync", ...options }, (one: object) => one)(value);
    await traced({ name: "async", ...options }, async (one: object) => one)(value);
    [
      ...traced({ name: "sync generator", ...options }, function* (one: object) {
        yield one;
        return one;
      })(value),
    ];
    for await (const _chunk of traced({ name: "async generator", ...options }, async function* (one: object) {
      yield one;
    })(value));
  }

  it("sanity: with telemetry on, every input, output, chunk and return value is, once", async () => {
    const { value, count } = counted();
    await exercise(value);
    expect(count()).toBe(9);
    expect(traces.current.spans).toHaveLength(4);
  });

  it("where the span is sampled out", async () => {
    const { value, count } = counted();
    await exercise(value, { sampleRate: 0 });
    expect(count()).toBe(0);
    expect(traces.current.spans).toHaveLength(0);
  });

  it("where the parent is sampled out", async () => {
    const { value, count } = counted();
    const parent = trace.wrapSpanContext({
      traceId: "1".repeat(32),
      spanId: "2".repeat(16),
      traceFlags: TraceFlags.NONE,
    });
    await context.with(trace.setSpan(context.active(), parent), () => exercise(value));
    expect(count()).toBe(0);
    expect(traces.current.spans).toHaveLength(0);
  });

  it.each([
    ["disabled", { isEnabled: false }, 0],
    ["without content", { captureContent: false }, 4],
  ])("with telemetry %s", async (_how, options, spans) => {
    await traces.current.telemetry.shutdown();
    const other = new Traces(options);
    const { value, count } = counted();
    await exercise(value);
    await other.telemetry.shutdown();
    expect(count()).toBe(0);
    expect(other.spans).toHaveLength(spans);
  });

  it("after shutdown", async () => {
    await traces.current.telemetry.shutdown();
    const { value, count } = counted();
    await exercise(value);
    expect(count()).toBe(0);
    expect(traces.current.spans).toHaveLength(0);
  });
});

describe("sampleRate", () => {
  const child = traced("child", () => 1);
  const at = (rate: number | undefined, fn: () => unknown = child): void =>
    void traced({ name: "root", kind: "workflow", ...(rate === undefined ? {} : { sampleRate: rate }) }, fn)();

  it("1 keeps all, 0 none, and what is below goes with it", () => {
    for (let n = 0; n < 20; n++) at(0);
    expect(traces.current.tree()).toEqual([]);
    for (let n = 0; n < 20; n++) at(1);
    const kept = { name: "root", kind: "workflow", children: [{ name: "child", kind: "task" }] };
    expect(traces.current.tree()).toEqual(Array.from({ length: 20 }, () => kept));
    expect(
      traces.current.spans.every((span) => span.name === "child" || span.attributes["respan.sample_rate"] === 1),
    ).toBe(true);
  });

  it("0.5 keeps about half, whole traces, deciding once each", () => {
    const inner = traced({ name: "inner", sampleRate: 0.5 }, () => child());
    for (let n = 0; n < 1000; n++) {
      at(0.5, () => {
        inner();
        inner();
      });
    }
    const roots = traces.current.tree();
    expect(roots.length).toBeGreaterThan(400);
    expect(roots.length).toBeLessThan(600);
    const below = { name: "inner", kind: "task", children: [{ name: "child", kind: "task" }] };
    for (const root of roots) expect(root).toEqual({ name: "root", kind: "workflow", children: [below, below] });
  });

  it("below an undecided root all calls of a trace decide alike", () => {
    const inner = traced({ name: "inner", sampleRate: 0.5 }, () => child());
    for (let n = 0; n < 300; n++) {
      at(undefined, () => {
        inner();
        inner();
      });
    }
    const roots = traces.current.tree();
    expect(roots).toHaveLength(300);
    const counts = new Set(roots.map((root) => root.children?.length ?? 0));
    expect(counts).toEqual(new Set([0, 2]));
  });

  it("holds for generators", () => {
    const chunks = traced({ name: "chunks", sampleRate: 0 }, function* () {
      yield child();
    });
    expect([...chunks()]).toEqual([1]);
    expect(traces.current.tree()).toEqual([]);
    at(1);
    expect(traces.current.tree()).toHaveLength(1);
  });
});

describe("links, attributes, version and exportFilter", () => {
  it("are on the span", () => {
    const link = {
      context: { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 },
      attributes: { why: "test" },
    };
    class Desk {
      @Workflow({
        version: 3,
        attributes: { "app.fixed": 1, "app.list": ["a"] },
        links: [link],
        exportFilter: { status_code: { operator: "equal", value: "UNSET" } },
      })
      fixed(): void {}
      @Task({ attributes: (id: string): Attributes => ({ "app.id": id }), links: (_id: string) => [link] })
      made(_id: string): void {}
    }
    new Desk().fixed();
    new Desk().made("x");
    const [fixed, made] = [traces.current.span("Desk.fixed"), traces.current.span("Desk.made")];
    expect(fixed.attributes).toEqual({
      "traceloop.span.kind": "workflow",
      "traceloop.entity.name": "Desk.fixed",
      "traceloop.entity.path": "",
      "traceloop.entity.version": 3,
      "traceloop.workflow.name": "Desk.fixed",
      "code.function.name": "Desk.fixed",
      "respan.export_filter": '{"status_code":{"operator":"equal","value":"UNSET"}}',
      "app.fixed": 1,
      "app.list": ["a"],
    });
    expect(made.attributes).toEqual({
      "traceloop.span.kind": "task",
      "traceloop.entity.name": "Desk.made",
      "traceloop.entity.path": "Desk.made",
      "traceloop.entity.input": '{"_id":"x"}',
      "code.function.name": "Desk.made",
      "app.id": "x",
    });
    expect([fixed.links, made.links]).toEqual([[link], [link]]);
  });

  it("an export filter keeps out what does not match", () => {
    class Desk {
      @Task({ exportFilter: { status_code: { operator: "equal", value: "ERROR" } } })
      run(isFailing: boolean): void {
        if (isFailing) throw new Error("failed");
      }
    }
    new Desk().run(false);
    expect(traces.current.tree()).toEqual([]);
    expect(() => new Desk().run(true)).toThrow("failed");
    expect(traces.current.tree()).toEqual([{ name: "Desk.run", kind: "task" }]);
  });

  it("a name made from the arguments, unless it is none", () => {
    class Desk {
      @Task({ name: (id: string) => `run ${id}` }) run(_id: string): void {}
      @Task({ name: () => "" }) empty(): void {}
      @Task({ name: () => 5 as unknown as string }) number(): void {}
    }
    new Desk().run("7");
    new Desk().empty();
    new Desk().number();
    expect(traces.current.tree(withAttributes("traceloop.entity.name", "code.function.name"))).toEqual([
      { name: "run 7", kind: "task", "traceloop.entity.name": "run 7", "code.function.name": "Desk.run" },
      { name: "Desk.empty", kind: "task", "traceloop.entity.name": "Desk.empty", "code.function.name": "Desk.empty" },
      {
        name: "Desk.number",
        kind: "task",
        "traceloop.entity.name": "Desk.number",
        "code.function.name": "Desk.number",
      },
    ]);
  });
});

describe("a thrown value", () => {
  class HttpError extends Error {
    override readonly name = "HttpError";
    readonly status = 503;
  }
  const unreadable = new Proxy(
    {},
    {
      get: () => {
        throw new Error("get");
      },
      has: () => {
        throw new Error("has");
      },
      getPrototypeOf: () => {
        throw new Error("proto");
      },
    },
  );
  const getter = Object.defineProperty(new Error("m"), "message", {
    get: () => {
      throw new Error("message");
    },
  });
  const circular = new Error("circular");
  circular.cause = circular;

  const thrown: [string, unknown, string, string][] = [
    ["an Error", new RangeError("out"), "RangeError", "out"],
    ["an Error of a class", new HttpError("down"), "HttpError", "down"],
    ["an Error of a class that does not set its name", new (class Refused extends Error {})("no"), "Refused", "no"],
    ["an Error without a message", new Error(), "Error", ""],
    ["a string", "just text", "string", "just text"],
    ["a number", 42, "number", "42"],
    ["an object", { code: 42 }, "Object", '{"code":42}'],
    [
      "an object of a class",
      new (class Denied {
        code = 1;
      })(),
      "Denied",
      '{"[class]":"Denied","code":1}',
    ],
    ["an Error of another realm", { name: "Alien", message: "hi", stack: "Alien: hi\n  at far" }, "Alien", "hi"],
    ["undefined", undefined, "undefined", "undefined"],
    ["null", null, "null", "null"],
    ["a Proxy that cannot be read", unreadable, "unreadable", "a thrown value that cannot be read"],
    ["an Error that cannot be read", getter, "unreadable", "a thrown value that cannot be read"],
    ["an Error that is its own cause", circular, "Error", "circular"],
  ];

  it.each(thrown)(
    "%s: status, error.type and one exception event; the same value is rethrown",
    async (_what, value, type, message) => {
      const expected = { isError: true, message, type, events: [{ type, message }] };
      const caught: unknown[] = [];
      try {
        traced("sync", () => {
          throw value;
        })();
      } catch (error) {
        caught.push(error);
      }
      await traced("async", async () => {
        throw value;
      })().catch((error: unknown) => caught.push(error));
      try {
        [
          ...traced("generator", function* () {
            throw value;
          })(),
        ];
      } catch (error) {
        caught.push(error);
      }
      expect(caught).toHaveLength(3);
      for (const one of caught) expect(Object.is(one, value)).toBe(true);
      for (const name of ["sync", "async", "generator"]) {
        expect(failureOf(traces.current.span(name))).toEqual(expected);
        expect(content(traces.current.span(name))).toEqual({});
      }
    },
  );

  it("has its causes in the stack trace", () => {
    const error = new Error("outer", { cause: new TypeError("middle", { cause: { code: "deep" } }) });
    expect(() =>
      traced("chain", () => {
        throw error;
      })(),
    ).toThrow(error);
    const [event] = traces.current.span("chain").events;
    const stack = event?.attributes?.["exception.stacktrace"] as string;
    expect(stack).toMatch(/^Error: outer\n[^]*\nCaused by: TypeError: middle\n[^]*\nCaused by: \{"code":"deep"\}$/);
  });

  it("is recorded on every span it passes, and leaves the status of others unset", () => {
    class Desk {
      @Workflow() outer(): string {
        this.fine();
        try {
          this.middle();
        } catch {
          return "recovered";
        }
        return "";
      }
      @Task() middle(): void {
        this.inner();
      }
      @Task() inner(): void {
        throw new Error("deep");
      }
      @Task() fine(): void {}
    }
    expect(new Desk().outer()).toBe("recovered");
    const codes = traces.current.spans.map((span) => [span.name, span.status.code, span.events.length]);
    expect(codes).toEqual([
      ["Desk.fine", 0, 0],
      ["Desk.inner", 2, 1],
      ["Desk.middle", 2, 1],
      ["Desk.outer", 0, 0],
    ]);
  });
});
