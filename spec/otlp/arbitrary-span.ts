import fc from "fast-check";
import type { ReadableSpan } from "../../lib/otlp/index";
import { codePoint } from "../support/code-point";
import { makeSpan, spanId, TRACE_ID } from "./make-span";

/** Text of all kinds, halves of surrogate pairs included. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: codePoint }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
const anyKey = fc.string({ unit: "grapheme", minLength: 1 }).filter((name) => name.isWellFormed());
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    anyText,
    fc.double(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(Number),
    fc.boolean(),
    fc.constantFrom(null, undefined, NaN, Infinity, -Infinity, -0, 1e30, 2 ** 63, -(2 ** 63)),
    fc.uint8Array(),
    fc.array(tie("value")),
    fc.dictionary(anyKey, tie("value"), { noNullPrototype: false }),
  ),
}));
/** Attributes that can be read, with values of every kind and well-formed names. */
export const anyAttributes = fc.dictionary(anyKey, anyValue, { noNullPrototype: false });

/** Attributes as no writer should make them: unreadable, endless, named twice after repair, of foreign classes. */
const hostileAttributes = fc.constantFrom<() => Readonly<Record<string, unknown>>>(
  () => ({
    good: 1,
    get bad(): never {
      throw new Error("secret");
    },
    nested: {
      get bad(): never {
        throw new Error("secret");
      },
    },
    after: "x",
  }),
  () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("no keys");
        },
      },
    ),
  () => {
    const loop: Record<string, unknown> = { list: [] as unknown[] };
    loop["self"] = loop;
    (loop["list"] as unknown[]).push(loop, [[loop]]);
    return { loop };
  },
  () => {
    let list: unknown = "bottom";
    let object: unknown = "bottom";
    for (let level = 0; level < 70; level++) {
      list = [list];
      object = { in: object };
    }
    return { list, object };
  },
  () => ({ "": 1, "\ud800": 2, "\ud801": 3, "\ufffd": 4, ["__proto__"]: { ["__proto__"]: 5, "\udfff": 6, "": 7 } }),
  () => ({
    floats: new Float64Array([1.5, -0]),
    bigs: new BigInt64Array([-1n, 2n]),
    slice: Buffer.from("abcd").subarray(1, 3),
  }),
  () => ({
    date: new Date(0),
    none: new Date(NaN),
    map: new Map<unknown, unknown>([
      [1, "a"],
      ["1", "b"],
    ]),
    call: () => 1,
  }),
);

const anyTime = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 18_446_744_072 }), fc.integer({ min: 0, max: 999_999_999 })),
  fc.constantFrom<unknown>(
    undefined,
    null,
    [NaN, 0],
    [-1, 0],
    [2, -1],
    [1.5, 0],
    [1, 1e9],
    [2 ** 40, 0],
    [0, 0],
    "now",
  ),
);
const anyId = fc.constantFrom(
  "",
  "xyz",
  "0".repeat(32),
  "AB".repeat(16),
  "ab".repeat(8),
  "cd".repeat(16),
  "EF".repeat(8),
);
const anyCount = fc.constantFrom<unknown>(0, 1, 127, 128, 16_384, 2 ** 33, 0.5, -1, NaN, undefined, "5");
const anyContext = fc.record(
  {
    traceId: fc.oneof({ weight: 4, arbitrary: fc.constant(TRACE_ID) }, anyId),
    spanId: fc.oneof({ weight: 4, arbitrary: fc.constant(spanId(9)) }, anyId),
    traceFlags: fc.integer({ min: 0, max: 1023 }),
    isRemote: fc.boolean(),
  },
  { requiredKeys: ["traceId", "spanId", "traceFlags"] },
);
const attributesOfAll = fc.oneof(
  anyAttributes,
  hostileAttributes.map((make) => make()),
);

/** Spans of all kinds, hostile ones and such as have no form at all among them. */
export const anySpan: fc.Arbitrary<ReadableSpan> = fc
  .record({
    context: anyContext,
    parentSpanContext: fc.option(anyContext, { nil: undefined }),
    name: fc.oneof(anyText, fc.constantFrom<unknown>(undefined, 7)),
    kind: fc.constantFrom<unknown>(0, 1, 2, 3, 4, 5, -1, 1.5, NaN, undefined),
    status: fc.record({ code: fc.constantFrom(0, 1, 2, 3, 1.5), message: fc.oneof(anyText, fc.constant(undefined)) }),
    traceState: fc.constantFrom("", "vendor=1", "v=\ud800"),
    startTime: anyTime,
    endTime: anyTime,
    attributes: attributesOfAll,
    events: fc.array(
      fc.record({
        name: anyText,
        time: anyTime,
        attributes: fc.option(attributesOfAll, { nil: undefined }),
        droppedAttributesCount: anyCount,
      }),
      { maxLength: 3 },
    ),
    links: fc.array(
      fc.record({
        context: anyContext,
        attributes: fc.option(attributesOfAll, { nil: undefined }),
        droppedAttributesCount: anyCount,
      }),
      { maxLength: 3 },
    ),
    resource: fc.constantFrom<unknown>(
      { attributes: { "service.name": "desk" } },
      { attributes: {}, schemaUrl: "https://r" },
      { attributes: { "\ud800": "\udfff" }, schemaUrl: "" },
    ),
    instrumentationScope: fc.constantFrom(
      { name: "a" },
      { name: "", version: "1" },
      { name: "c", schemaUrl: "https://s" },
    ),
    droppedAttributesCount: anyCount,
    droppedEventsCount: anyCount,
    droppedLinksCount: fc.constantFrom(0, 3),
  })
  .map(({ context, traceState, ...fields }) => ({
    ...makeSpan(),
    ...(fields as object),
    spanContext: () => ({ ...context, traceState: { serialize: () => traceState } as never }),
  }));
