import { types } from "node:util";
import type { Span } from "@opentelemetry/api";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import fc from "fast-check";
import { type TelemetryOptions, traced } from "../../lib/index.js";
import type { SpanExporter } from "../../lib/otlp/index.js";
import { Traces } from "../support/traces.js";

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});
const error = fc.oneof(
  anything,
  fc.string().map((message) => new Error(message)),
  fc.string().map((message) => new TypeError(message, { cause: { message } })),
);
const call = fc.record({
  self: anything,
  args: fc.array(anything, { maxLength: 4 }),
  result: anything,
  error,
  isThrown: fc.boolean(),
});
interface Call {
  readonly self: unknown;
  readonly args: readonly unknown[];
  readonly result: unknown;
  readonly error: unknown;
  readonly isThrown: boolean;
}

/** A promise with a method of its own, as API clients return. */
class RequestPromise<T> extends Promise<T> {
  readonly request = "request";
  withResponse(): string {
    return this.request;
  }
}

/** A query that runs when it is asked for its value, and counts how often that was. */
class LazyQuery<T> {
  starts = 0;
  constructor(private readonly run: () => Promise<T>) {}
  then<A, B>(
    onFulfilled?: (value: T) => A | PromiseLike<A>,
    onRejected?: (error: unknown) => B | PromiseLike<B>,
  ): Promise<A | B> {
    this.starts++;
    return this.run().then(onFulfilled, onRejected);
  }
}

const settle = async ({ isThrown, error, result }: Call): Promise<unknown> => {
  if (isThrown) throw error;
  return result;
};

/** How the function gives its outcome, and what its caller does with what it got. */
const styles: Record<string, { give: (call: Call) => unknown; take: (given: unknown) => unknown }> = {
  sync: {
    give: ({ isThrown, error, result }) => {
      if (isThrown) throw error;
      return result;
    },
    take: (given) => given,
  },
  async: { give: settle, take: (given) => given },
  "a promise subclass": {
    give: (one) => new RequestPromise((resolve, reject) => void settle(one).then(resolve, reject)),
    take: (given) => {
      expect(given).toBeInstanceOf(RequestPromise);
      expect((given as RequestPromise<unknown>).withResponse()).toBe("request");
      return given;
    },
  },
  "a promise with a method of its own": {
    give: (one) => Object.assign(settle(one), { cancel: () => "cancelled" }),
    take: (given) => {
      expect((given as { cancel: () => string }).cancel()).toBe("cancelled");
      return given;
    },
  },
  "a lazy thenable": {
    give: (one) => new LazyQuery(() => settle(one)),
    take: async (given) => {
      const query = given as LazyQuery<unknown>;
      expect(query).toBeInstanceOf(LazyQuery);
      await null;
      expect(query.starts).toBe(0);
      try {
        return await query;
      } finally {
        expect(query.starts).toBe(1);
      }
    },
  },
};

type Outcome = readonly ["returned" | "threw" | "resolved" | "rejected", unknown];

async function outcomeOf(
  fn: (...args: unknown[]) => unknown,
  one: Call,
  take: (given: unknown) => unknown,
): Promise<Outcome> {
  let given: unknown;
  try {
    given = fn.apply(one.self, [...one.args]);
  } catch (thrown) {
    return ["threw", thrown];
  }
  const isThenable = typeof given === "object" && given !== null && "then" in given;
  // What `take` finds wrong is to be the only report.
  if (types.isPromise(given)) given.catch(() => undefined);
  if (!isThenable) return ["returned", take(given)];
  try {
    return ["resolved", await take(given)];
  } catch (rejected) {
    return ["rejected", rejected];
  }
}

const throwing = (): never => {
  throw new Error("broken");
};
const brokenExporters: Record<string, (...given: Parameters<SpanExporter["export"]>) => unknown> = {
  throws: throwing,
  rejects: () => Promise.reject(new Error("broken")),
  "never answers": () => undefined,
  "answers twice with failures": (_spans, done) => {
    done({ code: 1, error: new Error("broken") });
    done({ code: 1 });
  },
};
const exporter = (how: string): SpanExporter => ({
  export: brokenExporters[how] as SpanExporter["export"],
  shutdown: () => Promise.resolve(),
});
const brokenProvider =
  (broken: object): TelemetryOptions["tracerProvider"] =>
  (spandrel) =>
    new NodeTracerProvider({
      spanProcessors: [
        spandrel,
        {
          onStart: () => undefined,
          onEnd: () => undefined,
          forceFlush: () => Promise.resolve(),
          shutdown: () => Promise.resolve(),
          ...broken,
        },
      ],
    });

