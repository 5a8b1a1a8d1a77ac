import { type Attributes, SpanStatusCode, context, trace } from "@opentelemetry/api";
import { type SpanUpdate, Task, Workflow, getClient, propagateAttributes, traced } from "../../lib/index.js";
import { Traces, macrotask, useTraces } from "../support/traces.js";

const traces = useTraces();
const client = getClient();

/** The span of a call that updates itself. */
function updated(update: SpanUpdate, around: <R>(fn: () => R) => R = (fn) => fn()): Readonly<Record<string, unknown>> {
  around(traced("span", () => expect(client.updateCurrentSpan(update)).toBe(true)));
  return own(traces.current.attributes("span"));
}

/** Attributes without those that every decorated call has. */
function own(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).filter(([key]) => !key.startsWith("traceloop.") && key !== "code.function.name"),
  );
}

describe("updateCurrentSpan", () => {
  class Jobs {
    @Workflow({ name: "data_processing" })
    async process(userId: string): Promise<string> {
      client.updateCurrentSpan({ params: { customerIdentifier: userId, metadata: { size: 2, kind: "batch" } } });
      await macrotask();
      const result = this.summarise();
      client.updateCurrentSpan({ name: "data_processing.success", attributes: { result_length: result.length } });
      return result;
    }

    @Task({ name: "summarise" })
    summarise(): string {
      client.updateCurrentSpan({ attributes: { "custom.user": "u" } });
      return "done";
    }
  }

  it("changes the span of the method it is called in, and no other", async () => {
    await new Jobs().process("user-1");
    const [inner, outer] = traces.current.spans;
    expect(outer?.name).toBe("data_processing.success");
    expect(outer?.attributes).toEqual({
      "traceloop.span.kind": "workflow",
      "traceloop.entity.name": "data_processing.success",
      "traceloop.entity.path": "",
      "traceloop.entity.input": '{"userId":"user-1"}',
      "traceloop.entity.output": '"done"',
      "traceloop.workflow.name": "data_processing",
      "code.function.name": "Jobs.process",
      "respan.customer_params.customer_identifier": "user-1",
      "user.id": "user-1",
      "respan.metadata.size": "2",
      "respan.metadata.kind": "batch",
      result_length: 4,
    });
    expect(own(inner?.attributes ?? {})).toEqual({ "custom.user": "u" });
    expect(inner?.name).toBe("summarise");
  });

  it.each<[string, SpanUpdate["params"], Attributes]>([
    [
      "customerIdentifier",
      { customerIdentifier: "c" },
      { "respan.customer_params.customer_identifier": "c", "user.id": "c" },
    ],
    ["customerEmail", { customerEmail: "a@b.example" }, { "respan.customer_params.email": "a@b.example" }],
    ["customerName", { customerName: "Ada" }, { "respan.customer_params.name": "Ada" }],
    ["threadIdentifier", { threadIdentifier: "t" }, { "respan.threads.thread_identifier": "t", "session.id": "t" }],
    ["sessionIdentifier", { sessionIdentifier: "s" }, { "respan.sessions.session_identifier": "s", "session.id": "s" }],
    ["customIdentifier", { customIdentifier: "x" }, { "respan.span_params.custom_identifier": "x" }],
    ["evaluationIdentifier", { evaluationIdentifier: "e" }, { "respan.evaluation_params.evaluation_identifier": "e" }],
    ["traceGroupIdentifier", { traceGroupIdentifier: "g" }, { "respan.trace.trace_group_identifier": "g" }],
    ["groupIdentifier", { groupIdentifier: "g" }, { "respan.trace.trace_group_identifier": "g" }],
    [
      "environment",
      { environment: "staging" },
      { "deployment.environment.name": "staging", "respan.environment": "staging" },
    ],
    ["properties", { properties: { a: [1] } }, { "respan.properties": '{"a":[1]}' }],
    ["prompt", { prompt: { id: "p" } }, { "respan.prompt": '{"id":"p"}' }],
    ["a prompt that is a text", { prompt: "summarise" }, { "respan.prompt": "summarise" }],
    [
      "metadata, nested values as JSON",
      { metadata: { text: "as it is", number: 2, nested: { a: [{ b: null }] }, none: undefined } },
      {
        "respan.metadata.text": "as it is",
        "respan.metadata.number": "2",
        "respan.metadata.nested": '{"a":[{"b":null}]}',
      },
    ],
    ["what is undefined: nothing", { customerIdentifier: undefined, metadata: undefined }, {}],
    [
      "an identifier that is no text",
      { customerIdentifier: 42 as unknown as string },
      { "respan.customer_params.customer_identifier": "42", "user.id": "42" },
    ],
  ])("writes params: %s", (_, params, expected) => {
    expect(updated({ params })).toEqual(expected);
  });

  it("replaces what the context has put on the span, for this span alone, and merges metadata", () => {
    const outer = { customerIdentifier: "outer", metadata: { a: "1", b: "1" } };
    const around = <R>(fn: () => R): R =>
      propagateAttributes(outer, () => {
        try {
          return fn();
        } finally {
          traced("sibling", () => undefined)();
        }
      });
    expect(updated({ params: { customerIdentifier: "inner", metadata: { b: "2", c: "2" } } }, around)).toEqual({
      "respan.customer_params.customer_identifier": "inner",
      "user.id": "inner",
      "respan.metadata.a": "1",
      "respan.metadata.b": "2",
      "respan.metadata.c": "2",
    });
    expect(own(traces.current.attributes("sibling"))).toEqual({
      "respan.customer_params.customer_identifier": "outer",
      "user.id": "outer",
      "respan.metadata.a": "1",
      "respan.metadata.b": "1",
    });
  });

  it("is not seen by spans below, nor by those that follow", () => {
    traced("span", () => {
      client.updateCurrentSpan({ params: { customerIdentifier: "c" }, attributes: { "app.own": 1 } });
      traced("below", () => undefined)();
    })();
    traced("after", () => undefined)();
    expect([own(traces.current.attributes("below")), own(traces.current.attributes("after"))]).toEqual([{}, {}]);
  });

  type Params = SpanUpdate["params"];
  it.each<[string, Params, Params, string]>([
    ["a thread", {}, { threadIdentifier: "t" }, "t"],
    ["a session", {}, { sessionIdentifier: "s" }, "s"],
    ["both", {}, { threadIdentifier: "t", sessionIdentifier: "s" }, "s"],
    ["a session on a span with a thread", { threadIdentifier: "t" }, { sessionIdentifier: "s" }, "s"],
    ["a thread on a span with a session", { sessionIdentifier: "s" }, { threadIdentifier: "t" }, "s"],
    ["another thread", { threadIdentifier: "t" }, { threadIdentifier: "t2" }, "t2"],
    ["another session", { sessionIdentifier: "s" }, { sessionIdentifier: "s2" }, "s2"],
    ["neither", { sessionIdentifier: "s" }, { customerIdentifier: "c" }, "s"],
  ])("session.id is the session if there is one, else the thread: %s", (_, before, params, expected) => {
    expect(updated({ params }, (fn) => propagateAttributes({ ...before }, fn))["session.id"]).toBe(expected);
    traced("twice", () => {
      client.updateCurrentSpan({ params: before });
      client.updateCurrentSpan({ params });
    })();
    expect(traces.current.attributes("twice")["session.id"]).toBe(expected);
  });

  it("says of an unknown key what is known, once, and writes the others", () => {
    const params = { customerId: "c", environment: "e" } as SpanUpdate["params"];
    expect(updated({ params })).toEqual({ "deployment.environment.name": "e", "respan.environment": "e" });
    traced("again", () => client.updateCurrentSpan({ params }))();
    expect(traces.current.lines).toEqual([
      expect.stringMatching(
        /^spandrel: SPANDREL_UNKNOWN_ATTRIBUTE: updateCurrentSpan does not know "customerId" .*customerIdentifier/,
      ),
    ]);
  });

  it("renames the span, and its entity where it is one", () => {
    traced("span", () => void client.updateCurrentSpan({ name: "renamed" }))();
    trace.getTracer("other").startActiveSpan("foreign", (span) => {
      client.updateCurrentSpan({ name: "theirs" });
      span.end();
    });
    expect(traces.current.spans.map(({ name, attributes }) => [name, attributes["traceloop.entity.name"]])).toEqual([
      ["renamed", "renamed"],
      ["theirs", undefined],
    ]);
  });

  it.each<[unknown]>([[""], [42], [null], [{}]])("leaves the name where it is given %p, and says so", (name) => {
    updated({ name: name as string, attributes: { "app.own": 1 } });
    expect(traces.current.attributes("span")).toMatchObject({ "traceloop.entity.name": "span", "app.own": 1 });
    expect(traces.current.lines).toEqual([expect.stringMatching(/SPANDREL_UPDATE_NAME/)]);
  });

  it.each<[SpanUpdate, { code: SpanStatusCode; message?: string }]>([
    [{ status: "ok" }, { code: SpanStatusCode.OK }],
    [{ status: SpanStatusCode.OK }, { code: SpanStatusCode.OK }],
    [{ status: "error" }, { code: SpanStatusCode.ERROR }],
    [{ status: SpanStatusCode.ERROR }, { code: SpanStatusCode.ERROR }],
    [{ status: "unset" }, { code: SpanStatusCode.UNSET }],
    [{ status: SpanStatusCode.UNSET }, { code: SpanStatusCode.UNSET }],
    [
      { status: "error", statusDescription: "half" },
      { code: SpanStatusCode.ERROR, message: "half" },
    ],
    [{ statusDescription: "half" }, { code: SpanStatusCode.ERROR, message: "half" }],
    [{ status: "ok", statusDescription: "fine" }, { code: SpanStatusCode.OK }],
    [{ status: "unset", statusDescription: "none" }, { code: SpanStatusCode.UNSET }],
    [{ attributes: {} }, { code: SpanStatusCode.UNSET }],
  ])("sets the status: %j", (update, expected) => {
    updated(update);
    expect(traces.current.span("span").status).toEqual(expected);
  });

  it("ok is final, an error can be described anew", () => {
    traced("ok", () => {
      client.updateCurrentSpan({ status: "ok" });
      client.updateCurrentSpan({ status: "error", statusDescription: "late" });
    })();
    traced("error", () => {
      client.updateCurrentSpan({ status: "error", statusDescription: "first" });
      client.updateCurrentSpan({ status: "unset" });
      client.updateCurrentSpan({ statusDescription: "second" });
    })();
    expect(traces.current.spans.map(({ status }) => status)).toEqual([
      { code: SpanStatusCode.OK },
      { code: SpanStatusCode.ERROR, message: "second" },
    ]);
  });

  it.each<[unknown]>([["fine"], [3], [{}], ["constructor"]])("ignores the status %p, and says so", (status) => {
    updated({ status: status as "ok", attributes: { "app.own": 1 } });
    const { attributes, status: written } = traces.current.span("span");
    expect([attributes["app.own"], written]).toEqual([1, { code: SpanStatusCode.UNSET }]);
    expect(traces.current.lines).toEqual([expect.stringMatching(/SPANDREL_UPDATE_STATUS/)]);
  });
});

