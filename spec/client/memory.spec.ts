import { context } from "@opentelemetry/api";
import { getClient, traced } from "../../lib/index.js";
import { collect, collectUntil } from "../support/garbage.js";
import { held, namesOf, useBalancedTraces } from "./rig.js";

const traces = useBalancedTraces();
const client = getClient();
const step = traced("step", () => undefined);

/** Ends a span in the context that it was made in. */
type Endless = () => void;

/** Makes something in a buffer that lives longer than it, such as a timer or a connection. */
function openInside(run: (fn: () => Endless) => Endless): Endless {
  return run(() => context.bind(context.active(), () => void step()));
}

describe("a buffer that nobody has any more", () => {
  it("is collected with its spans, although what was opened inside lives on", async () => {
    const refs: WeakRef<object>[] = [];
    const endless = (() => {
      const buffer = client.getSpanBuffer();
      const opened = openInside((fn) => buffer.run(fn));
      for (let count = 0; count < 100; count++) buffer.createSpan("created");
      opened();
      expect(buffer.getSpanCount()).toBe(101);
      refs.push(new WeakRef(buffer), ...buffer.getAllSpans().map((span) => new WeakRef(span)));
      return opened;
    })();
    const alive = (): number => refs.filter((ref) => ref.deref() !== undefined).length;
    expect(await collectUntil(() => alive() === 0)).toBe(true);
    // What goes on is discarded with it, and what has nothing to do with it is not.
    for (let count = 0; count < 3; count++) endless();
    step();
    expect(namesOf(traces.current.spans)).toEqual(["step"]);
    expect(traces.current.telemetry.status().processors).toMatchObject([{ ended: 1, exported: 1 }]);
  });

  it("still lets a span of nobody's pass that ends in its context", async () => {
    const refs: WeakRef<object>[] = [];
    const outsider = client.startSpan("outsider");
    const end = (() => {
      const buffer = client.getSpanBuffer();
      refs.push(new WeakRef(buffer));
      return buffer.run(() => context.bind(context.active(), () => outsider.end()));
    })();
    expect(await collectUntil(() => refs[0]?.deref() === undefined)).toBe(true);
    end();
    expect(namesOf(traces.current.spans)).toEqual(["outsider"]);
  });

  it("is kept while its run is under way, so that nothing is lost that somebody may look at in it", async () => {
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const refs: WeakRef<object>[] = [];
    const running = (() => {
      const buffer = client.getSpanBuffer();
      refs.push(new WeakRef(buffer));
      return buffer.run(async () => {
        await gate;
        step();
      });
    })();
    await collect();
    expect(refs[0]?.deref()).toBeDefined();
    finish();
    await running;
    expect(traces.current.spans).toEqual([]);
  });
});

describe("a buffer that somebody has", () => {
  it("keeps what it holds", async () => {
    const buffer = client.getSpanBuffer();
    const endless = openInside((fn) => buffer.run(fn));
    endless();
    await collect();
    endless();
    expect(held(buffer)).toEqual(["step", "step"]);
  });

  it("lets go of what is cleared", async () => {
    const buffer = client.getSpanBuffer();
    buffer.run(step);
    const refs = buffer.getAllSpans().map((span) => new WeakRef(span));
    buffer.clearSpans();
    expect(await collectUntil(() => refs.every((ref) => ref.deref() === undefined))).toBe(true);
  });
});

describe("spans that were processed", () => {
  it("are not kept by the memory of it", async () => {
    const refs = await (async () => {
      const buffer = client.getSpanBuffer();
      buffer.run(step);
      await client.processSpans(buffer);
      return buffer.getAllSpans().map((span) => new WeakRef(span));
    })();
    traces.current.reset();
    expect(await collectUntil(() => refs.every((ref) => ref.deref() === undefined))).toBe(true);
  });
});

describe("a chain of calls that start one another", () => {
  it("keeps none of its ancestors alive, nor what they have set and others have replaced", async () => {
    const held: WeakRef<object>[] = [];
    let last = context.active();
    let proceed = (): void => {};
    const done = new Promise<void>((resolve) => (proceed = resolve));
    const link: (left: number) => void = traced({ name: "link", captureInput: false }, (left: number) => {
      const own = { left };
      held.push(new WeakRef(own), new WeakRef(context.active()));
      client.setContextValue("key", own);
      last = context.active();
      const next = (): void => (left === 0 ? proceed() : link(left - 1));
      client.getTracer().startActiveSpan("by hand", (span) => {
        span.end();
        setImmediate(next);
      });
    });
    link(300);
    await done;
    traces.current.reset();
    const alive = (): number => held.filter((ref) => ref.deref() !== undefined).length;
    // As it would be while the chain goes on: the last context is there, with its value, and maybe the one before.
    expect(await collectUntil(() => alive() < 10)).toBe(true);
    expect(context.with(last, () => client.getContextValue("key"))).toEqual({ left: 0 });
  });
});
