import { type Context, ROOT_CONTEXT, type Span, trace } from "@opentelemetry/api";

import type { ReadableSpan } from "../../lib/otlp/index.js";
import { ourTracer } from "./tracers.js";

const HOUR = 3_600_000;
const nanos = ([seconds, rest]: readonly [number, number]): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(rest);

/** Moves the wall clock, and leaves the monotonic one alone, as an NTP correction does. */
let skew = 0;
beforeEach(() => {
  skew = 0;
  const now = Date.now.bind(Date);
  jest.spyOn(Date, "now").mockImplementation(() => now() + skew);
});
afterEach(() => jest.restoreAllMocks());

function start(name: string, parent?: Span, tracer = ourTracer().tracer): Span & ReadableSpan {
  const context: Context = parent === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, parent);
  return tracer.startSpan(name, {}, context) as Span & ReadableSpan;
}

describe("a wall clock that jumps", () => {
  it.each([
    ["back", -HOUR],
    ["forward", HOUR],
  ])("%s an hour moves no span of a running trace", (_direction, jump) => {
    const root = start("root");
    skew = jump;
    const child = start("child", root);
    skew = -jump;
    const grandchild = start("grandchild", child);
    child.addEvent("event");
    skew = 2 * jump;
    for (const span of [grandchild, child, root]) span.end();
    const [r, c, g] = [root, child, grandchild];
    const order = [r.startTime, c.startTime, g.startTime, c.events[0]!.time, g.endTime, c.endTime, r.endTime].map(
      nanos,
    );
    expect(order).toEqual([...order].sort((a, b) => (a < b ? -1 : 1)));
    expect(order[6]! - order[0]!).toBeLessThan(1_000_000_000n);
  });

  it("is followed by the next trace", () => {
    const before = start("before");
    skew = HOUR;
    const after = start("after");
    const apart = Number(nanos(after.startTime) - nanos(before.startTime)) / 1e6;
    expect(Math.abs(apart - HOUR)).toBeLessThan(1000);
  });

  it("tells roots of one millisecond apart, in the order of their starts", () => {
    const starts = Array.from({ length: 50 }, (_, at) => nanos(start(`root ${at}`).startTime));
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => (a < b ? -1 : 1)));
    expect(starts.some((time) => time % 1_000_000n !== 0n)).toBe(true);
  });

  it("leaves durations to the monotonic clock", () => {
    const span = start("span");
    skew = -HOUR;
    span.end();
    expect(span.duration[0]).toBe(0);
    expect(span.duration[1]).toBeGreaterThan(0);
  });
});

describe("times", () => {
  it("are those of the wall clock, to the millisecond", () => {
    const from = Date.now();
    const span = start("span");
    span.end();
    const to = Date.now();
    for (const time of [span.startTime, span.endTime]) {
      const millis = Number(nanos(time)) / 1e6;
      expect(millis).toBeGreaterThanOrEqual(from - 1);
      expect(millis).toBeLessThanOrEqual(to + 1);
    }
  });

  it("are kept exactly where they were given to the nanosecond", () => {
    const { tracer } = ourTracer();
    const span = tracer.startSpan("span", { startTime: [1_700_000_000, 123_456_789] }) as Span & ReadableSpan;
    span.end([1_700_000_001, 23_456_788]);
    expect([span.startTime, span.endTime, span.duration]).toEqual([
      [1_700_000_000, 123_456_789],
      [1_700_000_001, 23_456_788],
      [0, 899_999_999],
    ]);
  });

  it.each<[string, unknown, unknown]>([
    ["an end before the start", 1_700_000_010_000, 1_700_000_000_000],
    ["an end before a start that is exact", [1_700_000_010, 5], [1_700_000_000, 7]],
    ["a start in the future", Date.now() + HOUR, undefined],
  ])("make no negative duration: %s", (_what, startTime, endTime) => {
    const { tracer } = ourTracer();
    const span = tracer.startSpan("span", { startTime: startTime as number }) as Span & ReadableSpan;
    span.end(endTime as number);
    expect(span.duration).toEqual([0, 0]);
    expect(span.endTime).toEqual(span.startTime);
  });

  it("make no negative duration where start and end are less than a double's step apart", () => {
    const { tracer } = ourTracer();
    const span = tracer.startSpan("span", { startTime: [1_700_000_010, 5] }) as Span & ReadableSpan;
    span.end([1_700_000_010, 4]);
    expect(span.duration).toEqual([0, 0]);
  });

  it.each<[string, unknown]>([
    ["an invalid Date", new Date(NaN)],
    ["NaN", NaN],
    ["Infinity", Infinity],
    ["a time before 1970", [-1, 0]],
    ["a Date before 1970", new Date(-1)],
    ["a text", "now"],
    ["a bigint", 10n],
    ["null", null],
    ["an object", {}],
    ["an empty list", []],
    ["a list of texts", ["a", "b"]],
    ["a list with NaN", [NaN, 0]],
  ])("that are none stand for now: %s", (_what, time) => {
    const { tracer } = ourTracer();
    const from = Date.now();
    const span = tracer.startSpan("span", { startTime: time as number }) as Span & ReadableSpan;
    span.addEvent("event", {}, time as number);
    span.end(time as number);
    for (const hrTime of [span.startTime, span.events[0]!.time, span.endTime]) {
      expect(hrTime.every((part) => Number.isInteger(part) && part >= 0)).toBe(true);
      expect(Number(nanos(hrTime)) / 1e6).toBeGreaterThanOrEqual(from - 1);
      expect(Number(nanos(hrTime)) / 1e6).toBeLessThan(from + 10_000);
    }
  });

  it("never have a billion nanoseconds", () => {
    const { tracer } = ourTracer();
    for (const fraction of [0.9999999, 0.99999999, 0.5, 0]) {
      const span = tracer.startSpan("span", { startTime: 1_700_000_000_999 + fraction }) as Span & ReadableSpan;
      expect(span.startTime[1]).toBeLessThan(1e9);
    }
  });
});
