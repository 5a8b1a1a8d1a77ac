import { ROOT_CONTEXT, context, trace } from "@opentelemetry/api";
import { type PropagatedAttributes, propagateAttributes, traced } from "../../lib/index.js";
import { Traces, macrotask, useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();
const step = traced("step", () => "done");
const foreign = (name: string, attributes = {}): void =>
  trace.getTracer("foreign").startSpan(name, { attributes }).end();

/** What a span carries of the context, without what every span has. */
function carried(name: string): Record<string, unknown> {
  const { attributes } = traces.current.span(name);
  return Object.fromEntries(
    Object.entries(attributes).filter(([key]) => !key.startsWith("traceloop.") && key !== "code.function.name"),
  );
}

describe("propagateAttributes", () => {
  const everything: PropagatedAttributes = {
    customerIdentifier: "c-1",
    customerEmail: "a@b.example",
    customerName: "Ada",
    threadIdentifier: "t-1",
    sessionIdentifier: "s-1",
    customIdentifier: "x-1",
    evaluationIdentifier: "e-1",
    traceGroupIdentifier: "g-1",
    environment: "staging",
    metadata: { plan: "pro", seats: 3, nested: { a: [1] }, missing: undefined },
    properties: { a: 1 },
    prompt: { id: "p", variables: { n: 1 } },
  };
  const written = {
    "respan.customer_params.customer_identifier": "c-1",
    "user.id": "c-1",
    "respan.customer_params.email": "a@b.example",
    "respan.customer_params.name": "Ada",
    "respan.threads.thread_identifier": "t-1",
    "respan.sessions.session_identifier": "s-1",
    "session.id": "s-1",
    "respan.span_params.custom_identifier": "x-1",
    "respan.evaluation_params.evaluation_identifier": "e-1",
    "respan.trace.trace_group_identifier": "g-1",
    "deployment.environment.name": "staging",
    "respan.environment": "staging",
    "respan.metadata.plan": "pro",
    "respan.metadata.seats": "3",
    "respan.metadata.nested": '{"a":[1]}',
    "respan.properties": '{"a":1}',
    "respan.prompt": '{"id":"p","variables":{"n":1}}',
  };

  it("writes every key on decorated and on foreign spans", () => {
    propagateAttributes(everything, () => {
      step();
      foreign("foreign");
    });
    expect(carried("step")).toEqual(written);
    expect(carried("foreign")).toEqual(written);
  });

  it("takes groupIdentifier for traceGroupIdentifier and a string prompt as it is", () => {
    propagateAttributes({ groupIdentifier: "g-2", prompt: "summarise" }, step);
    expect(carried("step")).toEqual({ "respan.trace.trace_group_identifier": "g-2", "respan.prompt": "summarise" });
  });

  it("does not replace what a span sets itself", () => {
    const own = traced({ name: "own", attributes: { "user.id": "own", "respan.metadata.plan": "own" } }, () => 1);
    propagateAttributes({ customerIdentifier: "c-1", metadata: { plan: "pro", seats: "3" } }, () => {
      own();
      foreign("foreign", { "user.id": "own", "respan.metadata.plan": "own" });
    });
    const expected = {
      "respan.customer_params.customer_identifier": "c-1",
      "user.id": "own",
      "respan.metadata.plan": "own",
      "respan.metadata.seats": "3",
    };
    expect(carried("own")).toEqual(expected);
    expect(carried("foreign")).toEqual(expected);
  });

  it("lets inner values replace outer ones key by key, merges metadata and restores", () => {
    const names = withAttributes(
      "user.id",
      "respan.environment",
      "respan.metadata.a",
      "respan.metadata.b",
      "respan.metadata.c",
    );
    propagateAttributes({ customerIdentifier: "outer", environment: "e", metadata: { a: "1", b: "1" } }, () => {
      step();
      propagateAttributes({ customerIdentifier: "inner", metadata: { b: "2", c: "2" } }, step);
      propagateAttributes({ customerIdentifier: undefined, metadata: undefined }, step);
      step();
    });
    step();
    const outer = { "user.id": "outer", "respan.environment": "e", "respan.metadata.a": "1", "respan.metadata.b": "1" };
    const inner = { ...outer, "user.id": "inner", "respan.metadata.b": "2", "respan.metadata.c": "2" };
    expect(traces.current.tree(names)).toEqual(
      [outer, inner, outer, outer, {}].map((attributes) => ({ name: "step", kind: "task", ...attributes })),
    );
  });

  it("copies the values at once", () => {
    const metadata: Record<string, unknown> = { list: [1] };
    propagateAttributes({ metadata }, () => {
      metadata["list"] = [2];
      metadata["more"] = "later";
      step();
    });
    expect(carried("step")).toEqual({ "respan.metadata.list": "[1]" });
  });

  it.each<[PropagatedAttributes, PropagatedAttributes, string]>([
    [{}, { sessionIdentifier: "s" }, "s"],
    [{}, { threadIdentifier: "t" }, "t"],
    [{}, { threadIdentifier: "t", sessionIdentifier: "s" }, "s"],
    [{ threadIdentifier: "t" }, { sessionIdentifier: "s" }, "s"],
    [{ sessionIdentifier: "s" }, { threadIdentifier: "t" }, "s"],
    [{ threadIdentifier: "t" }, { threadIdentifier: "t2" }, "t2"],
    [{ threadIdentifier: "t", sessionIdentifier: "s" }, { sessionIdentifier: "s2" }, "s2"],
  ])("session.id is the session if there is one, else the thread: in %j, %j", (outer, inner, expected) => {
    propagateAttributes(outer, () => propagateAttributes(inner, step));
    expect(carried("step")["session.id"]).toBe(expected);
  });

  it("returns what fn returns, throws what it throws, and covers what it awaits", async () => {
    const result = {};
    const error = { any: "value" };
    expect(propagateAttributes({ customerIdentifier: "c" }, () => result)).toBe(result);
    expect(() =>
      propagateAttributes({ customerIdentifier: "c" }, () => {
        throw error;
      }),
    ).toThrow(expect.objectContaining(error));
    const promise = Promise.resolve(1);
    expect(propagateAttributes({ customerIdentifier: "c" }, () => promise)).toBe(promise);
    await propagateAttributes({ customerIdentifier: "c" }, async () => {
      await macrotask();
      step();
    });
    expect(carried("step")).toEqual({ "respan.customer_params.customer_identifier": "c", "user.id": "c" });
    expect(context.active()).toBe(ROOT_CONTEXT);
  });

  it("warns of an unknown key once, and leaves it out", () => {
    const unknown = { customerId: "c", metadata: { kept: "yes" } } as unknown as PropagatedAttributes;
    propagateAttributes(unknown, step);
    expect(carried("step")).toEqual({ "respan.metadata.kept": "yes" });
    propagateAttributes(unknown, step);
    propagateAttributes({ ["customrId"]: "c" } as unknown as PropagatedAttributes, step);
    expect(traces.current.lines).toEqual([
      expect.stringMatching(/^spandrel: SPANDREL_UNKNOWN_ATTRIBUTE: propagateAttributes does not know "customerId" /),
      expect.stringMatching(/^spandrel: SPANDREL_UNKNOWN_ATTRIBUTE: propagateAttributes does not know "customrId" /),
    ]);
  });

  it("runs fn although the attributes cannot be read", () => {
    const hostile = {
      get customerIdentifier(): string {
        throw new Error("hostile");
      },
    };
    expect(propagateAttributes(hostile, step)).toBe("done");
    expect(propagateAttributes(null as unknown as PropagatedAttributes, step)).toBe("done");
    expect(traces.current.tree(withAttributes("user.id"))).toEqual([
      { name: "step", kind: "task" },
      { name: "step", kind: "task" },
    ]);
    expect(traces.current.faults).toEqual({ SPANDREL_ATTRIBUTES_FAILED: 2 });
  });

  it("keeps content off everything inside when captureContent is false, whatever is set further in", () => {
    const echo = traced("echo", (text: string) => text);
    const content = withAttributes("input", "output", "user.id");
    propagateAttributes({ captureContent: false, customerIdentifier: "c" }, () => {
      echo("secret");
      propagateAttributes({ captureContent: true }, () => echo("secret"));
      [
        ...traced("stream", function* (text: string) {
          yield text;
          return text;
        })("secret"),
      ];
    });
    echo("open");
    expect(traces.current.tree(content)).toEqual([
      { name: "echo", kind: "task", "user.id": "c" },
      { name: "echo", kind: "task", "user.id": "c" },
      { name: "stream", kind: "task", "user.id": "c" },
      { name: "echo", kind: "task", input: '{"text":"open"}', output: '"open"' },
    ]);
    expect(JSON.stringify(traces.current.spans.map((span) => span.attributes))).not.toContain("secret");
  });
});

describe("the defaults of startTelemetry", () => {
  const names = withAttributes(
    "user.id",
    "session.id",
    "respan.environment",
    "respan.metadata.plan",
    "respan.metadata.region",
  );

  it("are on every span, below any scope", async () => {
    await traces.current.telemetry.shutdown();
    const defaults = new Traces({
      customerIdentifier: "d",
      threadIdentifier: "dt",
      environment: "test",
      metadata: { plan: "free", region: "eu" },
    });
    step();
    foreign("foreign");
    propagateAttributes({ customerIdentifier: "c", metadata: { plan: "pro" }, sessionIdentifier: "s" }, () => {
      step();
      foreign("foreign");
    });
    const base = {
      "user.id": "d",
      "session.id": "dt",
      "respan.environment": "test",
      "respan.metadata.plan": "free",
      "respan.metadata.region": "eu",
    };
    const inner = { ...base, "user.id": "c", "session.id": "s", "respan.metadata.plan": "pro" };
    await defaults.telemetry.shutdown();
    expect(defaults.tree(names)).toEqual([
      { name: "step", kind: "task", ...base },
      { name: "foreign", kind: "foreign", ...base },
      { name: "step", kind: "task", ...inner },
      { name: "foreign", kind: "foreign", ...inner },
    ]);
  });
});
