import { SpanStatusCode, trace } from "@opentelemetry/api";
import { Task, getClient, traced } from "../../lib/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import { failureOf, macrotask, useStillClock, useTraces } from "../support/traces.js";

const traces = useTraces();
const client = getClient();
const eventsOf = (span: ReadableSpan): unknown[] =>
  span.events.map(({ name, attributes, time }) => ({ name, attributes, time }));

describe("addEvent", () => {
  it("adds events to the current span, in order, with attributes of any value", () => {
    traced("span", () => {
      expect(client.addEvent("started")).toBe(true);
      expect(client.addEvent("read", { records: 2, nested: { a: 1 }, none: undefined })).toBe(true);
    })();
    expect(traces.current.span("span").events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ["started", {}],
      ["read", { records: 2, nested: '{"a":1}' }],
    ]);
  });

  it.each([
    ["a Date", new Date(1_700_000_000_250), [1_700_000_000, 250_000_000]],
    ["milliseconds", 1_700_000_000_250, [1_700_000_000, 250_000_000]],
    ["seconds and nanoseconds", [1_700_000_000, 7] as [number, number], [1_700_000_000, 7]],
  ])("has the time it is given as %s", (_, time, expected) => {
    traced("span", () => client.addEvent("then", {}, time))();
    expect(eventsOf(traces.current.span("span"))).toEqual([{ name: "then", attributes: {}, time: expected }]);
  });

  it("is of now where it is given no time", () => {
    const clock = useStillClock();
    traced("span", () => {
      clock.advance(250);
      client.addEvent("now");
    })();
    const { startTime, events } = traces.current.span("span");
    const [seconds = 0, nanos = 0] = events[0]?.time ?? [];
    expect(Math.round((seconds - startTime[0]) * 1e3 + (nanos - startTime[1]) / 1e6)).toBe(250);
  });

  it("works on a span of another tracer", () => {
    trace.getTracer("other").startActiveSpan("theirs", (span) => {
      expect(client.addEvent("seen", { a: [1] }, [1_700_000_000, 0])).toBe(true);
      span.end();
    });
    expect(eventsOf(traces.current.span("theirs"))).toEqual([
      { name: "seen", attributes: { a: [1] }, time: [1_700_000_000, 0] },
    ]);
  });

  it("puts a marker where an attribute cannot be read", () => {
    const attributes = {
      get bad(): string {
        throw new Error("hostile");
      },
      good: 1,
    };
    traced("span", () => expect(client.addEvent("seen", attributes)).toBe(true))();
    expect(traces.current.span("span").events[0]?.attributes).toEqual({ bad: "[Unreadable: getter threw]", good: 1 });
  });
});

describe("recordException", () => {
  class Jobs {
    @Task()
    rethrows(error: unknown): void {
      try {
        throw error;
      } catch (caught) {
        client.recordException(caught);
        throw caught;
      }
    }

    @Task()
    async rejects(error: unknown): Promise<void> {
      await macrotask();
      client.recordException(error);
      throw error;
    }

    @Task()
    *yields(error: unknown): Generator<number> {
      yield 1;
      client.recordException(error);
      throw error;
    }

    @Task()
    recovers(error: unknown): string {
      client.recordException(error);
      return "recovered";
    }
  }

  it.each<[string, (jobs: Jobs, error: unknown) => unknown]>([
    ["a throw", (jobs, error) => jobs.rethrows(error)],
    ["a rejection", (jobs, error) => jobs.rejects(error)],
    ["a generator's throw", (jobs, error) => [...jobs.yields(error)]],
  ])("and then %s of the same error is one exception event", async (_, run) => {
    const error = new RangeError("far");
    await expect((async () => run(new Jobs(), error))()).rejects.toBe(error);
    const [span] = traces.current.spans;
    expect(span && failureOf(span)).toEqual({
      isError: true,
      message: "far",
      type: "RangeError",
      events: [{ type: "RangeError", message: "far" }],
    });
    expect(traces.current.spans).toHaveLength(1);
  });

  it("leaves the status at ERROR although the call returns", () => {
    expect(new Jobs().recovers(new Error("lost"))).toBe("recovered");
    expect(failureOf(traces.current.span("Jobs.recovers"))).toMatchObject({ isError: true, message: "lost" });
  });

  it.each<[unknown, string, string]>([
    ["just a text", "string", "just a text"],
    [undefined, "undefined", "undefined"],
    [null, "null", "null"],
    [{ code: 42 }, "Object", '{"code":42}'],
    [0, "number", "0"],
  ])("takes whatever is thrown: %p, once", (thrown, type, message) => {
    expect(() => new Jobs().rethrows(thrown)).toThrow();
    expect(failureOf(traces.current.span("Jobs.rethrows"))).toEqual({
      isError: true,
      message,
      type,
      events: [{ type, message }],
    });
  });

  it("records each of several errors, and has the status of the last", () => {
    const [first, second] = [new Error("first"), new Error("second")];
    const run = traced("span", () => {
      client.recordException(first);
      client.recordException(second);
      throw second;
    });
    expect(run).toThrow(second);
    expect(failureOf(traces.current.span("span"))).toEqual({
      isError: true,
      message: "second",
      type: "Error",
      events: [
        { type: "Error", message: "first" },
        { type: "Error", message: "second" },
      ],
    });
  });

  it("records an error once although another was recorded since, and its status is the thrown one's", () => {
    const [first, second] = [new Error("first"), new Error("second")];
    const run = traced("span", () => {
      client.recordException(first);
      client.recordException(second);
      throw first;
    });
    expect(run).toThrow(first);
    expect(failureOf(traces.current.span("span"))).toEqual({
      isError: true,
      message: "first",
      type: "Error",
      events: [
        { type: "Error", message: "first" },
        { type: "Error", message: "second" },
      ],
    });
  });

  it("keeps a description that was set after it", () => {
    const error = new Error("raw");
    const run = traced("span", () => {
      client.recordException(error);
      client.updateCurrentSpan({ statusDescription: "in words" });
      throw error;
    });
    expect(run).toThrow(error);
    expect(traces.current.span("span").status).toEqual({ code: SpanStatusCode.ERROR, message: "in words" });
  });

  it("is on each span the error passes through, once", () => {
    const error = new Error("deep");
    const inner = traced("inner", () => {
      client.recordException(error);
      throw error;
    });
    expect(traced("outer", () => inner())).toThrow(error);
    expect(traces.current.spans.map((span) => [span.name, failureOf(span)["events"]])).toEqual([
      ["inner", [{ type: "Error", message: "deep" }]],
      ["outer", [{ type: "Error", message: "deep" }]],
    ]);
  });

  it("takes an error that cannot be read", () => {
    const hostile = new Proxy(new Error("x"), {
      get() {
        throw new Error("hostile");
      },
    });
    traced("span", () => expect(client.recordException(hostile)).toBe(true))();
    expect(failureOf(traces.current.span("span"))).toMatchObject({ isError: true, type: "unreadable" });
  });
});
