import { execFile } from "node:child_process";
import { join } from "node:path";
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { SpanBuffer, type SpandrelError, getClient, traced } from "../../lib/index.js";
import { resetLog } from "../../lib/internal/index.js";
import { checkTracesData } from "../../lib/otlp/index.js";
import { Traces, treeOf, withAttributes } from "../support/traces.js";
import { bufferOf, held, useBalancedTraces } from "./rig.js";

const traces = useBalancedTraces({ appName: "origin", resourceAttributes: { "host.name": "here" } });
const client = getClient();
const tracer = client.getTracer();

/** A trace with everything a span can have. */
function richBuffer(): SpanBuffer {
  const buffer = client.getSpanBuffer({
    traceId: "0123456789abcdef0123456789abcdef",
    parentSpanId: "1234567890abcdef",
  });
  const link = {
    context: { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1, isRemote: true },
    attributes: { why: "test" },
  };
  buffer.run(() => {
    traced({ name: "w", kind: "workflow", version: 2, links: [link] }, (text: string) => {
      tracer.startActiveSpan("by hand", { kind: SpanKind.CLIENT }, (span) => {
        span.setAttributes({
          "été 🎈": "\ud83c\udf88",
          list: ["a", "b"],
          numbers: [1, 2.5],
          none: [],
          yes: true,
          nan: NaN,
        });
        span.addEvent("seen", { at: 1, deep: "line\nbreak" }, [1_700_000_000, 123_456_789]);
        span.setStatus({ code: SpanStatusCode.OK });
        span.end();
      });
      const failing = traced("fails", () => {
        throw new RangeError("far");
      });
      expect(failing).toThrow();
      trace.getTracer("foreign", "1.2.3").startSpan("foreign", { kind: SpanKind.PRODUCER }).end();
      return text;
    })("hello");
    buffer.createSpan(
      "afterwards",
      { score: 1 },
      { startTime: [1_600_000_000, 1], endTime: [1_600_000_001, 999_999_999] },
    );
  });
  return buffer;
}

/** What makes a span the one it is. */
const describeSpan = (span: ReturnType<SpanBuffer["getAllSpans"]>[number]): Record<string, unknown> => ({
  context: span.spanContext(),
  parent: span.parentSpanContext?.spanId,
  times: [span.startTime, span.endTime, span.duration],
  attributes: span.attributes,
  status: span.status,
  events: span.events.map(({ name, time, attributes }) => ({ name, time, attributes })),
  links: span.links.map(({ context: { traceId, spanId }, attributes }) => ({ traceId, spanId, attributes })),
  resource: span.resource.attributes,
  scope: [span.instrumentationScope.name, span.instrumentationScope.version],
  dropped: [span.droppedAttributesCount, span.droppedEventsCount, span.droppedLinksCount],
  spanKind: span.kind,
  ended: span.ended,
});

const byId = (buffer: SpanBuffer): unknown =>
  Object.fromEntries(buffer.getAllSpans().map((span) => [span.spanContext().spanId, describeSpan(span)]));

