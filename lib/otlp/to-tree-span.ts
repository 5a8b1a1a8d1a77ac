import type { HrTime } from "@opentelemetry/api";
import { encodeTime } from "./encode-time.js";
import type { ReadableSpan } from "./readable-span.js";
import type { TreeEvent, TreeSpan } from "./span-tree.js";

const INVALID_SPAN_ID = "0000000000000000";

/** This makes a `TreeSpan` of a live span. A time that is none becomes 0, an attribute or event that throws is not there. */
export function toTreeSpan(span: ReadableSpan): TreeSpan {
  const { traceId, spanId } = span.spanContext();
  const parentSpanId = span.parentSpanContext?.spanId;
  const { attributes } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined || parentSpanId === INVALID_SPAN_ID ? {} : { parentSpanId }),
    name: String(span.name),
    kind: span.kind + 1,
    startNanos: readNanos(span.startTime) ?? readNanos(span.endTime) ?? 0n,
    endNanos: readNanos(span.endTime) ?? readNanos(span.startTime) ?? 0n,
    status: span.status,
    attributes: { get: (name) => readAttribute(attributes, name) },
    events: readEvents(span),
  };
}

function readEvents(span: ReadableSpan): readonly TreeEvent[] {
  try {
    return span.events.map(({ name, attributes = {} }) => ({
      name: String(name),
      attributes: { get: (key) => readAttribute(attributes, key) },
    }));
  } catch {
    return [];
  }
}

function readNanos(time: HrTime): bigint | undefined {
  const text = encodeTime(time);
  return text === undefined ? undefined : BigInt(text);
}

function readAttribute(attributes: Readonly<Record<string, unknown>>, name: string): unknown {
  try {
    return attributes[name];
  } catch {
    return undefined;
  }
}
