import { ROOT_CONTEXT, context, trace } from "@opentelemetry/api";
import { StreamingTask, Task, Workflow, getClient, traced } from "../../lib/index.js";
import { macrotask, treeOf, withAttributes } from "../support/traces.js";
import { held, namesOf, useBalancedTraces } from "./rig.js";

const traces = useBalancedTraces();
const client = getClient();
const tracer = client.getTracer();
const step = traced("step", () => undefined);

class Desk {
  @Workflow({ name: "handle" })
  async handle(): Promise<string> {
    this.classify();
    await macrotask();
    for await (const _ of this.answer());
    return "done";
  }

  @Task({ name: "classify" })
  classify(): void {
    trace.getTracer("instrumentation").startSpan("foreign").end();
  }

  @StreamingTask({ name: "answer" })
  async *answer(): AsyncGenerator<string> {
    yield "a";
    await macrotask();
    yield "b";
  }

  @Task({ name: "fail" })
  fail(): never {
    throw new Error("failed");
  }
}

const HANDLED = {
  name: "handle",
  kind: "workflow",
  children: [
    { name: "classify", kind: "task", children: [{ name: "foreign", kind: "instrumentation" }] },
    { name: "answer", kind: "task" },
  ],
};

describe("what ends inside run is held, whoever makes it", () => {
  it("the buffer itself, tracers, and decorated calls of every kind; before and after it nothing changes", async () => {
    await new Desk().handle();
    tracer.startActiveSpan("before", (span) => span.end());
    const outside = traces.current.tree();

    const buffer = client.getSpanBuffer("trace-123");
    const result = await buffer.run(async () => {
      buffer.createSpan("created");
      tracer.startActiveSpan("by hand", (span) => (step(), span.end()));
      client.startSpan("not active").end();
      trace.getTracer("instrumentation").startActiveSpan("foreign root", (span) => (step(), span.end()));
      await macrotask();
      expect(() => new Desk().fail()).toThrow("failed");
      return new Desk().handle();
    });
    expect(result).toBe("done");
    expect(traces.current.tree()).toEqual(outside);
    const inner = { children: [{ name: "step", kind: "task" }] };
    expect(treeOf(buffer.getAllSpans(), withAttributes("error"))).toEqual([
      { name: "created", kind: "spandrel" },
      { name: "by hand", kind: "spandrel", ...inner },
      { name: "not active", kind: "spandrel" },
      { name: "foreign root", kind: "instrumentation", ...inner },
      { name: "fail", kind: "task", error: "Error" },
      HANDLED,
    ]);

    tracer.startActiveSpan("after", (span) => span.end());
    await new Desk().handle();
    expect(traces.current.tree()).toEqual([...outside, { name: "after", kind: "spandrel" }, HANDLED]);
    expect(outside).toEqual([HANDLED, { name: "before", kind: "spandrel" }]);
  });

  it("in the order of their ends, and as they were at their end", () => {
    const buffer = client.getSpanBuffer();
    buffer.run(() => {
      const open = client.startSpan("ended second");
      open.setAttribute("a", 1);
      step();
      open.end();
      open.setAttribute("a", 2);
    });
    expect(held(buffer)).toEqual(["step", "ended second"]);
    expect(buffer.getAllSpans()[1]?.attributes["a"]).toBe(1);
  });

  it("has no ledger know of it until it is processed", async () => {
    const buffer = client.getSpanBuffer();
    buffer.run(step);
    expect(traces.current.telemetry.status().processors).toMatchObject([{ ended: 0, exported: 0, queued: 0 }]);
    await client.processSpans(buffer);
    expect(traces.current.telemetry.status().processors).toMatchObject([{ ended: 1, exported: 1 }]);
  });

  it("a copy of the list is handed out, and clearSpans forgets the spans", async () => {
    const buffer = client.getSpanBuffer();
    buffer.run(step);
    buffer.getAllSpans().pop();
    expect(held(buffer)).toEqual(["step"]);
    buffer.clearSpans();
    expect(held(buffer)).toEqual([]);
    expect(await client.processSpans(buffer)).toBe(true);
    buffer.run(step);
    expect(held(buffer)).toEqual(["step"]);
    expect(traces.current.spans).toEqual([]);
  });

  it("works again and again, and within itself", async () => {
    const buffer = client.getSpanBuffer();
    buffer.run(step);
    buffer.run(() => buffer.run(() => (buffer.run(step), step())));
    await buffer.run(async () => {
      await buffer.run(macrotask);
      step();
    });
    expect(held(buffer)).toEqual(["step", "step", "step", "step"]);
    expect(new Set(buffer.getAllSpans().map((span) => span.spanContext().traceId))).toEqual(new Set([buffer.traceId]));
    step();
    expect(traces.current.tree()).toEqual([{ name: "step", kind: "task" }]);
  });
});

