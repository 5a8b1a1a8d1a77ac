import { decodeTracesProtobuf, encodeTracesData, encodeTracesProtobuf } from "../../lib/otlp/index";
import { makeSpan, TRACE_ID, spanId } from "./make-span";

/** How deep readers of protobuf follow messages inside messages (`RecursionLimit` of C++, Java, Python, Rust). */
const READERS_LIMIT = 100;
const MARKER = "[nested too deep]";

type Message = Readonly<Record<number, string>>;
/** The messages of a request by name: which fields are messages, and which. */
const MESSAGES: Readonly<Record<string, Message>> = {
  Request: { 1: "ResourceSpans" },
  ResourceSpans: { 1: "Resource", 2: "ScopeSpans" },
  Resource: { 1: "KeyValue" },
  ScopeSpans: { 1: "Scope", 2: "Span" },
  Scope: {},
  Span: { 9: "KeyValue", 11: "Event", 13: "Link", 15: "Status" },
  Event: { 3: "KeyValue" },
  Link: { 4: "KeyValue" },
  Status: {},
  KeyValue: { 2: "AnyValue" },
  AnyValue: { 5: "ArrayValue", 6: "KeyValueList" },
  ArrayValue: { 1: "AnyValue" },
  KeyValueList: { 1: "KeyValue" },
};

/** How many messages are inside each other, the request itself not counted. */
function depthOf(bytes: Uint8Array, name = "Request"): number {
  let depth = 0;
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else {
      const length = varint();
      const inner = MESSAGES[name]![Math.floor(tag / 8)];
      if (inner !== undefined) depth = Math.max(depth, 1 + depthOf(bytes.subarray(at, at + length), inner));
      at += length;
    }
  }
  return depth;
}

/** An object or list with so many levels, its own included, around "bottom". */
function nest(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = "bottom";
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

const SHAPES = [
  ["objects", (a: unknown): unknown => ({ a })],
  ["lists", (a: unknown): unknown => [a]],
  ["maps", (a: unknown): unknown => new Map([["a", a]])],
  ["objects in lists", (a: unknown): unknown => [{ a }]],
] as const;

describe("values nested deeply", () => {
  it.each(SHAPES)("of %s are written in protobuf no deeper than readers go, wherever they stand", (_, wrap) => {
    const attributes = { deep: nest(200, wrap) };
    const context = { traceId: TRACE_ID, spanId: spanId(9), traceFlags: 1 };
    const span = makeSpan({
      attributes,
      events: [{ name: "e", time: [1, 0], attributes }],
      links: [{ context, attributes }],
      resource: { attributes },
    });
    const { bytes, encoded, degraded } = encodeTracesProtobuf([span]);
    expect({ encoded, degraded }).toEqual({ encoded: 1, degraded: [] });
    expect(depthOf(bytes)).toBeLessThanOrEqual(READERS_LIMIT);
    const { spans, fault } = decodeTracesProtobuf(bytes);
    expect(fault).toBeUndefined();
    for (const { attributes: read } of [spans[0]!, spans[0]!.events[0]!, spans[0]!.links[0]!, spans[0]!.resource])
      expect(JSON.stringify(read.get("deep"), replaceMaps)).toContain(MARKER);
  });

  it("are whole in protobuf to 31 levels", () => {
    const [whole, cut] = [31, 32].map((levels) => {
      const value = nest(levels, (a) => ({ a }));
      return String(Buffer.from(encodeTracesProtobuf([makeSpan({ attributes: { value } })]).bytes));
    });
    expect(whole).toContain("bottom");
    expect(whole).not.toContain(MARKER);
    expect(cut).toContain(MARKER);
    expect(cut).not.toContain("bottom");
  });

  it("are whole in JSON to OpenTelemetry's own limit of 64 levels", () => {
    const [whole, cut] = [64, 65].map((levels) => {
      return encodeTracesData([makeSpan({ attributes: { value: nest(levels, (inner) => [inner]) } })]).text;
    });
    expect(whole).toContain("bottom");
    expect(cut).toContain(MARKER);
  });
});

function replaceMaps(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}
