import { type Link, type Span, type SpanOptions, SpanKind, SpanStatusCode, type TimeInput } from "@opentelemetry/api";
import fc from "fast-check";

import type { ReadableSpan } from "../../lib/otlp/index.js";
import { ourTracer, sdkTracer } from "./tracers.js";

/**
 * Where our span differs from the SDK's on purpose, and so what the comparison makes equal:
 * - an attribute that is none is counted in `droppedAttributesCount` (the SDK drops it without a trace);
 * - a null inside the attributes of an event or link is left out;
 * - of too many events and links the newest are dropped (the SDK drops the oldest); the counts agree;
 * - a link always has an attributes object;
 * - an exception's type is its name or `typeof`, never its `code`, and anything thrown makes an event;
 * - a status code that is none is ignored;
 */

const text = fc.string({ maxLength: 6 });
const key = fc
  .constantFrom("a", "b", "c", "http.status", "toString", "ключ", "")
  .chain((fixed) => fc.oneof({ weight: 4, arbitrary: fc.constant(fixed) }, { weight: 1, arbitrary: text }))
  .filter((name) => name !== "__proto__");
const primitive = fc.oneof(text, fc.double(), fc.integer(), fc.boolean());
const good = fc.oneof(
  primitive,
  fc.array(fc.oneof(text, fc.constant(null), fc.constant(undefined)), { maxLength: 3 }),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.array(fc.boolean(), { maxLength: 3 }),
);
/** What users pass although it is no attribute value. */
const bad = fc.constantFrom<unknown>({}, { a: 1 }, 10n, new Date(0), [1, "a"], [{}], [[1]], () => 1, Symbol("s"));
const value = fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: bad });
const attributes = fc.dictionary(key, value, { maxKeys: 4 });
/** Of events and links: see the failing spec about names that are empty. */
const named = fc.dictionary(
  key.filter((name) => name !== ""),
  value,
  { maxKeys: 4 },
);
const EPOCH = 1_700_000_000_000;
/** To the microsecond: see the failing spec of the clock about less. */
const time: fc.Arbitrary<TimeInput> = fc.oneof(
  fc.integer({ min: EPOCH, max: EPOCH + 10_000 }),
  fc.integer({ min: EPOCH, max: EPOCH + 10_000 }).map((millis) => new Date(millis)),
  fc.tuple(
    fc.integer({ min: EPOCH / 1000, max: EPOCH / 1000 + 9 }),
    fc.integer({ min: 0, max: 999_999 }).map((micros) => micros * 1000),
  ),
);
/** Of events: see the failing spec about nanoseconds. */
const eventTime = time.map((at) => (Array.isArray(at) ? ([at[0], Math.floor(at[1] / 1e6) * 1e6] as TimeInput) : at));
const link: fc.Arbitrary<Link> = fc.record({
  context: fc.constantFrom(
    { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 },
    { traceId: "3".repeat(32), spanId: "4".repeat(16), traceFlags: 0, isRemote: true },
  ),
  attributes: fc.option(named, { nil: undefined }) as fc.Arbitrary<NonNullable<Link["attributes"]>>,
});
const exception = fc.oneof(
  text.map((message) => new TypeError(`m${message}`)),
  fc.record({ name: fc.constant("Own"), message: fc.constant("text") }),
);

type Call = readonly [description: string, run: (span: Span) => unknown];
const call: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(key, value).map(([k, v]): Call => [`setAttribute ${k}`, (span) => span.setAttribute(k, v as string)]),
  attributes.map((given): Call => ["setAttributes", (span) => span.setAttributes(given as never)]),
  fc
    .tuple(text, named, eventTime)
    .map(([name, given, at]): Call => ["addEvent", (span) => span.addEvent(name, given as never, at)]),
  fc.tuple(text, eventTime).map(([name, at]): Call => ["addEvent at", (span) => span.addEvent(name, at)]),
  link.map((given): Call => ["addLink", (span) => span.addLink(given)]),
  fc.array(link, { maxLength: 3 }).map((given): Call => ["addLinks", (span) => span.addLinks(given)]),
  fc
    .record({
      code: fc.constantFrom(SpanStatusCode.UNSET, SpanStatusCode.OK, SpanStatusCode.ERROR),
      message: fc.option(fc.oneof(text, fc.constant(7 as never)), { nil: undefined }),
    })
    .map((status): Call => [`setStatus ${status.code}`, (span) => span.setStatus(status as never)]),
  text.map((name): Call => ["updateName", (span) => span.updateName(name)]),
  fc.tuple(exception, eventTime).map(([thrown, at]): Call => [
    "recordException",
    (span) => {
      span.recordException(thrown, at);
    },
  ]),
  fc.option(time, { nil: undefined }).map((at): Call => [
    "end",
    (span) => {
      span.end(at);
    },
  ]),
);
const startOptions: fc.Arbitrary<SpanOptions> = fc.record(
  {
    kind: fc.constantFrom(SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER),
    attributes: fc.dictionary(key, good, { maxKeys: 4 }),
    links: fc.array(link, { maxLength: 2 }),
    startTime: time,
    root: fc.boolean(),
  },
  { requiredKeys: ["startTime"] },
);

function withoutNulls(given: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, one]) => one !== null && one !== undefined));
}

