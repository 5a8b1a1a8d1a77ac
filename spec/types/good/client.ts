import { SpanKind, SpanStatusCode, type Span, type Tracer } from "@opentelemetry/api";
import {
  type BufferTrace,
  type Client,
  type CreateSpanOptions,
  type EditableSpan,
  type GivenAttributes,
  type ReadableSpan,
  SpanBuffer,
  type SpanUpdate,
  type StartSpanOptions,
  getClient,
} from "spandrel";
import { type Equal, holds } from "./equal.js";

const client: Client = getClient();
const ids: readonly (string | undefined)[] = [client.getCurrentTraceId(), client.getCurrentSpanId()];
const tracer: Tracer = client.getTracer();
tracer.startActiveSpan("by hand", { kind: SpanKind.CLIENT }, (span) => span.end());

const update: SpanUpdate = {
  params: { customerIdentifier: "c", metadata: { nested: { a: [1] } }, groupIdentifier: undefined },
  attributes: { any: { value: 1n }, none: undefined },
  name: "renamed",
  status: "ok",
  statusDescription: undefined,
};
const isChanged: boolean = client.updateCurrentSpan(update);
client.updateCurrentSpan({ status: SpanStatusCode.ERROR });
client.addEvent("seen", { deep: { a: 1 } }, new Date());
client.addEvent("seen", undefined, [1, 2]);
client.recordException("anything");
const value = client.getContextValue("key");
holds<Equal<typeof value, unknown>>();
const isSet: boolean = client.setContextValue("key", { any: "value" });

const options: StartSpanOptions = {
  kind: "task",
  processors: ["debug", "default"],
  exportFilter: { status_code: { operator: "equal", value: "ERROR" } },
  version: 2,
  root: true,
  links: [{ context: { traceId: "", spanId: "", traceFlags: 1 } }],
};
const span: Span = client.startSpan("span", options);
client.startSpan("span", { kind: SpanKind.SERVER, attributes: { a: 1 } });

const traces: readonly (BufferTrace | undefined)[] = [
  "trace-123",
  { traceId: "t", parentSpanId: undefined },
  undefined,
];
const buffer: SpanBuffer = client.getSpanBuffer(traces[0]);
const result = buffer.run(() => 1);
holds<Equal<typeof result, number>>();
const promised = buffer.run(async () => "text");
holds<Equal<typeof promised, Promise<string>>>();
const attributes: GivenAttributes = { input: { any: "value" } };
const created: CreateSpanOptions = { kind: SpanKind.CLIENT, startTime: Date.now(), endTime: new Date(), parent: "id" };
const id: string = buffer.createSpan("created", attributes, created);
const [first] = buffer.getAllSpans();
holds<Equal<typeof first, EditableSpan | undefined>>();
if (first !== undefined) first.attributes["more"] = true;
const revived: SpanBuffer = SpanBuffer.deserialize(buffer.serialize());

async function process(spans: readonly ReadableSpan[]): Promise<boolean> {
  await client.flush();
  return (await client.processSpans(revived)) && client.processSpans(spans);
}

export const used: readonly unknown[] = [ids, isChanged, isSet, span, id, process];
