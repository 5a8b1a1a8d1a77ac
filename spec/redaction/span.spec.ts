import type { ReadableSpan } from "../../lib/otlp/index";
import { containedFaults, resetLog } from "../../lib/internal/index";
import { createRedactor, type ReadableParts } from "../../lib/redaction/index";
import { makeSpan, TRACE_ID } from "../otlp/make-span";

const redactor = createRedactor(true);
const KEY = "sk-proj-aB3dE5gH7jK9mN1pQ2s";
const HIDDEN = "[redacted:openai]";
const context = { traceId: TRACE_ID, spanId: "0000000000000009", traceFlags: 1 };
const time: [number, number] = [1, 2];

/** Compiles only while the two shapes are one. */
const sameShape = (span: ReadableSpan): ReadableParts => span;
const sameShapeBack = (span: ReadableParts): ReadableSpan => span;

beforeEach(() => resetLog(() => undefined));

describe("a redacted span", () => {
  const attributes = () => ({
    note: `a ${KEY}`,
    list: ["x", KEY],
    count: 3,
    isOpen: true,
    "gen_ai.usage.input_tokens": 5,
  });

  it("may have a number for its name, as those of other makers may", () => {
    const span = makeSpan({ name: 7 as never, events: [{ name: 8 as never, time }] });
    expect(redactor.redactSpan(span)).toBe(span);
  });

  it("is a copy that differs in its secrets only, and the live one is as it was", () => {
    const span = makeSpan({
      name: `call ${KEY}`,
      kind: 2,
      parent: 7,
      status: { code: 2, message: `bad ${KEY}` },
      attributes: attributes(),
      events: [
        { name: `event ${KEY}`, time, attributes: attributes(), droppedAttributesCount: 2 },
        { name: "clean", time, attributes: { a: 1 } },
        { name: `bare ${KEY}`, time },
      ],
      links: [{ context, attributes: attributes() }, { context }],
      resource: { attributes: { "service.name": "desk", pwd: "x" }, schemaUrl: "https://schema" },
      droppedAttributesCount: 1,
      droppedEventsCount: 2,
      droppedLinksCount: 3,
    });
    Object.freeze(span.attributes);
    const before = JSON.stringify(span);
    const copy = sameShapeBack(redactor.redactSpan(sameShape(span)));
    const hidden = { ...attributes(), note: `a ${HIDDEN}`, list: ["x", HIDDEN] };
    const { spanContext, ...fields } = span;
    expect({ ...copy }).toEqual({
      ...fields,
      name: `call ${HIDDEN}`,
      status: { code: 2, message: `bad ${HIDDEN}` },
      attributes: hidden,
      events: [
        { name: `event ${HIDDEN}`, time, attributes: hidden, droppedAttributesCount: 2 },
        { name: "clean", time, attributes: { a: 1 } },
        { name: `bare ${HIDDEN}`, time },
      ],
      links: [{ context, attributes: hidden }, { context }],
      resource: { attributes: { "service.name": "desk", pwd: "[redacted]" }, schemaUrl: "https://schema" },
    });
    expect(copy.spanContext()).toEqual(spanContext());
    expect(JSON.stringify(span)).toBe(before);
    expect(copy.events[1]).toBe(span.events[1]);
    expect(redactor.redactSpan(copy)).toBe(copy);
  });

  it("is the very same span where there is nothing to hide", () => {
    const span = makeSpan({
      attributes: {
        text: "prose about a token",
        json: '{"max_tokens":3}',
        list: ["a", "b"],
        map: { a: [1, { b: "c" }] },
      },
      events: [{ name: "e", time, attributes: { a: "b" } }],
      links: [{ context, attributes: { a: "b" } }],
      status: { code: 2, message: "no" },
    });
    expect(redactor.redactSpan(span)).toBe(span);
    const hidden = makeSpan({ attributes: { password: "[redacted]", token: "", apiKey: null } });
    expect(redactor.redactSpan(hidden)).toBe(hidden);
  });

  it.each([
    ["number", 12],
    ["boolean", true],
    ["list", ["a", "b"]],
    ["numbers", [1, 2]],
    ["map", { a: 1 }],
    ["bytes", new Uint8Array([1])],
    ["text", "x"],
  ])("has a %s under a sensitive name replaced whole", (_type, value) => {
    expect(redactor.redactSpan(makeSpan({ attributes: { "db.password": value, a: 1 } })).attributes).toEqual({
      "db.password": "[redacted]",
      a: 1,
    });
  });

  it("has maps and lists of any values looked into", () => {
    const date = new Date(0);
    const bytes = new Uint8Array([1]);
    const clean = { z: 1 };
    const given = {
      map: {
        user: "ada",
        pwd: "x",
        deep: [{ apiKey: 1, note: KEY, date, bytes }, clean],
        [`k ${KEY}`]: 1,
        none: null,
        proto: undefined,
      },
      entries: new Map<unknown, unknown>([
        ["password", "x"],
        ["note", KEY],
        [1, clean],
        [`m ${KEY}`, 2],
      ]),
      pieces: { token: "Hel", logprob: -1 },
      mixed: [KEY, 1, null],
      same: new Map([["a", 1]]),
      ["__proto__x"]: 1,
    };
    const { attributes } = redactor.redactSpan(makeSpan({ attributes: given }));
    expect(attributes).toEqual({
      ...given,
      map: {
        user: "ada",
        pwd: "[redacted]",
        deep: [{ apiKey: "[redacted]", note: HIDDEN, date, bytes }, clean],
        [`k ${HIDDEN}`]: 1,
        none: null,
        proto: undefined,
      },
      entries: new Map<unknown, unknown>([
        ["password", "[redacted]"],
        ["note", HIDDEN],
        [1, clean],
        [`m ${HIDDEN}`, 2],
      ]),
      mixed: [HIDDEN, 1, null],
    });
    expect((attributes["map"] as typeof given.map).deep[1]).toBe(clean);
    expect(attributes["pieces"]).toBe(given.pieces);
    expect(attributes["same"]).toBe(given.same);
    const own = JSON.parse(`{"a":{"__proto__":{"pwd":"x"},"b":"${KEY}"}}`) as Record<string, unknown>;
    expect(JSON.stringify(redactor.redactSpan(makeSpan({ attributes: own })).attributes)).toBe(
      `{"a":{"__proto__":{"pwd":"[redacted]"},"b":"${HIDDEN}"}}`,
    );
  });

  it("has names of attributes redacted, in their order", () => {
    const span = makeSpan({ attributes: { a: 1, [`for ${KEY}`]: KEY, z: 2 } });
    expect(Object.entries(redactor.redactSpan(span).attributes)).toEqual([
      ["a", 1],
      [`for ${HIDDEN}`, HIDDEN],
      ["z", 2],
    ]);
  });

  it("has what is nested too deep, or goes in circles, replaced", () => {
    const circle: Record<string, unknown> = { note: KEY };
    circle["self"] = circle;
    let shared: unknown = KEY;
    for (let depth = 0; depth < 40; depth++) shared = [shared, shared];
    const { attributes } = redactor.redactSpan(makeSpan({ attributes: { circle, shared } }));
    const text = JSON.stringify(attributes);
    expect(text).not.toContain(KEY);
    expect(text).toContain("[redaction failed]");
    const nested: unknown = JSON.parse(`${"[".repeat(60)}1${"]".repeat(60)}`);
    const clean = makeSpan({ attributes: { nested } });
    expect(redactor.redactSpan(clean)).toBe(clean);
  });

  it("shares one resource with all spans of a provider, and looks again while it is still coming", () => {
    const resource = { attributes: { pwd: "x", a: 1 } };
    const [one, two] = [makeSpan({ resource }), makeSpan({ resource })].map(
      (span) => redactor.redactSpan(span).resource,
    );
    expect(one).toBe(two);
    const coming = { attributes: { a: 1 } as Record<string, unknown>, asyncAttributesPending: true };
    const early = makeSpan({ resource: coming });
    expect(redactor.redactSpan(early)).toBe(early);
    coming.attributes["pwd"] = "x";
    expect(redactor.redactSpan(early).resource).toEqual({
      attributes: { a: 1, pwd: "[redacted]" },
      asyncAttributesPending: true,
    });
  });

  it("has what cannot be read replaced beside intact neighbours, and counts it", () => {
    const fail = (): never => {
      throw new Error("unreadable");
    };
    const unreadable = Object.defineProperty({ a: "b" }, "bad", {
      get: fail,
      enumerable: true,
    });
    expect(redactor.redactSpan(makeSpan({ attributes: unreadable })).attributes).toEqual({
      a: "b",
      bad: "[redaction failed]",
    });
    expect(containedFaults()).toEqual({ SPANDREL_REDACTION_FAILED: 1 });
    for (const field of ["name", "status", "attributes", "events", "links", "resource"] as const) {
      const span = Object.defineProperty(makeSpan({ attributes: { a: 1 } }), field, { get: fail });
      const copy = redactor.redactSpan(span);
      expect(copy.spanContext()).toEqual(span.spanContext());
      const failed = {
        name: "[redaction failed]",
        status: { code: 0 },
        attributes: {},
        events: [],
        links: [],
        resource: { attributes: {} },
      };
      expect(copy[field]).toEqual(failed[field]);
      if (field !== "attributes") expect(copy.attributes).toEqual({ a: 1 });
    }
  });
});
