import { decodeTracesProtobuf, type DecodedSpan, type DecodedTraces, type DecodedValue } from "../../lib/otlp/index";
import {
  BYTES,
  END_GROUP,
  field,
  FIXED32,
  FIXED64,
  IDS,
  int,
  request,
  requestWithValue,
  START_GROUP,
  tag,
  varint,
  VARINT,
} from "./write-protobuf";

function spanOf(bytes: Uint8Array): DecodedSpan | undefined {
  const { spans, fault } = decodeTracesProtobuf(bytes);
  expect(fault).toBeUndefined();
  return spans[0];
}

function valueOf(bytes: Uint8Array): DecodedValue | undefined {
  return spanOf(bytes)?.attributes.get("a");
}

function faulty(fault: string): DecodedTraces {
  return { spans: [], skipped: 0, fault };
}

/** A request of two spans, the first with these fields after its ids. */
function twoSpans(...fields: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(field(1, field(2, field(2, IDS, ...fields), field(2, IDS))));
}

const plain: DecodedSpan = {
  traceId: "ab".repeat(16),
  spanId: "cd".repeat(8),
  traceState: "",
  flags: 0,
  name: "",
  kind: 0,
  startNanos: 0n,
  endNanos: 0n,
  attributes: new Map(),
  droppedAttributesCount: 0,
  events: [],
  droppedEventsCount: 0,
  links: [],
  droppedLinksCount: 0,
  status: { code: 0, message: "" },
  resource: { attributes: new Map(), schemaUrl: "" },
  scope: { name: "", version: "", attributes: new Map(), schemaUrl: "" },
};