describe("attributes of any value", () => {
  it("are attributes where they can be, and JSON where they cannot", () => {
    class Point {
      readonly x = 1;
    }
    const cycle: Record<string, unknown> = { a: 1 };
    cycle["self"] = cycle;
    const attributes = {
      text: "text",
      empty: "",
      number: 0.5,
      yes: true,
      no: false,
      nan: NaN,
      infinity: -Infinity,
      texts: ["a", "b"],
      numbers: [1, 2],
      none: [],
      mixed: ["a", 1],
      gaps: [undefined, "a"],
      nested: { a: [1, { b: 2 }] },
      big: 10n,
      date: new Date(0),
      map: new Map([["k", 1]]),
      error: new RangeError("far"),
      point: new Point(),
      cycle,
      symbol: Symbol("s"),
      fn: function named() {},
      undefined: undefined,
      null: null,
    };
    const written = updated({ attributes });
    expect(written).toMatchObject({
      text: "text",
      empty: "",
      number: 0.5,
      yes: true,
      no: false,
      nan: NaN,
      infinity: -Infinity,
      texts: ["a", "b"],
      numbers: [1, 2],
      none: [],
      mixed: '["a",1]',
      gaps: '[null,"a"]',
      nested: '{"a":[1,{"b":2}]}',
      big: '"10n"',
      date: '"1970-01-01T00:00:00.000Z"',
      map: '{"[Map]":[["k",1]]}',
      point: '{"[class]":"Point","x":1}',
      cycle: '{"a":1,"self":"[Circular ~]"}',
      symbol: '"[Symbol(s)]"',
      fn: '"[Function named]"',
    });
    expect(JSON.parse(String(written["error"]))).toMatchObject({ message: "far" });
    expect(Object.keys(written).sort()).toEqual(
      Object.keys(attributes)
        .filter((key) => key !== "undefined" && key !== "null")
        .sort(),
    );
  });

  it("that cannot be read leave a marker beside intact neighbours", () => {
    const revoked = Proxy.revocable([], {});
    revoked.revoke();
    const hostile = new Proxy([1], {
      get(target, key) {
        if (key === "length") throw new Error("hostile");
        return Reflect.get(target, key);
      },
    });
    const attributes = {
      before: 1,
      get getter(): string {
        throw new Error("hostile");
      },
      toJson: {
        toJSON() {
          throw new Error("hostile");
        },
      },
      revoked: revoked.proxy,
      hostile,
      after: 2,
    };
    expect(updated({ attributes, params: { environment: "e" } })).toEqual({
      before: 1,
      getter: "[Unreadable: getter threw]",
      toJson: '"[Unreadable: toJSON threw]"',
      revoked: '"[Unreadable: proxy threw]"',
      hostile: '"[Unreadable: proxy threw]"',
      after: 2,
      "deployment.environment.name": "e",
      "respan.environment": "e",
    });
  });

  it("are left as they were where the object itself cannot be read; the rest of the update stands", () => {
    const unreadable = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error("hostile");
        },
      },
    );
    updated({ params: unreadable, attributes: unreadable, status: "ok" });
    expect(traces.current.span("span").status).toEqual({ code: SpanStatusCode.OK });
    expect(traces.current.faults).toEqual({ SPANDREL_UPDATE_FAILED: 2 });
  });

  it.each([[null], [undefined], ["text"], [7]])("an update that is %p changes nothing and does not throw", (update) => {
    traced("span", () => void client.updateCurrentSpan(update as never))();
    expect(own(traces.current.attributes("span"))).toEqual({});
  });
});

