import type { ReadableSpan } from "../../lib/otlp/index";
import { makeSpan, spanId, TRACE_ID } from "./make-span";

function nest(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = "bottom";
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

/** Batches whose bytes are kept in `fixtures/protobuf-golden.json`, beside what Go's protobuf makes of them. */
export const goldenBatches: Readonly<Record<string, readonly ReadableSpan[]>> = {
  "no spans": [],
  "a root span": [makeSpan()],
  "a full span": [
    makeSpan({
      id: 2,
      parent: 1,
      isParentRemote: true,
      traceState: "vendor=1",
      kind: 2,
      name: "Grüße 👋",
      status: { code: 2, message: "no ✗" },
      attributes: { s: "x", b: true, i: 5, d: 0.5, list: ["a", 1, null], none: null },
      events: [
        { name: "e1", time: [1, 2], attributes: { k: "v" }, droppedAttributesCount: 300 },
        { name: "", time: [0, 0] },
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
      droppedEventsCount: 500,
      droppedLinksCount: 4_294_967_295,
    }),
  ],
  "groups of resources and scopes": [
    makeSpan({ id: 1 }),
    makeSpan({ id: 2, resource: { attributes: {}, schemaUrl: "https://r" } }),
    makeSpan({ id: 3, instrumentationScope: { name: "openai", schemaUrl: "https://s" } }),
    makeSpan({ id: 4 }),
  ],
  numbers: [
    makeSpan({
      attributes: {
        zero: 0,
        "minus zero": -0,
        minus: -1,
        "two bytes": 300,
        "three bytes": 16_384,
        "past int32": 2 ** 32,
        safe: Number.MAX_SAFE_INTEGER,
        "least safe": Number.MIN_SAFE_INTEGER,
        "int64 as a number": 2 ** 62,
        "least int64": -(2n ** 63n),
        "largest int64": 2n ** 63n - 1n,
        "past int64": 2n ** 63n,
        huge: 1e30,
        tenth: 0.1,
        least: 5e-324,
        nan: NaN,
        infinite: Infinity,
        "minus infinite": -Infinity,
      },
    }),
  ],
  texts: [
    makeSpan({
      name: "\ufeffmarked",
      attributes: {
        empty: "",
        latin: "é",
        long: "ü".repeat(100),
        "long ASCII": "x".repeat(300),
        nul: "a\u0000b",
        half: "a\ud800b",
        "\udfff": "half a name",
        ключ: "значение",
      },
    }),
  ],
  "bytes, lists and objects": [
    makeSpan({
      attributes: {
        bytes: new Uint8Array([0, 128, 255]),
        "no bytes": new Uint8Array(),
        floats: new Float64Array([1.5]),
        "empty list": [],
        "empty object": {},
        object: { a: { b: [1, false, { c: "d" }] }, "": 2, n: null },
        list: nest(20, (inner) => [inner]),
        nested: nest(20, (inner) => ({ in: inner })),
        flags: [true, false],
      },
    }),
  ],
  "what must be mended": [
    makeSpan({ id: 1, startTime: [NaN, 0] }),
    makeSpan({ id: 2, traceId: "xyz" }),
    makeSpan({ id: 3, events: [{ name: "e", time: [-1, 0] }] }),
    makeSpan({ id: 4, links: [{ context: { traceId: "0", spanId: spanId(1), traceFlags: 1 } }] }),
    makeSpan({
      id: 5,
      attributes: {
        get bad(): never {
          throw new Error("secret");
        },
      },
    }),
    makeSpan({ id: 6, endTime: [18_446_744_073, 709_551_615] }),
  ],
};
