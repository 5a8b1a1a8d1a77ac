import { decodeTracesData } from "../../lib/otlp/index";
import { TRACE_ID } from "./make-span";

function lineOf(...spans: unknown[]): string {
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** As the Collector's file exporter writes it. */
const COLLECTOR_LINE =
  '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},' +
  '"scopeSpans":[{"scope":{"name":"http","version":"1"},"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C",' +
  '"spanId":"EEE19B7EC3C1B174","parentSpanId":"","name":"GET /","kind":2,"startTimeUnixNano":1544712660000000000,' +
  '"endTimeUnixNano":"1544712661000000001","attributes":[{"key":"n","value":{"intValue":7}},' +
  '{"key":"big","value":{"intValue":"9223372036854775807"}},{"key":"x","value":{"doubleValue":"NaN"}}],' +
  '"status":{},"somethingNew":1}]}],"schemaUrl":"https://s"}]}';

describe("decodeTracesData", () => {
  it("reads a line of the Collector", () => {
    expect(decodeTracesData(COLLECTOR_LINE)).toEqual({
      skipped: 0,
      spans: [
        {
          traceId: "5b8efff798038103d269b633813fc60c",
          spanId: "eee19b7ec3c1b174",
          traceState: "",
          flags: 0,
          name: "GET /",
          kind: 2,
          startNanos: 1544712660000000000n,
          endNanos: 1544712661000000001n,
          attributes: new Map<string, unknown>([
            ["n", 7],
            ["big", 9223372036854775807n],
            ["x", NaN],
          ]),
          droppedAttributesCount: 0,
          events: [],
          droppedEventsCount: 0,
          links: [],
          droppedLinksCount: 0,
          status: { code: 0, message: "" },
          resource: { attributes: new Map([["service.name", "shop"]]), schemaUrl: "https://s" },
          scope: { name: "http", version: "1", attributes: new Map(), schemaUrl: "" },
        },
      ],
    });
  });

  it("takes enum names and numbers as texts", () => {
    const span = {
      traceId: TRACE_ID,
      spanId: "00000000000000aa",
      kind: "SPAN_KIND_CLIENT",
      status: { code: "STATUS_CODE_ERROR" },
      flags: "257",
    };
    expect(decodeTracesData(lineOf(span)).spans[0]).toMatchObject({ kind: 3, status: { code: 2 }, flags: 257 });
  });

  it("counts what has no usable ids and keeps its neighbours", () => {
    const good = { traceId: TRACE_ID, spanId: "00000000000000aa" };
    const base64 = { traceId: "W47/95gDgQPSabYzgT/GDA==", spanId: "7uGbfsPBsXQ=" };
    const { spans, skipped } = decodeTracesData(lineOf(null, base64, good, 7, { ...good, spanId: "0".repeat(16) }));
    expect(spans.map((span) => span.spanId)).toEqual(["00000000000000aa"]);
    expect(skipped).toBe(4);
  });

  it.each([
    ["a torn line", COLLECTOR_LINE.slice(0, 300), "it is not JSON"],
    ["an empty line", "", "it is not JSON"],
    ["a bare span", '{"traceId":"x"}', "it has no resourceSpans"],
    ["null", "null", "it has no resourceSpans"],
    ["metrics", '{"resourceMetrics":[]}', "it has no resourceSpans"],
  ])("says what is wrong with %s", (_, line, fault) => {
    expect(decodeTracesData(line)).toEqual({ spans: [], skipped: 0, fault });
  });

  it("lets no key reach a prototype", () => {
    const span = `{"traceId":"${TRACE_ID}","spanId":"00000000000000aa","attributes":[{"key":"__proto__","value":{"kvlistValue":{"values":[{"key":"polluted","value":{"boolValue":true}}]}}}]}`;
    const { spans } = decodeTracesData(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`);
    expect(spans[0]?.attributes.get("__proto__")).toEqual(new Map([["polluted", true]]));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("survives values nested 200,000 deep", () => {
    const depth = 200_000;
    const deep = '{"arrayValue":{"values":['.repeat(depth) + "]}}".repeat(depth);
    const line = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${TRACE_ID}","spanId":"00000000000000aa","attributes":[{"key":"d","value":${deep}}]}]}]}]}`;
    expect(decodeTracesData(line).spans).toHaveLength(1);
  });

  it("holds times within what the wire can", () => {
    const span = {
      traceId: TRACE_ID,
      spanId: "00000000000000aa",
      startTimeUnixNano: "-5",
      endTimeUnixNano: "9".repeat(40),
    };
    expect(decodeTracesData(lineOf(span)).spans[0]).toMatchObject({ startNanos: 0n, endNanos: 18446744073709551615n });
  });
});