/** Telemetry in every state of health; `spans` is how many a call makes, where that can be seen. */
const conditions: [string, TelemetryOptions, { spans?: number; isShutDown?: boolean; options?: object }][] = [
  ["on", {}, { spans: 1 }],
  ["without content", { captureContent: false }, { spans: 1 }],
  ["shut down", {}, { spans: 0, isShutDown: true }],
  ["disabled", { isEnabled: false }, { spans: 0 }],
  ["sampled out", {}, { spans: 0, options: { sampleRate: 0 } }],
  [
    "with callbacks that throw",
    {},
    {
      spans: 1,
      options: {
        name: throwing,
        attributes: throwing,
        links: throwing,
        captureInput: throwing,
        captureOutput: throwing,
      },
    },
  ],
  [
    "with callbacks that give nonsense",
    {},
    {
      spans: 1,
      options: {
        name: () => 5,
        attributes: () => "a",
        links: () => [null],
        captureInput: () => Symbol("s"),
        captureOutput: () => throwing,
      },
    },
  ],
  ["with a postprocessor that throws", { spanPostprocessCallback: throwing }, { spans: 1 }],
  ...Object.keys(brokenExporters).map((how): [string, TelemetryOptions, object] => [
    `with an exporter that ${how}`,
    { processors: { default: { exporter: exporter(how), queue: { exportTimeoutMillis: 20 } } } },
    {},
  ]),
  ["with a processor that throws at start", { tracerProvider: brokenProvider({ onStart: throwing }) }, {}],
  ["with a processor that throws at end", { tracerProvider: brokenProvider({ onEnd: throwing }) }, {}],
];

describe.each(conditions)(
  "a traced function, telemetry %s",
  (_condition, telemetry, { spans, isShutDown, options }) => {
    let traces: Traces;
    beforeEach(async () => {
      traces = new Traces(telemetry);
      if (isShutDown === true) await traces.telemetry.shutdown();
    });
    afterEach(() => traces.telemetry.shutdown());

    it.each(Object.keys(styles))("%s: gets and gives what the plain one does", async (style) => {
      const { give, take } = styles[style]!;
      let current: Call | undefined;
      let received: unknown[] = [];
      const plain = function (this: unknown, ...args: unknown[]): unknown {
        received = [this, ...args];
        return give(current!);
      };
      const followed = traced({ name: "call", ...options }, plain);
      await fc.assert(
        fc.asyncProperty(call, async (one) => {
          traces.reset();
          current = one;
          const [wantedKind, wanted] = await outcomeOf(plain, one, take);
          const wantedArguments = received;
          received = [];
          const [kind, given] = await outcomeOf(followed, one, take);
          expect(kind).toBe(wantedKind);
          expect(Object.is(given, wanted)).toBe(true);
          expect(received).toHaveLength(wantedArguments.length);
          received.forEach((value, index) => expect(Object.is(value, wantedArguments[index])).toBe(true));
          if (spans !== undefined) expect(traces.spans).toHaveLength(spans);
          for (const span of traces.spans) expect(span.status.code).toBe(one.isThrown ? 2 : 0);
        }),
        { numRuns: 40 },
      );
    });
  },
);

describe("a traced call runs no code of the values it sees", () => {
  const traces = { current: undefined as unknown as Traces };
  beforeEach(() => void (traces.current = new Traces()));
  afterEach(() => traces.current.telemetry.shutdown());

  /** Values that count every look at them. */
  function watched(): { values: object[]; looks: () => number } {
    let looks = 0;
    const look = (): undefined => void looks++;
    const handler = Object.fromEntries(
      Object.getOwnPropertyNames(Reflect).map((trap) => [
        trap,
        (...args: unknown[]): unknown => {
          looks++;
          return (Reflect[trap as "get"] as (...rest: unknown[]) => unknown)(...args);
        },
      ]),
    );
    class Getters {
      get value(): unknown {
        return look();
      }
      get then(): unknown {
        return look();
      }
      get next(): unknown {
        return look();
      }
      get [Symbol.iterator](): unknown {
        return look();
      }
      get [Symbol.asyncIterator](): unknown {
        return look();
      }
      get [Symbol.toStringTag](): string {
        looks++;
        return "Getters";
      }
      toJSON(): unknown {
        return look();
      }
      toString(): string {
        looks++;
        return "";
      }
    }
    const own = Object.defineProperties(
      {},
      { then: { get: look, enumerable: true }, getReader: { get: look, enumerable: true } },
    );
    return { values: [new Proxy({}, handler), new Proxy([], handler), new Getters(), own], looks: () => looks };
  }

  it.each([
    ["when capture is off", { captureInput: false, captureOutput: false }, {}, 1],
    ["when content is off", {}, { captureContent: false }, 1],
    ["when telemetry is disabled", {}, { isEnabled: false }, 0],
    ["when it is sampled out", { sampleRate: 0 }, {}, 0],
  ] as [string, object, TelemetryOptions, number][])("%s", async (_when, options, telemetry, spans) => {
    await traces.current.telemetry.shutdown();
    traces.current = new Traces(telemetry);
    const { values, looks } = watched();
    const echo = traced({ name: "echo", ...options }, (value: object) => value);
    const later = traced({ name: "later", ...options }, (value: object) => Promise.resolve([value]));
    const steps = traced({ name: "steps", ...options }, function* (value: object) {
      yield value;
    });
    const fail = traced({ name: "fail", ...options }, (_value: object) => {
      throw new Error("failed");
    });
    for (const value of values) {
      expect(echo(value) === value).toBe(true);
      expect((await later(value))[0] === value).toBe(true);
      for (const chunk of steps(value)) expect(chunk === value).toBe(true);
      expect(() => fail(value)).toThrow("failed");
    }
    expect(looks()).toBe(0);
    expect(traces.current.spans).toHaveLength(spans * 4 * values.length);
  });

  it("looks once for each capture when it is on", () => {
    let looks = 0;
    const value = { toJSON: () => ++looks };
    traced("echo", (one: object) => one)(value);
    expect(looks).toBe(2);
    expect(traces.current.attributes("echo")).toMatchObject({
      "traceloop.entity.input": '{"one":1}',
      "traceloop.entity.output": "2",
    });
  });

  it("hands a revoked Proxy and one whose traps throw back, as result and as this", async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const hostile = new Proxy(
      {},
      Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, throwing])),
    );
    const echo = traced("echo", (one: object) => one);
    const self = traced("self", function (this: unknown) {
      return this;
    });
    for (const value of [proxy, hostile]) {
      expect(echo(value) === value).toBe(true);
      expect(self.call(value) === value).toBe(true);
    }
    expect(traces.current.tree()).toEqual(["echo", "self", "echo", "self"].map((name) => ({ name, kind: "task" })));
  });
});

