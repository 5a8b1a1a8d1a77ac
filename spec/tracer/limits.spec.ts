import { SpanStatusCode } from "@opentelemetry/api";

import { resetLog } from "../../lib/internal/index.js";
import { ourSpan, ourTracer, sdkTracer } from "./tracers.js";

beforeEach(() => resetLog(() => {}));

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `k${index}`);

describe("the limits of a span", () => {
  it("keep 128 attributes and count the others, while those there are can still be changed", () => {
    const span = ourSpan();
    for (const name of names(130)) span.setAttribute(name, 1);
    span.setAttribute("k0", 2);
    span.setAttribute("late", 1);
    expect(Object.keys(span.attributes)).toEqual(names(128));
    expect([span.attributes["k0"], span.droppedAttributesCount]).toEqual([2, 3]);
  });

  it("hold for attributes that the span starts with", () => {
    const span = ourSpan("span", { attributes: Object.fromEntries(names(200).map((name) => [name, name])) });
    expect([Object.keys(span.attributes).length, span.droppedAttributesCount]).toEqual([128, 72]);
  });

  it("keep the first 128 events and links and count the others", () => {
    const span = ourSpan();
    const context = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 };
    for (const name of names(130)) span.addEvent(name).addLink({ context, attributes: { name } });
    expect(span.events.map(({ name }) => name)).toEqual(names(128));
    expect(span.links.map(({ attributes }) => attributes?.["name"])).toEqual(names(128));
    expect([span.droppedEventsCount, span.droppedLinksCount]).toEqual([2, 2]);
    span.recordException(new Error("one too many"));
    expect([span.events.length, span.droppedEventsCount]).toEqual([128, 3]);
  });

  it("count a value that is no attribute", () => {
    const span = ourSpan();
    span.setAttributes({ a: {} as never, b: [1, "a"] as never, c: 10n as never, good: 1, none: undefined });
    span.addEvent("event", { a: {} as never, good: [1] });
    span.addLink({ context: span.spanContext(), attributes: { a: (() => 1) as never, good: true } });
    expect([span.attributes, span.droppedAttributesCount]).toEqual([{ good: 1 }, 3]);
    expect(span.events[0]).toMatchObject({ attributes: { good: [1] }, droppedAttributesCount: 1 });
    expect(span.links[0]).toMatchObject({ attributes: { good: true }, droppedAttributesCount: 1 });
  });

  it("are those of the SDK, and so are the counts", () => {
    const [ours, theirs] = [ourTracer(), sdkTracer()].map(({ tracer, ended }) => {
      const span = tracer.startSpan("span");
      const context = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 };
      for (const name of names(140)) span.setAttribute(name, 1).addEvent(name).addLink({ context });
      span.setStatus({ code: SpanStatusCode.ERROR, message: "full" });
      span.end();
      const { droppedAttributesCount, droppedEventsCount, droppedLinksCount, attributes, events, links } = ended[0]!;
      return [
        droppedAttributesCount,
        droppedEventsCount,
        droppedLinksCount,
        Object.keys(attributes),
        events.length,
        links.length,
      ];
    });
    expect(ours).toEqual(theirs);
  });

  it("count a name that every object has, such as toString, like any other", () => {
    const span = ourSpan();
    for (const name of names(128)) span.setAttribute(name, 1);
    span.setAttribute("toString", 1);
    expect([Object.keys(span.attributes).length, span.droppedAttributesCount]).toEqual([128, 1]);
  });

  it("keep 128 attributes of an event, as the SDK does", () => {
    const span = ourSpan();
    span.addEvent("event", Object.fromEntries(names(200).map((name) => [name, 1])));
    const { attributes = {}, droppedAttributesCount } = span.events[0]!;
    expect([Object.keys(attributes).length, droppedAttributesCount]).toEqual([128, 72]);
  });

  it("never let an event's attributes change their prototype", () => {
    const span = ourSpan();
    span.addEvent("event", JSON.parse('{ "__proto__": ["x"], "good": 1 }'));
    expect(Object.getPrototypeOf(span.events[0]?.attributes)).toBe(Object.prototype);
  });
});
