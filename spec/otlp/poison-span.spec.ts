import { checkTracesData, decodeTracesData, encodeTracesData } from "../../lib/otlp/index";
import { makeSpan, spanId } from "./make-span";

const throwing = {
  good: 1,
  get bad(): never {
    throw new Error("secret");
  },
  after: "x",
};
const unlistable = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new Error("no keys");
    },
  },
);

describe("a poison span costs itself only", () => {
  it.each([
    ["a trace id that is none", makeSpan({ id: 2, traceId: "xyz" }), "its traceId is not valid"],
    ["a trace id of zeros", makeSpan({ id: 2, traceId: "0".repeat(32) }), "its traceId is not valid"],
    [
      "a span id that is none",
      { ...makeSpan(), spanContext: () => ({ traceId: "a".repeat(32), spanId: "1", traceFlags: 0 }) },
      "its spanId is not valid",
    ],
    [
      "a context that throws",
      {
        ...makeSpan(),
        spanContext: () => {
          throw new Error("x");
        },
      },
      "it cannot be read",
    ],
    ["no fields at all", {} as never, "it cannot be read"],
    ["undefined", undefined as never, "it cannot be read"],
  ])("%s is rejected, its neighbours are written", (_, poison, reason) => {
    const { text, encoded, degraded, rejected } = encodeTracesData([makeSpan({ id: 1 }), poison, makeSpan({ id: 3 })]);
    expect(decodeTracesData(text).spans.map((span) => span.spanId)).toEqual([spanId(1), spanId(3)]);
    expect({ encoded, degraded, rejected }).toEqual({ encoded: 2, degraded: [], rejected: [{ index: 1, reason }] });
    expect(checkTracesData(text)).toEqual([]);
  });

  it.each([
    ["a NaN end", { endTime: [NaN, 0] }, "end", 1704164645000000000n, 1704164645000000000n],
    ["a negative start", { startTime: [-1, 0] }, "start", 1704164645001000000n, 1704164645001000000n],
    ["an infinite end", { endTime: [Infinity, 0] }, "end", 1704164645000000000n, 1704164645000000000n],
    ["a start past 2554", { startTime: [18_446_744_074, 0] }, "start", 1704164645001000000n, 1704164645001000000n],
    ["no times", { startTime: undefined, endTime: null }, "start,end", 0n, 0n],
  ])("%s is mended and marked", (_, times, which, start, end) => {
    const { text, encoded, degraded } = encodeTracesData([makeSpan(times as never)]);
    const [span] = decodeTracesData(text).spans;
    expect([span?.startNanos, span?.endNanos]).toEqual([start, end]);
    expect([...(span?.attributes ?? [])]).toEqual([["spandrel.invalid_time", which]]);
    expect({ encoded, degraded }).toEqual({ encoded: 1, degraded: [{ index: 0, reason: `invalid time: ${which}` }] });
    expect(checkTracesData(text)).toEqual([]);
  });

  it("an event's bad time becomes the span's start, marked on the event", () => {
    const { text } = encodeTracesData([makeSpan({ events: [{ name: "e", time: [NaN, NaN] }] })]);
    expect(decodeTracesData(text).spans[0]?.events).toEqual([
      {
        name: "e",
        timeNanos: 1704164645000000000n,
        attributes: new Map([["spandrel.invalid_time", "time"]]),
        droppedAttributesCount: 0,
      },
    ]);
  });

  it("an attribute that throws is marked beside intact neighbours, without its error's text", () => {
    const { text, degraded } = encodeTracesData([makeSpan({ attributes: throwing })]);
    expect([...(decodeTracesData(text).spans[0]?.attributes ?? [])]).toEqual([
      ["good", 1],
      ["bad", "[unreadable]"],
      ["after", "x"],
    ]);
    expect(degraded).toEqual([{ index: 0, reason: "attribute 1 cannot be read" }]);
    expect(JSON.stringify(degraded) + text).not.toContain("secret");
  });

  it("attributes that cannot be listed are left out", () => {
    const { encoded, degraded } = encodeTracesData([makeSpan({ attributes: unlistable })]);
    expect({ encoded, degraded }).toEqual({
      encoded: 1,
      degraded: [{ index: 0, reason: "the attributes cannot be read" }],
    });
  });

  it("a link without valid ids is dropped and counted", () => {
    const link = { context: { traceId: "0".repeat(32), spanId: spanId(1), traceFlags: 1 } };
    const { text, degraded } = encodeTracesData([makeSpan({ links: [link] })]);
    expect(decodeTracesData(text).spans[0]).toMatchObject({ links: [], droppedLinksCount: 1 });
    expect(degraded).toEqual([{ index: 0, reason: "a link without valid ids" }]);
  });
});
