import { SpanKind } from "@opentelemetry/api";
import fc from "fast-check";

import { SpanReviver, encodeTracesData, type ReadableSpan } from "../../lib/otlp/index.js";
import { anySpan } from "./arbitrary-span.js";
import { goldenBatches } from "./golden-spans.js";
import { makeSpan } from "./make-span.js";

function record(span: ReadableSpan): string {
  const { text, encoded } = encodeTracesData([span]);
  expect(encoded).toBe(1);
  return text;
}

function revived(text: string): ReadableSpan {
  const span = new SpanReviver().revive(text);
  if (span === undefined) throw new Error("the record was not revived");
  return span;
}

describe("a revived span", () => {
  it("gives its record again, whatever it holds", () => {
    fc.assert(
      fc.property(anySpan, (span) => {
        const { text, encoded } = encodeTracesData([span]);
        fc.pre(encoded === 1);
        const once = record(revived(text));
        expect(JSON.parse(once)).toEqual(withKnownKind(JSON.parse(text)));
        expect(record(revived(once))).toBe(once);
      }),
      { numRuns: 300 },
    );
  });

  it.each(Object.entries(goldenBatches))("gives its record again: %s", (_what, spans) => {
    for (const span of spans.filter((span) => encodeTracesData([span]).encoded === 1)) {
      const once = record(revived(record(span)));
      expect(JSON.parse(once)).toEqual(withKnownKind(JSON.parse(record(span))));
      expect(record(revived(once))).toBe(once);
    }
  });

  it("has what exporters of the SDK read", () => {
    const span = revived(
      record(
        makeSpan({
          name: "a",
          kind: SpanKind.CLIENT,
          attributes: { text: "t", count: 3, big: 2 ** 60, list: ["a", 1], ["__proto__"]: "own" },
        }),
      ),
    );
    expect(span).toMatchObject({ name: "a", kind: SpanKind.CLIENT, ended: true });
    expect(span.attributes).toEqual({ text: "t", count: 3, big: 2 ** 60, list: ["a", 1], ["__proto__"]: "own" });
    expect(Object.getPrototypeOf(span.attributes)).toBe(Object.prototype);
    expect(span.duration).toEqual([
      span.endTime[0] - span.startTime[0] - (span.endTime[1] < span.startTime[1] ? 1 : 0),
      (span.endTime[1] - span.startTime[1] + 1e9) % 1e9,
    ]);
  });

  it("shares resource and scope with the record before it when they are the same, and only then", () => {
    const reviver = new SpanReviver();
    const [first, second, other] = [
      makeSpan({ name: "1" }),
      makeSpan({ name: "2" }),
      makeSpan({ name: "3", resource: { attributes: { "service.name": '"spans":[' } } }),
    ].map((span) => reviver.revive(record(span)));
    expect(second?.resource).toBe(first?.resource);
    expect(second?.instrumentationScope).toBe(first?.instrumentationScope);
    expect(other?.resource).not.toBe(first?.resource);
    expect(other?.resource.attributes).toEqual({ "service.name": '"spans":[' });
  });

  it.each(["", "{", "[]", "null", '{"resourceSpans":[]}', '{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}'])(
    "is not made of %j",
    (text) => {
      expect(new SpanReviver().revive(text)).toBeUndefined();
    },
  );

  it("is not made of a record of two", () => {
    const { text } = encodeTracesData([makeSpan({ name: "1" }), makeSpan({ name: "2" })]);
    expect(new SpanReviver().revive(text)).toBeUndefined();
  });
});

/** OTLP reads an unspecified kind as internal, and so do we. */
function withKnownKind(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data), (key, value: unknown) =>
    key === "kind" && value === 0 ? 1 : value,
  ) as unknown;
}
