import {
  type HrTime,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type TraceState,
  createTraceState,
} from "@opentelemetry/api";
import { type DecodedSpan, decodeTracesData } from "./decode-traces.js";
import type { DecodedAttributes, DecodedValue } from "./decode-value.js";
import type { ReadableSpan } from "./readable-span.js";

/** `SpanFlags` of trace.proto. */
const TRACE_FLAGS = 0xff;
const IS_REMOTE = 0x200;
const NANOS_PER_SECOND = 1_000_000_000n;
/** In OTLP's numbering; "unspecified" means internal there. */
const KINDS = [
  SpanKind.INTERNAL,
  SpanKind.INTERNAL,
  SpanKind.SERVER,
  SpanKind.CLIENT,
  SpanKind.PRODUCER,
  SpanKind.CONSUMER,
];
const STATUS_CODES = [SpanStatusCode.UNSET, SpanStatusCode.OK, SpanStatusCode.ERROR];
const BEFORE_SPANS = '"spans":[';

type Origin = Pick<ReadableSpan, "resource" | "instrumentationScope">;

/**
 * This makes spans out of records, each a `TracesData` of one span as `encodeTracesData` writes it. Encoded once more,
 * a revived span gives the same record; spans of one resource and scope share both objects.
 */
export class SpanReviver {
  #head = "";
  #origin: Origin | undefined;

  /** Undefined for a record that is damaged, or that holds another number of spans than one. Never throws. */
  revive(record: string): ReadableSpan | undefined {
    const { spans, skipped } = decodeTracesData(record);
    const [span] = spans;
    if (span === undefined || spans.length > 1 || skipped > 0) return undefined;
    return reviveSpan(span, this.#originOf(record, span));
  }

  /** Most records in a row begin alike, up to the span itself. */
  #originOf(record: string, span: DecodedSpan): Origin {
    const head = record.slice(0, record.indexOf(BEFORE_SPANS));
    if (this.#origin === undefined || head !== this.#head) {
      this.#head = head;
      this.#origin = reviveOrigin(span);
    }
    return this.#origin;
  }
}

/** This makes spans of a whole `TracesData`, and says what of it could not be read. It never throws. */
export function reviveTracesData(text: string): {
  readonly spans: ReadableSpan[];
  readonly skipped: number;
  readonly fault?: string;
} {
  const { spans, ...rest } = decodeTracesData(text);
  // A scope object is of one group of one resource.
  const origins = new Map<DecodedSpan["scope"], Origin>();
  for (const span of spans) if (!origins.has(span.scope)) origins.set(span.scope, reviveOrigin(span));
  return { spans: spans.map((span) => reviveSpan(span, origins.get(span.scope) ?? reviveOrigin(span))), ...rest };
}

function reviveOrigin({ resource, scope }: DecodedSpan): Origin {
  return {
    resource: { attributes: reviveAttributes(resource.attributes), ...textOf("schemaUrl", resource.schemaUrl) },
    instrumentationScope: {
      name: scope.name,
      ...textOf("version", scope.version),
      ...textOf("schemaUrl", scope.schemaUrl),
    },
  };
}

function reviveSpan(span: DecodedSpan, origin: Origin): ReadableSpan {
  const { traceId, parentSpanId, flags, startNanos, endNanos } = span;
  const spanContext = reviveContext(span, false);
  const parent = { traceId, spanId: parentSpanId ?? "", traceFlags: flags & TRACE_FLAGS };
  return {
    name: span.name,
    kind: KINDS[span.kind] ?? SpanKind.INTERNAL,
    spanContext: () => spanContext,
    ...(parentSpanId === undefined ? {} : { parentSpanContext: { ...parent, ...remoteness(flags) } }),
    startTime: reviveTime(startNanos),
    endTime: reviveTime(endNanos),
    duration: reviveTime(endNanos > startNanos ? endNanos - startNanos : 0n),
    status: { code: STATUS_CODES[span.status.code] ?? SpanStatusCode.UNSET, ...textOf("message", span.status.message) },
    attributes: reviveAttributes(span.attributes),
    links: span.links.map((link) => ({
      context: reviveContext(link, true),
      attributes: reviveAttributes(link.attributes),
      droppedAttributesCount: link.droppedAttributesCount,
    })),
    events: span.events.map((event) => ({
      name: event.name,
      time: reviveTime(event.timeNanos),
      attributes: reviveAttributes(event.attributes),
      droppedAttributesCount: event.droppedAttributesCount,
    })),
    ended: true,
    ...origin,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

/** A span's own flags tell whether its parent is remote, a link's whether what it links to is. */
function reviveContext(
  { traceId, spanId, flags, traceState }: Pick<DecodedSpan, "traceId" | "spanId" | "flags" | "traceState">,
  isLink: boolean,
): SpanContext {
  return {
    traceId,
    spanId,
    traceFlags: flags & TRACE_FLAGS,
    ...(isLink ? remoteness(flags) : {}),
    ...(traceState === "" ? {} : { traceState: reviveTraceState(traceState) }),
  };
}

/** The API's parser leaves out what the W3C does not allow; the record had it. */
function reviveTraceState(text: string): TraceState {
  return Object.assign(createTraceState(text), { serialize: () => text });
}

function remoteness(flags: number): { isRemote?: true } {
  return (flags & IS_REMOTE) === 0 ? {} : { isRemote: true };
}

/** What was not there is not there again. */
function textOf<K extends string>(key: K, text: string): Partial<Record<K, string>> {
  return text === "" ? {} : ({ [key]: text } as Record<K, string>);
}

function reviveTime(nanos: bigint): HrTime {
  return [Number(nanos / NANOS_PER_SECOND), Number(nanos % NANOS_PER_SECOND)];
}

function reviveAttributes(attributes: DecodedAttributes): Record<string, unknown> {
  const revived: Record<string, unknown> = {};
  for (const [key, value] of attributes) {
    // An assignment would call the setter of this one.
    if (key === "__proto__") Object.defineProperty(revived, key, { ...PLAIN, value: reviveValue(value) });
    else revived[key] = reviveValue(value);
  }
  return revived;
}

/** The SDK's attributes know no bigint, but a number that is not the same would be another value. */
function reviveInteger(value: bigint): number | bigint {
  const number = Number(value);
  return BigInt(number) === value ? number : value;
}

const PLAIN = { configurable: true, enumerable: true, writable: true };

function reviveValue(value: DecodedValue): unknown {
  if (typeof value === "bigint") return reviveInteger(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return value;
  if (value instanceof Map) return reviveAttributes(value as DecodedAttributes);
  return (value as readonly DecodedValue[]).map(reviveValue);
}