/** Everything an exporter reads of a span, but for its random ids and, where none was given, the time of its end. */
function shape(span: ReadableSpan & { isRecording?: () => boolean }): unknown {
  return {
    name: span.name,
    kind: span.kind,
    attributes: { ...span.attributes },
    events: span.events.map(({ name, attributes: own, time: at }) => ({ name, attributes: withoutNulls(own), at })),
    links: span.links.map(({ context, attributes: own }) => ({ context, attributes: withoutNulls(own) })),
    status: span.status,
    startTime: span.startTime,
    ended: span.ended,
    isRecording: span.isRecording?.(),
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
    resource: span.resource.attributes,
    scope: { name: span.instrumentationScope.name, version: span.instrumentationScope.version },
    flags: span.spanContext().traceFlags,
    parent: span.parentSpanContext,
  };
}

function nanos([seconds, rest]: readonly [number, number]): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}

describe("our span", () => {
  it("is read as the SDK's after any sequence of calls", () => {
    fc.assert(
      fc.property(text, startOptions, fc.array(call, { maxLength: 12 }), time, (name, options, calls, end) => {
        const [ours, theirs] = [ourTracer(), sdkTracer()];
        const spans = [ours, theirs].map(({ tracer }) => tracer.startSpan(name, options) as Span & ReadableSpan);
        for (const [, run] of calls) for (const span of spans) run(span);
        const isEndGiven = !calls.some(([description]) => description === "end");
        for (const span of spans) span.end(end);
        const [own, sdk] = spans as [Span & ReadableSpan, Span & ReadableSpan];
        expect(shape(own)).toEqual(shape(sdk));
        expect([ours.ended, theirs.ended]).toEqual([[own], [sdk]]);
        if (isEndGiven) {
          expect(own.endTime).toEqual(sdk.endTime);
          expect(own.duration).toEqual(sdk.duration);
        }
        expect(nanos(own.startTime) + nanos(own.duration)).toBe(nanos(own.endTime));
      }),
      { numRuns: 400 },
    );
  });

  it("agrees on times that are made of fractions and of performance.now()", () => {
    const [ours, theirs] = [ourTracer(), sdkTracer()];
    const at = performance.now();
    for (const { tracer } of [ours, theirs]) {
      const span = tracer.startSpan("span", { startTime: at - 5 });
      span.addEvent("event", at - 3.25);
      span.end(at);
    }
    const micros = ({ startTime, endTime, events }: ReadableSpan): number[] =>
      [startTime, endTime, events[0]!.time].map((one) => Number(nanos(one)) / 1e3);
    const [own, sdk] = [micros(ours.ended[0]!), micros(theirs.ended[0]!)];
    // The SDK measures its clock's offset in whole milliseconds and adds them up rounded.
    own.forEach((micro, index) => expect(Math.abs(micro - sdk[index]!)).toBeLessThan(1001));
    expect(ours.ended[0]!.duration).toEqual([0, 5_000_000]);
  });

  it("tells as the SDK's what is still open", () => {
    const spans = [ourTracer(), sdkTracer()].map(({ tracer }) => tracer.startSpan("span") as Span & ReadableSpan);
    const read = spans.map(({ endTime, duration, ended, events, links, status }) => ({
      endTime,
      duration,
      ended,
      events,
      links,
      status,
    }));
    expect(read[0]).toEqual(read[1]);
  });

  it("ignores everything after its end, and ends once", () => {
    const { tracer, ended } = ourTracer();
    const span = tracer.startSpan("span") as Span & ReadableSpan;
    span.setAttribute("a", 1);
    span.end();
    const before = shape(span);
    const { endTime } = span;
    span.setAttribute("b", 1).setAttributes({ c: 1 }).addEvent("e").updateName("other");
    span.addLink({ context: span.spanContext() }).setStatus({ code: SpanStatusCode.ERROR });
    span.recordException(new Error("late"));
    span.end(Date.now() + 5000);
    expect(shape(span)).toEqual(before);
    expect(span.endTime).toEqual(endTime);
    expect(ended).toEqual([span]);
  });

  it("keeps copies: what the caller changes later changes no span", () => {
    const span = ourTracer().tracer.startSpan("span", { attributes: {} }) as Span & ReadableSpan;
    const list = ["a"];
    span.setAttribute("list", list);
    list.push("b");
    expect(span.attributes["list"]).toEqual(["a"]);
  });

  it("takes the later of two times given to an event, as the SDK does", () => {
    const span = ourTracer().tracer.startSpan("span") as Span & ReadableSpan;
    span.addEvent("event", new Date(EPOCH), EPOCH + 1000);
    expect(span.events[0]?.time).toEqual([EPOCH / 1000 + 1, 0]);
  });

  it("keeps an event's time as it was given, to the nanosecond", () => {
    const span = ourTracer().tracer.startSpan("span") as Span & ReadableSpan;
    span.addEvent("event", {}, [1_700_000_000, 123_456_789]);
    expect(span.events[0]?.time).toEqual([1_700_000_000, 123_456_789]);
  });

  it("takes no attribute without a name into an event or link", () => {
    const span = ourTracer().tracer.startSpan("span") as Span & ReadableSpan;
    span.addEvent("event", { "": 1 }).addLink({ context: span.spanContext(), attributes: { "": 1 } });
    expect([span.events[0]?.attributes, span.links[0]?.attributes]).toEqual([{}, {}]);
  });

  it("keeps copies of the lists in events and links as well", () => {
    const span = ourTracer().tracer.startSpan("span") as Span & ReadableSpan;
    const list = ["a"];
    span.addEvent("event", { list }).addLink({ context: span.spanContext(), attributes: { list } });
    list.push("b");
    expect([span.events[0]?.attributes, span.links[0]?.attributes]).toEqual([{ list: ["a"] }, { list: ["a"] }]);
  });
});