describe("nested buffers", () => {
  it("the innermost holds", async () => {
    const [outer, inner] = [client.getSpanBuffer("outer"), client.getSpanBuffer("inner")];
    await outer.run(async () => {
      traced("outer before", () => undefined)();
      await inner.run(async () => {
        await macrotask();
        step();
        outer.run(() => traced("outer within", () => undefined)());
      });
      traced("outer after", () => undefined)();
    });
    expect([held(outer), held(inner)]).toEqual([["outer before", "outer within", "outer after"], ["step"]]);
    expect(await client.processSpans(inner)).toBe(true);
    expect(namesOf(traces.current.spans)).toEqual(["step"]);
  });

  it("an inner one without a name is of the outer one's trace, below its span if there is one", () => {
    const outer = client.getSpanBuffer("outer");
    outer.run(() => {
      const atTop = client.getSpanBuffer();
      expect([atTop.traceId, atTop.parentSpanId]).toEqual([outer.traceId, undefined]);
      traced("call", () => {
        const inner = client.getSpanBuffer();
        inner.run(step);
        expect([inner.traceId, inner.parentSpanId]).toEqual([outer.traceId, client.getCurrentSpanId()]);
        expect(held(inner)).toEqual(["step"]);
      })();
    });
    expect(held(outer)).toEqual(["call"]);
  });
});

describe("what starts and ends on different sides of run", () => {
  it("is held where it starts inside and ends outside", () => {
    const buffer = client.getSpanBuffer();
    const open = buffer.run(() => client.startSpan("ends later"));
    const lazily = buffer.run(() => new Desk().answer());
    open.end();
    void lazily.return(undefined);
    expect(held(buffer)).toEqual(["ends later"]);
  });

  it("is held where it starts outside and ends inside, while that runs", async () => {
    const buffer = client.getSpanBuffer();
    const [first, second, third] = [client.startSpan("first"), client.startSpan("second"), client.startSpan("third")];
    buffer.run(() => first.end());
    await buffer.run(async () => {
      await macrotask();
      second.end();
    });
    // As a shared connection does: the context is the buffer's, its run is over.
    const later = buffer.run(() => context.bind(context.active(), () => third.end()));
    later();
    expect(held(buffer)).toEqual(["first", "second"]);
    expect(namesOf(traces.current.spans)).toEqual(["third"]);
  });

  it("a generator that is called inside and read outside is held", async () => {
    const buffer = client.getSpanBuffer();
    const answer = buffer.run(() => new Desk().answer());
    for await (const _ of answer) step();
    expect(held(buffer)).toEqual(["answer"]);
    expect(namesOf(traces.current.spans)).toEqual(["step", "step"]);
    expect(buffer.getAllSpans()[0]?.spanContext().traceId).toBe(buffer.traceId);
  });

  it("what is detached by the root context is not held", () => {
    const buffer = client.getSpanBuffer();
    buffer.run(() => context.with(ROOT_CONTEXT, step));
    expect(held(buffer)).toEqual([]);
    expect(namesOf(traces.current.spans)).toEqual(["step"]);
  });

  it("the call around run is not held: it ends outside", () => {
    const buffer = client.getSpanBuffer();
    traced("around", () => buffer.run(step))();
    expect([held(buffer), namesOf(traces.current.spans)]).toEqual([["step"], ["around"]]);
  });
});

describe("what ends when run is over", () => {
  it("is held beside the others where they are not processed yet", async () => {
    const buffer = client.getSpanBuffer();
    let proceed = (): void => {};
    const gate = new Promise<void>((resolve) => (proceed = resolve));
    let late: Promise<void> | undefined;
    buffer.run(() => {
      step();
      late = traced("late", async () => {
        await gate;
        step();
      })();
    });
    expect(held(buffer)).toEqual(["step"]);
    proceed();
    await late;
    expect(held(buffer)).toEqual(["step", "step", "late"]);
    expect(traces.current.spans).toEqual([]);
  });

  it("follows them where they are", async () => {
    const buffer = client.getSpanBuffer();
    const open = buffer.run(() => (step(), client.startSpan("late")));
    expect(await client.processSpans(buffer)).toBe(true);
    expect(namesOf(traces.current.spans)).toEqual(["step"]);
    open.end();
    expect(namesOf(traces.current.spans)).toEqual(["step", "late"]);
    expect(held(buffer)).toEqual(["step"]);
    expect(await client.processSpans(buffer)).toBe(true);
    expect(traces.current.spans).toHaveLength(2);
  });

  it("is held again once the buffer is used again", async () => {
    const buffer = client.getSpanBuffer();
    const open = buffer.run(() => client.startSpan("late"));
    buffer.createSpan("one");
    await client.processSpans(buffer);
    buffer.createSpan("two");
    open.end();
    expect([held(buffer), namesOf(traces.current.spans)]).toEqual([["one", "two", "late"], ["one"]]);
    await client.processSpans(buffer);
    expect(namesOf(traces.current.spans)).toEqual(["one", "two", "late"]);
  });
});
