import { checkTracesData, encodeTracesData } from "../../lib/otlp/index";
import { makeSpan, spanId, TRACE_ID } from "./make-span";

const RESOURCE = '{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"desk"}}]},"scopeSpans":[';
const SCOPE = '{"scope":{"name":"spandrel","version":"0.1.0"},"spans":[';

describe("encodeTracesData", () => {
  it("writes a root span to the letter", () => {
    const { text, encoded, degraded, rejected } = encodeTracesData([makeSpan()]);
    expect(text).toBe(
      `{"resourceSpans":[${RESOURCE}${SCOPE}{"traceId":"${TRACE_ID}","spanId":"0000000000000001","flags":257,` +
        '"name":"Desk.handle","kind":1,"startTimeUnixNano":"1704164645000000000","endTimeUnixNano":"1704164645001000000",' +
        '"status":{}}]}]}]}',
    );
    expect({ encoded, degraded, rejected }).toEqual({ encoded: 1, degraded: [], rejected: [] });
  });

  it("writes every field of a full span to the letter", () => {
    const span = makeSpan({
      id: 2,
      parent: 1,
      isParentRemote: true,
      traceState: "vendor=1",
      kind: 2,
      name: 'say "hi"\n',
      status: { code: 2, message: "no" },
      attributes: { s: "x", b: true, i: 5, d: 0.5, list: ["a", 1], none: null, gone: undefined },
      events: [
        { name: "e1", time: [1, 2], attributes: { k: "v" }, droppedAttributesCount: 3 },
        { name: "e2", time: [0, 7] },
      ],
      links: [
        { context: { traceId: TRACE_ID, spanId: spanId(9), traceFlags: 0 } },
        {
          context: { traceId: TRACE_ID.toUpperCase(), spanId: spanId(10), traceFlags: 1, isRemote: true },
          attributes: { a: 1 },
          droppedAttributesCount: 1,
        },
      ],
      droppedAttributesCount: 4,
      droppedEventsCount: 5,
      droppedLinksCount: 6,
    });
    expect(encodeTracesData([span]).text).toBe(
      `{"resourceSpans":[${RESOURCE}${SCOPE}{"traceId":"${TRACE_ID}","spanId":"0000000000000002","traceState":"vendor=1",` +
        '"parentSpanId":"0000000000000001","flags":769,"name":"say \\"hi\\"\\n","kind":3,' +
        '"startTimeUnixNano":"1704164645000000000","endTimeUnixNano":"1704164645001000000",' +
        '"attributes":[{"key":"s","value":{"stringValue":"x"}},{"key":"b","value":{"boolValue":true}},' +
        '{"key":"i","value":{"intValue":"5"}},{"key":"d","value":{"doubleValue":0.5}},' +
        '{"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"1"}]}}}],' +
        '"droppedAttributesCount":4,' +
        '"events":[{"timeUnixNano":"1000000002","name":"e1","attributes":[{"key":"k","value":{"stringValue":"v"}}],' +
        '"droppedAttributesCount":3},{"timeUnixNano":"7","name":"e2"}],"droppedEventsCount":5,' +
        `"links":[{"traceId":"${TRACE_ID}","spanId":"0000000000000009","flags":256},` +
        `{"traceId":"${TRACE_ID}","spanId":"000000000000000a","attributes":[{"key":"a","value":{"intValue":"1"}}],` +
        '"droppedAttributesCount":1,"flags":769}],"droppedLinksCount":6,' +
        '"status":{"code":2,"message":"no"}}]}]}]}',
    );
    expect(checkTracesData(encodeTracesData([span]).text)).toEqual([]);
  });

  it("groups spans by resource and scope, in the order these first appear", () => {
    const other = { attributes: {}, schemaUrl: "https://r" };
    const scope = { name: "openai", schemaUrl: "https://s" };
    const spans = [
      makeSpan({ id: 1 }),
      makeSpan({ id: 2, resource: other }),
      makeSpan({ id: 3, instrumentationScope: scope }),
      // Equal content in another object belongs to the same group.
      makeSpan({ id: 4, resource: { attributes: { "service.name": "desk" } } }),
    ];
    const idOf = (id: number): unknown => expect.objectContaining({ spanId: spanId(id) });
    expect(JSON.parse(encodeTracesData(spans).text)).toEqual({
      resourceSpans: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: "desk" } }] },
          scopeSpans: [
            { scope: { name: "spandrel", version: "0.1.0" }, spans: [idOf(1), idOf(4)] },
            { scope: { name: "openai" }, schemaUrl: "https://s", spans: [idOf(3)] },
          ],
        },
        {
          resource: {},
          schemaUrl: "https://r",
          scopeSpans: [{ scope: { name: "spandrel", version: "0.1.0" }, spans: [idOf(2)] }],
        },
      ],
    });
  });

  it("reads a resource again while its detectors are still at work", () => {
    const resource = { attributes: { a: 1 } as Record<string, unknown>, asyncAttributesPending: true };
    const first = encodeTracesData([makeSpan({ resource })]).text;
    resource.attributes["host.name"] = "h";
    expect(first).not.toContain("host.name");
    expect(encodeTracesData([makeSpan({ resource })]).text).toContain('{"key":"host.name"');
  });

  it("writes nothing for no spans", () => {
    expect(encodeTracesData([])).toEqual({ text: '{"resourceSpans":[]}', encoded: 0, degraded: [], rejected: [] });
  });

  it.each([
    [[1, 999_999_999], "1999999999"],
    [[0, 5], "5"],
    [[1, 1_000_000_000], "2000000000"],
    [[2, -1], "1999999999"],
    [[1.5, 0], "1500000000"],
    [[1_704_164_645, 0], "1704164645000000000"],
    [[18_446_744_073, 709_551_615], "18446744073709551615"],
  ])("writes the time %j as %s", (time, nanos) => {
    expect(JSON.parse(encodeTracesData([makeSpan({ startTime: time as [number, number] })]).text)).toMatchObject({
      resourceSpans: [{ scopeSpans: [{ spans: [{ startTimeUnixNano: nanos }] }] }],
    });
  });
});