describe("decodeTracesProtobuf", () => {
  it("takes no bytes as a request without spans", () => {
    expect(decodeTracesProtobuf(new Uint8Array())).toEqual({ spans: [], skipped: 0 });
  });

  it("reads a span of nothing but ids", () => {
    expect(decodeTracesProtobuf(request())).toEqual({ spans: [plain], skipped: 0 });
  });

  it("counts spans without usable ids and keeps their neighbours", () => {
    const ids = (trace: number[], span: number[]): number[] => field(2, field(1, trace), field(2, span));
    const zeros = new Array<number>(16).fill(0);
    const ones = new Array<number>(16).fill(1);
    const spans = [
      field(2),
      ids(zeros, ones.slice(8)),
      ids(ones, ones.slice(9)),
      ids([...ones, 1], ones.slice(8)),
      field(2, IDS),
    ];
    expect(decodeTracesProtobuf(Uint8Array.from(field(1, field(2, ...spans))))).toEqual({ spans: [plain], skipped: 4 });
  });

  it.each([
    ["a varint", int(1000, 2n ** 63n)],
    ["64 bits", [...tag(1000, FIXED64), 1, 2, 3, 4, 5, 6, 7, 8]],
    ["bytes", field(1000, "some")],
    ["32 bits", [...tag(1000, FIXED32), 1, 2, 3, 4]],
    ["an empty group", [...tag(1000, START_GROUP), ...tag(1000, END_GROUP)]],
    [
      "a group with fields and a group within",
      [
        ...tag(1000, START_GROUP),
        ...int(1, 5),
        ...field(2, "within"),
        ...tag(7, START_GROUP),
        ...field(2, "x"),
        ...tag(7, END_GROUP),
        ...tag(1000, END_GROUP),
      ],
    ],
    ["the largest field number", int(2 ** 29 - 1, 1)],
    ["a name that is a number", int(5, 7)],
    ["flags that are a varint", int(16, 7)],
    ["an event that is a varint", int(11, 7)],
  ])("skips %s that it does not know", (_, unknown) => {
    expect(spanOf(request(unknown, field(5, "named"), unknown))).toEqual({ ...plain, name: "named" });
  });

  it.each([
    ["a varint that does not end", request(tag(6, VARINT), [0xff]), "it is cut short"],
    [
      "a varint of eleven bytes",
      request(tag(6, VARINT), [...new Array<number>(10).fill(0x80), 0]),
      "it has a varint longer than ten bytes",
    ],
    ["32 bits of three bytes", request(tag(16, FIXED32), [1, 2, 3]), "it is cut short"],
    ["64 bits of seven bytes", request(tag(7, FIXED64), [1, 2, 3, 4, 5, 6, 7]), "it is cut short"],
    ["a text longer than its span", request(tag(5, BYTES), [2], [65]), "it is cut short"],
    ["a length past all memory", request(tag(5, BYTES), varint(2n ** 64n - 1n)), "it is cut short"],
    ["an unknown text longer than its span", request(tag(1000, BYTES), [2], [65]), "it is cut short"],
    ["a message longer than its span", request(tag(15, BYTES), [2], [65]), "it is cut short"],
    ["a text that goes on into the next span", twoSpans(tag(5, BYTES), [3], [65]), "it is cut short"],
    ["a message that goes on into the next span", twoSpans(tag(15, BYTES), [2]), "it is cut short"],
    ["64 bits that go on into the next span", twoSpans(tag(7, FIXED64), [1]), "it is cut short"],
    ["an unknown text that goes on into the next span", twoSpans(tag(1000, BYTES), [3], [65]), "it is cut short"],
    ["field number 0", request([0, 0]), "it has a field without a valid number"],
    ["a field number past 2^29", request(varint(2 ** 32), [0]), "it has a field without a valid number"],
    ["wire type 6", request(tag(1000, 6)), "it has a field of an unknown wire type"],
    ["wire type 7", request(tag(5, 7)), "it has a field of an unknown wire type"],
    ["a group that does not end", request(tag(1000, START_GROUP)), "it is cut short"],
    ["the end of no group", request(tag(1000, END_GROUP)), "it has the end of a group that did not begin"],
    [
      "a group that ends as another",
      request(tag(9, START_GROUP), tag(8, END_GROUP)),
      "it has the end of a group that did not begin",
    ],
    [
      "a million groups in each other",
      request(new Array<number>(1_000_000).fill(START_GROUP + 8)),
      "it has groups nested too deep",
    ],
  ])("says what is wrong with %s", (_, bytes, fault) => {
    expect(decodeTracesProtobuf(bytes)).toEqual(faulty(fault));
  });

  it("keeps the last of a field that is there twice, and merges messages", () => {
    const span = spanOf(request(field(5, "one"), field(5, "two"), field(15, field(2, "said")), field(15, int(3, 2))));
    expect(span).toEqual({ ...plain, name: "two", status: { code: 2, message: "said" } });
  });

  it("takes the last member of a value", () => {
    expect(valueOf(requestWithValue(field(1, "text"), int(3, 5)))).toBe(5);
    expect(valueOf(requestWithValue(int(3, 5), field(1, "text")))).toBe("text");
    expect(valueOf(requestWithValue(field(1, "text"), field(5, field(1, int(3, 1)))))).toEqual([1]);
    expect(valueOf(requestWithValue(field(5, field(1, int(3, 1))), field(5, field(1, int(3, 2)))))).toEqual([1, 2]);
  });

  it.each([
    ["no member", [], null],
    ["an empty text", field(1, ""), ""],
    ["a text that begins with a byte order mark", field(1, "\ufeffa"), "\ufeffa"],
    ["bytes that are no UTF-8", field(1, [0x61, 0xff, 0x62]), "a\ufffdb"],
    ["false", int(2, 0), false],
    ["a true of another number", int(2, 2n ** 40n), true],
    ["zero", int(3, 0), 0],
    ["a negative integer", int(3, -7), -7],
    ["a varint of seven bytes", int(3, 2n ** 48n + 1n), 2 ** 48 + 1],
    ["a varint of eight bytes", int(3, 2n ** 52n + 1n), 2 ** 52 + 1],
    ["the largest int64", int(3, 2n ** 63n - 1n), 2n ** 63n - 1n],
    ["the least int64", int(3, -(2n ** 63n)), -(2n ** 63n)],
    ["a varint with a longer form than it needs", [...tag(3, VARINT), 0x85, 0x80, 0x00], 5],
    ["a double", [...tag(4, FIXED64), 0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 1.5],
    ["an empty list", field(5), []],
    ["an empty object", field(6), new Map()],
    ["an object's member without a name or value", field(6, field(1)), new Map([["", null]])],
    ["bytes", field(7, [0, 255]), new Uint8Array([0, 255])],
    ["no bytes", field(7), new Uint8Array()],
  ])("reads a value of %s", (_, value, expected) => {
    expect(valueOf(requestWithValue(value))).toStrictEqual(expected);
  });

  it("keeps numbers within what their type can hold", () => {
    const span = spanOf(request(int(6, -1), int(10, 2n ** 32n + 5n), field(15, int(3, 2n ** 32n + 2n))));
    expect(span).toEqual({ ...plain, droppedAttributesCount: 5, status: { code: 2, message: "" } });
    expect(spanOf(request(int(6, 99)))).toEqual(plain);
  });

  it("reads fixed numbers as unsigned", () => {
    const span = spanOf(
      request([...tag(16, FIXED32), 255, 255, 255, 255], [...tag(8, FIXED64), 255, 255, 255, 255, 255, 255, 255, 255]),
    );
    expect(span).toEqual({ ...plain, flags: 4_294_967_295, endNanos: 18_446_744_073_709_551_615n });
  });

  it("keeps bytes that outlive the request's", () => {
    const body = Buffer.from(requestWithValue(field(7, [1, 2, 3])));
    const bytes = valueOf(body);
    body.fill(0);
    expect(bytes).toEqual(new Uint8Array([1, 2, 3]));
    expect((bytes as Uint8Array).buffer.byteLength).toBe(3);
  });

  it("reads from within a larger buffer", () => {
    const body = Buffer.concat([Buffer.alloc(7, 0xff), request(field(5, "named")), Buffer.alloc(7, 0xff)]);
    expect(spanOf(body.subarray(7, -7))?.name).toBe("named");
  });

  it("lets no key reach a prototype", () => {
    const span = spanOf(request(field(9, field(1, "__proto__"), field(2, field(6, field(1, field(1, "x")))))));
    expect(span?.attributes).toEqual(new Map([["__proto__", new Map([["x", null]])]]));
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it("reads values to a depth of 128 and survives 50,000", () => {
    const nest = (levels: number, wrap: (inner: Uint8Array) => Uint8Array): Uint8Array => {
      let value: Uint8Array = Uint8Array.from(field(1, "bottom"));
      for (let level = 0; level < levels; level++) value = wrap(value);
      return value;
    };
    const list = (inner: Uint8Array): Uint8Array => wrapBytes(5, wrapBytes(1, inner));
    const object = (inner: Uint8Array): Uint8Array => wrapBytes(6, wrapBytes(1, wrapBytes(2, inner)));
    for (const wrap of [list, object]) {
      for (const [levels, isRead] of [
        [128, true],
        [129, false],
        [1_000, false],
      ] as const) {
        const [span] = decodeTracesProtobuf(requestOf(nest(levels, wrap))).spans;
        expect(JSON.stringify(bottomOf(span?.attributes.get("a")))).toBe(isRead ? '"bottom"' : "null");
      }
    }
    expect(decodeTracesProtobuf(requestOf(deepLists(50_000))).spans).toHaveLength(1);
  });

  it("refuses a request of more than a million empty messages", () => {
    const bytes = new Uint8Array(2 ** 21 + 4);
    for (let at = 0; at < bytes.length; at += 2) bytes[at] = 0x0a;
    expect(decodeTracesProtobuf(bytes)).toEqual(faulty("it has too many messages"));
  });

  it("never throws for what is no bytes", () => {
    expect(decodeTracesProtobuf(undefined as never)).toEqual(faulty("it cannot be read"));
  });
});

function wrapBytes(number: number, inner: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([...tag(number, BYTES), ...varint(inner.length)]), inner]);
}

function requestOf(value: Uint8Array): Uint8Array {
  const attribute = Buffer.concat([Uint8Array.from(field(1, "a")), wrapBytes(2, value)]);
  return [2, 2, 1].reduce(
    (inner: Uint8Array, number) => wrapBytes(number, inner),
    Buffer.concat([Uint8Array.from(IDS), wrapBytes(9, attribute)]),
  );
}

/** Written from the outside in: every level says the length of what is within. */
function deepLists(levels: number): Uint8Array {
  const sizes = [0];
  for (let level = 1; level <= levels * 2; level++) {
    const inner = sizes[level - 1] ?? 0;
    sizes.push(inner + 1 + varint(inner).length);
  }
  const bytes: number[] = [];
  for (let level = levels * 2; level > 0; level--) {
    bytes.push(...tag(level % 2 === 0 ? 5 : 1, BYTES), ...varint(sizes[level - 1] ?? 0));
  }
  return Uint8Array.from(bytes);
}

function bottomOf(value: DecodedValue | undefined): DecodedValue | undefined {
  let inner = value;
  for (;;) {
    if (Array.isArray(inner)) inner = (inner as readonly DecodedValue[])[0];
    else if (inner instanceof Map) inner = (inner as ReadonlyMap<string, DecodedValue>).get("");
    else return inner;
  }
}