describe("where there is no span", () => {
  const calls: readonly [string, () => unknown][] = [
    ["updateCurrentSpan", () => client.updateCurrentSpan({ name: "x" })],
    ["addEvent", () => client.addEvent("x")],
    ["recordException", () => client.recordException(new Error("x"))],
  ];

  it.each(calls)("%s returns false, and says so once", (method, call) => {
    expect([call(), call()]).toEqual([false, false]);
    expect(traces.current.lines).toEqual([
      expect.stringMatching(new RegExp(`SPANDREL_NO_SPAN: ${method} was called outside`)),
    ]);
  });

  it("each method is told of by itself", () => {
    for (const [, call] of calls) call();
    expect(traces.current.lines).toHaveLength(3);
  });

  it.each(calls)("%s returns false and says nothing where telemetry is off", async (_, call) => {
    await traces.current.telemetry.shutdown();
    const off = new Traces({ isEnabled: false });
    traced("step", () => expect(call()).toBe(false))();
    expect(call()).toBe(false);
    expect(off.lines).toEqual([]);
    await off.telemetry.shutdown();
  });

  it.each(calls)(
    "%s returns false and says nothing on a span that sampling leaves out, or that has ended",
    (_, call) => {
      traced({ name: "left out", sampleRate: 0 }, () => expect(call()).toBe(false))();
      client.getTracer().startActiveSpan("ended", (span) => {
        span.end();
        expect(call()).toBe(false);
      });
      expect(traces.current.lines).toEqual([]);
      expect(traces.current.tree()).toEqual([{ name: "ended", kind: "spandrel" }]);
      expect(traces.current.span("ended").events).toEqual([]);
    },
  );

  it.each(calls)("%s returns false where the span throws, which is contained", (_, call) => {
    const broken = trace.wrapSpanContext({ traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 });
    const fail = (): never => {
      throw new Error("not ours");
    };
    Object.assign(broken, {
      isRecording: () => true,
      updateName: fail,
      addEvent: fail,
      setStatus: fail,
      setAttribute: fail,
    });
    context.with(trace.setSpan(context.active(), broken), () => expect(call()).toBe(false));
    expect(traces.current.faults).toEqual({ SPANDREL_UPDATE_FAILED: 1 });
  });
});