describe("timing", () => {
  const traces = { current: undefined as unknown as Traces };
  beforeEach(() => void (traces.current = new Traces()));
  afterEach(() => traces.current.telemetry.shutdown());

  it("of sync code is the plain one's: no microtask comes between", async () => {
    const run = async (fn: (n: number) => number): Promise<string[]> => {
      const order: string[] = [];
      const other = Promise.resolve()
        .then(() => order.push("other 1"))
        .then(() => order.push("other 2"));
      order.push(`call ${fn(1)}`);
      await null;
      order.push(`call ${fn(2)}`);
      await null;
      order.push(`call ${fn(3)}`);
      await other;
      return order;
    };
    const plain = (n: number): number => n;
    expect(await run(traced("fn", plain))).toEqual(await run(plain));
    expect(traces.current.spans).toHaveLength(3);
  });

  it("of a promise subclass and of a sync generator is the plain one's too", async () => {
    const order = async (make: () => RequestPromise<number>): Promise<string[]> => {
      const log: string[] = [];
      const ticks = (async () => {
        for (let tick = 0; tick < 6; tick++) {
          await null;
          log.push(`tick ${tick}`);
        }
      })();
      void make().then(() => log.push("settled"));
      await ticks;
      return log;
    };
    const make = (): RequestPromise<number> => RequestPromise.resolve(1) as RequestPromise<number>;
    expect(await order(traced("make", make))).toEqual(await order(make));
    expect(traces.current.spans).toHaveLength(1);
  });
});

describe("a thenable", () => {
  const traces = { current: undefined as unknown as Traces };
  beforeEach(() => void (traces.current = new Traces()));
  afterEach(() => traces.current.telemetry.shutdown());

  it("has the work it starts below its span, and its caller outside", async () => {
    const step = traced("step", () => 1);
    const query = traced({ name: "query", captureOutput: true }, () => new LazyQuery(async () => step()));
    await traced({ name: "caller", kind: "workflow" }, async () => {
      await query().then((value) => step() + value);
    })();
    expect(traces.current.tree()).toEqual([
      {
        name: "caller",
        kind: "workflow",
        children: [
          { name: "query", kind: "task", children: [{ name: "step", kind: "task" }] },
          { name: "step", kind: "task" },
        ],
      },
    ]);
  });

  it("that is asked twice runs twice, and has one span", async () => {
    const query = traced("query", () => new LazyQuery(async () => "row"))();
    expect(await query).toBe("row");
    expect(await query).toBe("row");
    expect(query.starts).toBe(2);
    expect(traces.current.tree()).toEqual([{ name: "query", kind: "task" }]);
  });

  it("whose then throws fails its span, and throws to whoever asked", () => {
    const error = new Error("no connection");
    const query = traced("query", () => ({
      then(_onFulfilled: unknown) {
        throw error;
      },
    }));
    const given = query();
    expect(() => given.then(() => undefined)).toThrow(error);
    const span: Pick<Span, never> & { status: { code: number; message?: string } } = traces.current.span("query");
    expect(span.status).toEqual({ code: 2, message: "no connection" });
  });

  it("that is frozen works, and its span ends at the call", async () => {
    const query = traced("query", () => Object.freeze({ then: (resolve: (value: number) => void) => resolve(5) }));
    expect(await query()).toBe(5);
    expect(traces.current.tree()).toEqual([{ name: "query", kind: "task" }]);
  });
});
