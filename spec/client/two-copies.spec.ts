import * as one from "../../lib/index.js";
import { namesOf, useBalancedTraces } from "./rig.js";

const traces = useBalancedTraces();

/** The package once more in the same process, as `import` and `require` may load it. */
function secondCopy(): typeof one {
  const copy = { current: one };
  jest.isolateModules(() => (copy.current = jest.requireActual<typeof one>("../../lib/index.js")));
  expect(copy.current.SpanBuffer).not.toBe(one.SpanBuffer);
  return copy.current;
}

describe("two copies of the package in one process", () => {
  it("share buffers: what one holds the other processes, once", async () => {
    const two = secondCopy();
    const buffer = two.getClient().getSpanBuffer("trace-123");
    buffer.run(() => one.traced("of the first", () => two.traced("of the second", () => undefined)())());
    buffer.createSpan("created");
    expect(namesOf(buffer.getAllSpans())).toEqual(["of the second", "of the first", "created"]);
    expect(traces.current.spans).toEqual([]);
    expect(await one.getClient().processSpans(buffer)).toBe(true);
    expect(await two.getClient().processSpans(one.SpanBuffer.deserialize(buffer.serialize()))).toBe(true);
    expect(namesOf(traces.current.spans)).toEqual(["of the second", "of the first", "created"]);
  });

  it("share the span that runs, and the values of its call", () => {
    const two = secondCopy();
    one.traced("call", () => {
      expect(two.getClient().getCurrentSpanId()).toBe(one.getClient().getCurrentSpanId());
      expect(two.getClient().setContextValue("key", 1)).toBe(true);
      expect(one.getClient().getContextValue("key")).toBe(1);
      two.traced("below", () => {
        expect(two.getClient().getContextValue("key")).toBe(1);
        one.getClient().updateCurrentSpan({ attributes: { seen: true } });
      })();
    })();
    expect(traces.current.tree((span) => ({ seen: span.attributes["seen"] }))).toEqual([
      {
        name: "call",
        kind: "task",
        seen: undefined,
        children: [{ name: "below", kind: "task", seen: true }],
      },
    ]);
  });
});
