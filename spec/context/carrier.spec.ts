import { ROOT_CONTEXT, context, trace } from "@opentelemetry/api";
import fc from "fast-check";
import {
  type CarriedAttribute,
  type Carrier,
  extractLinks,
  injectContext,
  propagateAttributes,
  traced,
  withExtractedContext,
} from "../../lib/index.js";
import { useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();
const step = traced("step", () => "done");
const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;
const identity = withAttributes(
  "user.id",
  "respan.threads.thread_identifier",
  "respan.metadata.plan",
  "respan.environment",
);

/** A job queue: what goes in comes out as JSON, in another context. */
function send(include?: readonly CarriedAttribute[]): Carrier {
  let carrier: Carrier = {};
  const produce = traced({ name: "produce", kind: "workflow", captureOutput: false }, () => {
    carrier = injectContext({ job: 1 }, include === undefined ? undefined : { include });
  });
  propagateAttributes(
    { customerIdentifier: "c 1;,=ü", threadIdentifier: "t-1", environment: "e", metadata: { plan: "pro" } },
    produce,
  );
  return JSON.parse(JSON.stringify(carrier)) as Carrier;
}

function remoteParent(carrier: Carrier): string | undefined {
  traces.current.reset();
  withExtractedContext(carrier, step);
  const { parentSpanContext } = traces.current.span("step");
  return parentSpanContext === undefined ? undefined : `${parentSpanContext.traceId}-${parentSpanContext.spanId}`;
}

describe("injectContext and withExtractedContext", () => {
  it("continue the trace through JSON, without attributes", () => {
    const carrier = send();
    const { traceId, spanId } = traces.current.span("produce").spanContext();
    expect(carrier).toEqual({ job: 1, traceparent: `00-${traceId}-${spanId}-01` });
    expect(withExtractedContext(carrier, step)).toBe("done");
    expect(traces.current.tree(identity)).toEqual([
      expect.objectContaining({ name: "produce", children: [{ name: "step", kind: "task" }] }),
    ]);
    expect(traces.current.span("step").parentSpanContext?.isRemote).toBe(true);
  });

  it("carry the attributes that are named, and no others", () => {
    const carrier = send(["customerIdentifier", "environment", "sessionIdentifier"]);
    expect(carrier["baggage"]).toBe("spandrel.customerIdentifier=c%201%3B%2C%3D%C3%BC,spandrel.environment=e");
    withExtractedContext(carrier, step);
    expect(identity(traces.current.span("step"))).toEqual({ "user.id": "c 1;,=ü", "respan.environment": "e" });
  });

  it("never carry what is not an identifier", () => {
    const carrier = send([
      "metadata",
      "prompt",
      "__proto__",
      "toString",
      "groupIdentifier",
    ] as unknown as CarriedAttribute[]);
    expect(Object.keys(carrier)).toEqual(["job", "traceparent"]);
    withExtractedContext(
      {
        baggage:
          "spandrel.metadata=x,spandrel.__proto__=y,spandrel.=z,user.id=evil,customerIdentifier=evil,attacker.customerIdentifier=evil",
      },
      step,
    );
    expect(identity(traces.current.span("step"))).toEqual({});
  });

  it("write nothing outside a span, and return the carrier", () => {
    const carrier = {};
    expect(injectContext(carrier)).toBe(carrier);
    expect(carrier).toEqual({});
    step();
    expect(traces.current.tree()).toEqual([{ name: "step", kind: "task" }]);
  });

  it("keep foreign baggage and tracestate, and pass them on", () => {
    const carrier: Record<string, string> = { Baggage: "vendor=1" };
    withExtractedContext({ traceparent: TRACEPARENT, tracestate: "vendor=a" }, () =>
      propagateAttributes({ customerIdentifier: "c" }, () =>
        injectContext(carrier, { include: ["customerIdentifier"] }),
      ),
    );
    expect(carrier).toEqual({
      traceparent: TRACEPARENT,
      tracestate: "vendor=a",
      Baggage: "vendor=1,spandrel.customerIdentifier=c",
    });
    withExtractedContext(carrier, step);
    expect(identity(traces.current.span("step"))).toEqual({ "user.id": "c" });
  });

  it("leave out what does not fit into 8,192 bytes of baggage, with a warning", () => {
    const carrier: Carrier = {};
    propagateAttributes({ customerIdentifier: "x".repeat(9000), threadIdentifier: "t" }, () =>
      injectContext(carrier, { include: ["customerIdentifier", "threadIdentifier"] }),
    );
    expect(carrier).toEqual({ baggage: "spandrel.threadIdentifier=t" });
    expect(traces.current.lines).toEqual([expect.stringContaining("SPANDREL_BAGGAGE_FULL")]);
  });

  it.each<[string, Carrier]>([
    ["upper-case header names", { TraceParent: TRACEPARENT }],
    ["an array, as Node gives repeated headers", { traceparent: [TRACEPARENT] }],
    ["white space around", { traceparent: ` ${TRACEPARENT} ` }],
    ["a later version with more fields", { traceparent: `01-${TRACE_ID}-${SPAN_ID}-01-more` }],
    ["a null prototype", Object.assign(Object.create(null) as object, { traceparent: TRACEPARENT })],
  ])("read %s", (_what, carrier) => {
    expect(remoteParent(carrier)).toBe(`${TRACE_ID}-${SPAN_ID}`);
  });

  it.each<[string, unknown]>([
    ["nothing", {}],
    ["no text", { traceparent: 5 }],
    ["an empty array", { traceparent: [] }],
    ["upper-case hex", { traceparent: TRACEPARENT.toUpperCase() }],
    ["too short", { traceparent: TRACEPARENT.slice(1) }],
    ["version ff", { traceparent: TRACEPARENT.replace(/^00/, "ff") }],
    ["version 00 with more", { traceparent: `${TRACEPARENT}-more` }],
    ["no trace id", { traceparent: `00-${"0".repeat(32)}-${SPAN_ID}-01` }],
    ["no span id", { traceparent: `00-${TRACE_ID}-${"0".repeat(16)}-01` }],
    ["two in one", { traceparent: `${TRACEPARENT},${TRACEPARENT}` }],
    ["null", null],
    [
      "a getter that throws",
      Object.defineProperty({}, "traceparent", {
        enumerable: true,
        get: () => {
          throw new Error("no");
        },
      }),
    ],
  ])("start a trace of its own with %s", (_what, carrier) => {
    expect(remoteParent(carrier as Carrier)).toBe(undefined);
    expect(traces.current.tree()).toEqual([{ name: "step", kind: "task" }]);
  });

  it("are not sampled where the sender was not", () => {
    withExtractedContext({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-00` }, step);
    expect(traces.current.tree()).toEqual([]);
    withExtractedContext({ traceparent: TRACEPARENT }, step);
    expect(traces.current.tree()).toEqual([{ name: "step", kind: "task", orphan: true }]);
  });

  it("read what they can of broken baggage", () => {
    const baggage = [
      "a",
      "=b",
      "spandrel.customerIdentifier=%E0%A4%A",
      " spandrel.threadIdentifier = t%20x ; ttl=1",
      "spandrel.environment=a=b",
    ];
    withExtractedContext({ baggage: [baggage.slice(0, 3).join(","), baggage.slice(3).join(",")] }, step);
    expect(identity(traces.current.span("step"))).toEqual({
      "respan.threads.thread_identifier": "t x",
      "respan.environment": "a=b",
    });
  });

  it("never throw, and always run fn in a context that is left again", () => {
    const text = fc.oneof(fc.string(), fc.constantFrom(TRACEPARENT, "spandrel.customerIdentifier=%zz", "a=b"));
    const value = fc.oneof(text, fc.array(text), fc.anything());
    const carrier = fc.dictionary(
      fc.constantFrom("traceparent", "Traceparent", "tracestate", "baggage", "other"),
      value,
    );
    fc.assert(
      fc.property(carrier, (given) => {
        expect(withExtractedContext(given, () => injectContext(given, { include: ["customerIdentifier"] }))).toBe(
          given,
        );
        expect(context.active()).toBe(ROOT_CONTEXT);
        expect(trace.getActiveSpan()).toBe(undefined);
      }),
    );
    expect(injectContext(Object.freeze({ a: 1 }))).toEqual({ a: 1 });
    step();
    expect(traces.current.tree()).toEqual([{ name: "step", kind: "task" }]);
  });

  it("give a link to what is not continued, and none to what names no span", async () => {
    interface Job {
      readonly traceparent: string;
    }
    const job: Job = { traceparent: TRACEPARENT };
    const linked = traced({ links: (given: object) => extractLinks(given) }, (_given: object) => undefined);
    linked(job);
    linked({ traceparent: "00-none" });
    const unreadable = {
      get traceparent(): string {
        throw new Error("unreadable");
      },
    };
    linked(unreadable);
    expect(extractLinks(unreadable)).toEqual([]);
    const [, traceId, spanId] = TRACEPARENT.split("-");
    const { spans } = traces.current;
    expect(spans.map(({ links }) => links.map((link) => [link.context.traceId, link.context.spanId]))).toEqual([
      [[traceId, spanId]],
      [],
      [],
    ]);
    expect(spans.map((span) => span.parentSpanContext ?? span.spanContext().traceId === traceId)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("return what fn returns and throw what it throws", async () => {
    const error = new Error("mine");
    const promise = Promise.resolve(step());
    expect(withExtractedContext({}, () => promise)).toBe(promise);
    expect(() =>
      withExtractedContext({ traceparent: TRACEPARENT }, () => {
        throw error;
      }),
    ).toThrow(error);
    expect(traces.current.tree()).toEqual([{ name: "step", kind: "task" }]);
  });
});
