import { type Attributes, type Link, ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import { resetLog } from "../../lib/internal/index.js";
import { checkTracesData, encodeTracesData } from "../../lib/otlp/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import type { RecordingTracer } from "../../lib/tracer/index.js";
import { RESOURCE, SCOPE, ourTracer } from "./tracers.js";

beforeEach(() => resetLog(() => {}));

function revoked(): never {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy as never;
}
function throwing(...names: string[]): never {
  const object = {};
  for (const name of names) {
    Object.defineProperty(object, name, {
      enumerable: true,
      get: () => {
        throw new Error(`getter ${name}`);
      },
    });
  }
  return object as never;
}
const bare: never = Object.create(null) as never;
const symbol: never = Symbol("s") as never;
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

type Probe = readonly [what: string, run: (span: Span) => unknown];

/** What the SDK's span throws into user code for, more than half of it (spec/tracer, reliability notes §2a). */
const PROBES: readonly Probe[] = [
  ["recordException(Symbol())", (span) => span.recordException(symbol)],
  ["recordException(undefined)", (span) => span.recordException(undefined as never)],
  ["recordException(null)", (span) => span.recordException(null as never)],
  ["recordException(Object.create(null))", (span) => span.recordException(bare)],
  ["recordException(throwing message)", (span) => span.recordException(throwing("message"))],
  ["recordException(throwing name)", (span) => span.recordException(throwing("name", "message", "stack"))],
  ["recordException(revoked proxy)", (span) => span.recordException(revoked())],
  ["recordException({ code: Object.create(null) })", (span) => span.recordException({ code: bare, message: "m" })],
  ["recordException(error, NaN date)", (span) => span.recordException(new Error("e"), new Date(NaN))],
  ["recordException(10n)", (span) => span.recordException(10n as never)],
  ["recordException(a function)", (span) => span.recordException(() => 1)],
  ["setAttribute(undefined, 1)", (span) => span.setAttribute(undefined as never, 1)],
  ["setAttribute(null, 1)", (span) => span.setAttribute(null as never, 1)],
  ["setAttribute(Symbol(), 1)", (span) => span.setAttribute(symbol, 1)],
  ["setAttribute('__proto__', [])", (span) => span.setAttribute("__proto__", ["x"])],
  ["setAttribute(a, Symbol())", (span) => span.setAttribute("a", symbol)],
  ["setAttribute(a, cyclic)", (span) => span.setAttribute("a", cyclic as never)],
  ["setAttribute(a, 10n)", (span) => span.setAttribute("a", 10n as never)],
  ["setAttributes(throwing getter)", (span) => span.setAttributes(throwing("a"))],
  ["setAttributes(revoked proxy)", (span) => span.setAttributes(revoked())],
  ["setAttributes(null)", (span) => span.setAttributes(null as never)],
  ["setAttributes(undefined)", (span) => span.setAttributes(undefined as never)],
  ["setAttributes('text')", (span) => span.setAttributes("text" as never)],
  ["setStatus(null)", (span) => span.setStatus(null as never)],
  ["setStatus(undefined)", (span) => span.setStatus(undefined as never)],
  ["setStatus({ code: 99 })", (span) => span.setStatus({ code: 99 as never })],
  ["setStatus({ code: 2, message: {} })", (span) => span.setStatus({ code: 2, message: {} as never })],
  ["addLink(undefined)", (span) => span.addLink(undefined as never)],
  ["addLink(null)", (span) => span.addLink(null as never)],
  ["addLink({})", (span) => span.addLink({} as Link)],
  ["addLink({ context: null })", (span) => span.addLink({ context: null } as never)],
  ["addLinks(undefined)", (span) => span.addLinks(undefined as never)],
  ["addLinks([null])", (span) => span.addLinks([null as never])],
  ["addEvent(undefined)", (span) => span.addEvent(undefined as never)],
  ["addEvent(Symbol())", (span) => span.addEvent(symbol)],
  ["addEvent(e, null)", (span) => span.addEvent("e", null as never)],
  ["addEvent(e, throwing getter)", (span) => span.addEvent("e", throwing("a"))],
  ["addEvent(e, {}, NaN)", (span) => span.addEvent("e", {}, NaN)],
  ["addEvent(e, {}, 'now')", (span) => span.addEvent("e", {}, "now" as never)],
  ["updateName(undefined)", (span) => span.updateName(undefined as never)],
  ["updateName(Symbol())", (span) => span.updateName(symbol)],
  ["end(new Date(NaN))", (span) => span.end(new Date(NaN))],
  ["end(null)", (span) => span.end(null as never)],
  ["end('now')", (span) => span.end("now" as never)],
  ["end(Symbol())", (span) => span.end(symbol)],
  ["end([])", (span) => span.end([] as never)],
  ["end twice", (span) => (span.end(), span.end())],
];

/** These still throw: a fault of RecordedSpan, and a probe that begins to pass fails here. */
const KNOWN_FAULTS: readonly Probe[] = [
  ["setAttribute(a, revoked proxy)", (span) => span.setAttribute("a", revoked())],
  ["setAttribute(a, revoked array)", (span) => span.setAttribute("a", revokedArray())],
  ["setStatus(throwing code)", (span) => span.setStatus(throwing("code"))],
  ["setStatus(throwing message)", (span) => span.setStatus(Object.assign(throwing("message"), { code: 2 }))],
  ["setStatus(revoked proxy)", (span) => span.setStatus(revoked())],
  ["addLink(throwing context)", (span) => span.addLink(throwing("context"))],
  ["addLink(revoked proxy)", (span) => span.addLink(revoked())],
  ["addLinks(revoked proxy)", (span) => span.addLinks(revoked())],
  ["addEvent(Object.create(null))", (span) => span.addEvent(bare)],
  ["addEvent(e, revoked proxy)", (span) => span.addEvent("e", revoked())],
  ["updateName(Object.create(null))", (span) => span.updateName(bare)],
  ["end(revoked proxy)", (span) => span.end(revoked())],
  ["end([1, Symbol()])", (span) => span.end([1, symbol])],
];

function revokedArray(): never {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy as never;
}

/** The span must not only survive the call: it must end, once, and be exported like any other. */
function survive(run: Probe[1]): void {
  const { tracer, ended } = ourTracer();
  const span = tracer.startSpan("span", { attributes: { good: 1 } });
  expect(() => run(span)).not.toThrow();
  expect(() => span.end()).not.toThrow();
  expect(ended).toHaveLength(1);
  expect(ended[0]?.attributes["good"]).toBe(1);
  expect(Object.getPrototypeOf(ended[0]?.attributes)).toBe(Object.prototype);
  expect(ended[0]?.endTime[0]).toBeGreaterThan(1_700_000_000);
  const { text, encoded, rejected } = encodeTracesData(ended);
  expect([encoded, rejected]).toEqual([1, []]);
  expect(checkTracesData(text)).toEqual([]);
}

describe("a span never throws, whatever it is given, and is exported", () => {
  it.each(PROBES)("%s", (_what, run) => survive(run));
});

describe("faults of the span that are known", () => {
  it.each(KNOWN_FAULTS)("%s", (_what, run) => survive(run));
});

describe("what cannot be read leaves a trace", () => {
  const after = (run: Probe[1]): ReadableSpan => {
    const { tracer, ended } = ourTracer();
    const span = tracer.startSpan("span");
    run(span);
    span.end();
    return ended[0]!;
  };

  it.each<[string, unknown, string, string]>([
    ["a symbol", symbol, "symbol", "Symbol(s)"],
    ["undefined", undefined, "undefined", "undefined"],
    ["a text", "text", "string", "text"],
    ["an error", new RangeError("out"), "RangeError", "out"],
    ["an object without a prototype", bare, "object", "an error that cannot be read"],
    ["an error whose message throws", throwing("message"), "unreadable", "Error: getter message"],
  ])("an exception event with type and message: %s", (_what, thrown, type, message) => {
    const { events } = after((span) => span.recordException(thrown as Error));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      name: "exception",
      attributes: { "exception.type": type, "exception.message": message },
    });
  });

  it("a count", () => {
    expect(after((span) => span.setAttributes(throwing("a"))).droppedAttributesCount).toBe(1);
    expect(after((span) => span.addLink(undefined as never)).droppedLinksCount).toBe(1);
    expect(after((span) => span.addEvent("e", throwing("a") as Attributes)).events[0]).toMatchObject({
      name: "e",
      droppedAttributesCount: 1,
    });
  });
});