describe("a buffer that is serialised", () => {
  it("is one line of OTLP JSON, as any reader of it takes it", () => {
    const text = richBuffer().serialize();
    expect(text).not.toMatch(/[\r\n]/);
    expect(checkTracesData(text)).toEqual([]);
    const [span] = SpanBuffer.deserialize(text)
      .getAllSpans()
      .filter(({ name }) => name === "by hand");
    expect(span).toMatchObject({
      attributes: { list: ["a", "b"], nan: NaN, "été 🎈": "🎈" },
      events: [{ name: "seen", time: [1_700_000_000, 123_456_789], attributes: { at: 1, deep: "line\nbreak" } }],
      status: { code: SpanStatusCode.OK },
    });
  });

  it("comes back with every field of every span, in the order of their ends, and the same text once more", () => {
    const buffer = richBuffer();
    const text = buffer.serialize();
    const revived = SpanBuffer.deserialize(text);
    expect(revived.traceId).toBe(buffer.traceId);
    expect(byId(revived)).toEqual(byId(buffer));
    const ends = revived
      .getAllSpans()
      .map(({ endTime: [seconds, nanos] }) => BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
    expect(ends).toEqual([...ends].sort((a, b) => (a < b ? -1 : 1)));
    expect(SpanBuffer.deserialize(revived.serialize()).serialize()).toBe(revived.serialize());
    expect(sorted(JSON.parse(revived.serialize()))).toEqual(sorted(JSON.parse(text)));
    expect(buffer.serialize()).toBe(text);
  });

  it("goes on in its trace: spans created and held from now on are among the others", async () => {
    const origin = bufferOf("one");
    const [one] = origin.getAllSpans();
    const revived = SpanBuffer.deserialize(origin.serialize());
    revived.createSpan("two", {}, { parent: one?.spanContext().spanId });
    revived.run(() => traced("three", () => undefined)());
    expect(new Set(revived.getAllSpans().map((span) => span.spanContext().traceId))).toEqual(new Set([origin.traceId]));
    expect(treeOf(revived.getAllSpans())).toEqual([
      { name: "one", kind: "spandrel", children: [{ name: "two", kind: "spandrel" }] },
      { name: "three", kind: "task" },
    ]);
    expect(await client.processSpans(revived)).toBe(true);
    expect(traces.current.tree()).toEqual(treeOf(revived.getAllSpans()));
  });

  it("without spans is an empty document, and comes back empty", () => {
    const text = client.getSpanBuffer().serialize();
    expect(text).toBe('{"resourceSpans":[]}');
    expect(held(SpanBuffer.deserialize(text))).toEqual([]);
  });

  it("hides secrets, also when telemetry is shut down, and leaves them where they are", async () => {
    const buffer = client.getSpanBuffer();
    const secret = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789";
    buffer.createSpan("call", { api_key: "hunter2-hunter2", note: `the key is ${secret}` });
    const check = (): void => {
      const text = buffer.serialize();
      expect(text).not.toContain("hunter2");
      expect(text).not.toContain(secret);
      expect(text).toContain("the key is");
    };
    check();
    expect(buffer.getAllSpans()[0]?.attributes).toEqual({
      api_key: "hunter2-hunter2",
      note: `the key is ${secret}`,
    });
    await traces.current.telemetry.shutdown();
    check();
  });

  it("hides none where redaction is off", async () => {
    await traces.current.telemetry.shutdown();
    const open = new Traces({ redact: false });
    const buffer = client.getSpanBuffer();
    buffer.createSpan("call", { api_key: "hunter2-hunter2" });
    expect(buffer.serialize()).toContain("hunter2");
    await open.telemetry.shutdown();
  });

  it("leaves out a span that cannot be written, and says so", () => {
    const buffer = bufferOf("fine", "no id", "no time");
    const [, noId, noTime] = buffer.getAllSpans();
    Object.assign(noId ?? {}, { spanContext: () => ({ traceId: "xyz", spanId: "", traceFlags: 1 }) });
    const getTime = (): never => {
      throw new Error("hostile");
    };
    // One without a secret need not be copied, which is when its times are read.
    Object.assign(noTime?.attributes ?? {}, { password: "hunter2" });
    Object.defineProperty(noTime, "startTime", { get: getTime });
    expect(held(SpanBuffer.deserialize(buffer.serialize()))).toEqual(["fine"]);
    expect(traces.current.lines).toEqual([
      expect.stringMatching(/SPANDREL_REDACTION_FAILED/),
      expect.stringMatching(/SPANDREL_BUFFER_SPAN: .*its traceId is not valid/),
    ]);
    expect(held(buffer)).toEqual(["fine", "no id", "no time"]);
    resetLog();
  });

  it.each([
    ["no JSON", "{"],
    ["no text", undefined],
    ["another document", '{"spans":[]}'],
    ["a list", "[]"],
    ["nothing", ""],
    ["cut off", (text: string) => text.slice(0, -20)],
    ["without an id", (text: string) => text.replace(/"spanId":"[0-9a-f]+"/, '"spanId":""')],
    ["with an id that is none", (text: string) => text.replace(/"traceId":"[0-9a-f]+"/, '"traceId":"xyz"')],
  ])("cannot be read where it is damaged: %s", (_, damage) => {
    const given = typeof damage === "function" ? damage(bufferOf("a", "b").serialize()) : damage;
    let thrown: unknown;
    try {
      SpanBuffer.deserialize(given as string);
    } catch (error) {
      thrown = error;
    }
    expect((thrown as SpandrelError).code).toBe("SPANDREL_BUFFER_UNREADABLE");
    expect((thrown as SpandrelError).message).not.toContain('"');
  });

  it("in another process gives the same trace, and one more span of it", async () => {
    const buffer = richBuffer();
    const text = buffer.serialize();
    const answer = JSON.parse(await runAnotherProcess(text)) as {
      text: string;
      exported: unknown[][];
    };
    expect(sorted(JSON.parse(answer.text))).toEqual(sorted(JSON.parse(text)));
    expect(answer).toMatchObject({ isProcessed: true, isAddedProcessed: true });
    const facts = SpanBuffer.deserialize(text)
      .getAllSpans()
      .map((span) => {
        const { traceId, spanId } = span.spanContext();
        return [span.name, traceId, spanId, span.parentSpanContext?.spanId ?? "", "origin"];
      });
    const added = ["added here", buffer.traceId, expect.any(String) as unknown, "", "another"];
    expect(answer.exported.slice(0, -1).sort()).toEqual(facts.sort());
    expect(answer.exported.at(-1)).toEqual(added);
    expect(treeOf(buffer.getAllSpans(), withAttributes("workflow"))).toHaveLength(2);
  });
});

function runAnotherProcess(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const script = join(__dirname, "fixtures/another-process.ts");
    const child = execFile(process.execPath, ["--import", "tsx", script], (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
    child.stdin?.end(text);
  });
}

/** OTLP gives spans no order within their scope. */
function sorted(document: unknown): unknown {
  if (Array.isArray(document)) {
    const items = document.map(sorted);
    const isSpans = items.every(
      (item) => typeof item === "object" && item !== null && "spanId" in item && "kind" in item,
    );
    return isSpans ? items.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1)) : items;
  }
  if (typeof document !== "object" || document === null) return document;
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [key, sorted(value)]));
}

function idOf(item: unknown): string {
  return String((item as { spanId: unknown }).spanId);
}