describe("a tracer never throws, whatever it is given", () => {
  const START: readonly (readonly [string, (tracer: RecordingTracer) => Span])[] = [
    ["startSpan(undefined)", (tracer) => tracer.startSpan(undefined as never)],
    ["startSpan(n, null)", (tracer) => tracer.startSpan("n", null as never)],
    ["startSpan(n, { links: [null] })", (tracer) => tracer.startSpan("n", { links: [null as never] })],
    ["startSpan(n, { links: {} })", (tracer) => tracer.startSpan("n", { links: {} as never })],
    ["startSpan(n, { attributes: null })", (tracer) => tracer.startSpan("n", { attributes: null as never })],
    ["startSpan(n, { attributes: throwing })", (tracer) => tracer.startSpan("n", { attributes: throwing("a") })],
    ["startSpan(n, { attributes: revoked })", (tracer) => tracer.startSpan("n", { attributes: revoked() })],
    ["startSpan(n, { startTime: NaN })", (tracer) => tracer.startSpan("n", { startTime: NaN })],
    ["startSpan(n, { kind: 'x' })", (tracer) => tracer.startSpan("n", { kind: "x" as never })],
    ["startSpan(n, {}, undefined)", (tracer) => tracer.startSpan("n", {}, undefined)],
  ];
  const encodable = (start: (tracer: RecordingTracer) => Span): void => {
    const { tracer, ended } = ourTracer();
    start(tracer).end();
    expect(encodeTracesData(ended)).toMatchObject({ encoded: 1, rejected: [] });
  };

  it.each(START)("%s", (_what, start) => encodable(start));

  it.each<[string, (tracer: RecordingTracer) => Span]>([
    ["startSpan(n, {}, null)", (tracer) => tracer.startSpan("n", {}, null as never)],
    ["startSpan(n, { throwing links })", (tracer) => tracer.startSpan("n", throwing("links"))],
    ["startSpan(n, { startTime: revoked })", (tracer) => tracer.startSpan("n", { startTime: revoked() })],
    ["startSpan(n, { links: revoked })", (tracer) => tracer.startSpan("n", { links: revoked() })],
  ])("known fault: %s", (_what, start) => encodable(start));

  it("runs the function of startActiveSpan and hands on what it returns and throws", () => {
    const { tracer, ended } = ourTracer();
    const close = (span: Span): string => (span.end(), "result");
    expect(tracer.startActiveSpan("a", close)).toBe("result");
    expect(tracer.startActiveSpan("b", { attributes: { x: 1 } }, close)).toBe("result");
    expect(tracer.startActiveSpan("c", {}, ROOT_CONTEXT, close)).toBe("result");
    const error = new Error("thrown");
    const fail = (): never => {
      throw error;
    };
    expect(() => tracer.startActiveSpan("d", fail)).toThrow(error);
    expect(ended.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });
});

describe("the SDK's span, for comparison", () => {
  it("throws for some of the same probes, so that these specs would notice a probe that does nothing", () => {
    const tracer = new NodeTracerProvider({ resource: RESOURCE }).getTracer(SCOPE.name);
    const thrown = PROBES.filter(([, run]) => {
      try {
        run(tracer.startSpan("span"));
        return false;
      } catch {
        return true;
      }
    });
    expect(thrown.length).toBeGreaterThan(10);
    expect(new InMemorySpanExporter().getFinishedSpans()).toEqual([]);
  });
});
