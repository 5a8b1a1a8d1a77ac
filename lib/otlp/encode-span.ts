import type { SpanContext } from "@opentelemetry/api";
import { INVALID_TIME } from "../semconv.js";
import { encodeAttributes } from "./encode-attributes.js";
import { encodeTime } from "./encode-time.js";
import type { Field } from "./message-shape.js";
import type { Notation } from "./notation.js";
import type { ReadableEvent, ReadableSpan } from "./readable-span.js";
import { EVENT, LINK, SPAN } from "./trace-shapes.js";

/** `SpanFlags` of trace.proto: whether "the parent is remote" is known, and whether it is. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/;
const TOP_SPAN_KIND = 4;
const TOP_STATUS_CODE = 2;

/** This error says why a span has no OTLP form at all; its message holds no user content. */
export class UnencodableSpanError extends TypeError {}

/**
 * This returns the span as the body of an OTLP `Span` (trace.proto) in this notation.
 * What can be mended is mended and named in `damage`: an unreadable attribute, a time that is none, a link without ids.
 * Throws `UnencodableSpanError` when its ids are no ids, and whatever the span itself throws when it is read.
 */
export function encodeSpan(span: ReadableSpan, notation: Notation, damage: string[] = []): string {
  const context = span.spanContext();
  const parent = span.parentSpanContext;
  const parentSpanId = parent === undefined ? undefined : readId(parent.spanId, SPAN_ID);
  const start = encodeTime(span.startTime);
  const end = encodeTime(span.endTime);
  const startNanos = start ?? end ?? "0";
  const head = notation.spanHead({
    traceId: requireId(context.traceId, TRACE_ID, "traceId"),
    spanId: requireId(context.spanId, SPAN_ID, "spanId"),
    traceState: context.traceState?.serialize() ?? "",
    parentSpanId: parentSpanId ?? "",
    flags: encodeFlags(context.traceFlags, parentSpanId === undefined ? undefined : parent),
    name: String(span.name),
    kind: span.kind >= 0 && span.kind <= TOP_SPAN_KIND ? Math.trunc(span.kind) + 1 : 0,
    startNanos,
    endNanos: end ?? startNanos,
  });
  let attributes = encodeAttributes(span.attributes, damage, notation, SPAN.attributes);
  if (start === undefined || end === undefined) {
    const which = start !== undefined ? "end" : end !== undefined ? "start" : "start,end";
    damage.push(`invalid time: ${which}`);
    attributes = withInvalidTime(attributes, which, notation, SPAN.attributes);
  }
  return (
    head +
    encodeList(attributes, notation, SPAN.attributes) +
    encodeCount(SPAN.droppedAttributesCount, span.droppedAttributesCount, notation) +
    encodeEvents(span.events, startNanos, notation, damage) +
    encodeCount(SPAN.droppedEventsCount, span.droppedEventsCount, notation) +
    encodeLinks(span, notation, damage) +
    notation.message(SPAN.status, encodeStatus(span, notation))
  );
}

function encodeEvents(
  events: readonly ReadableEvent[],
  spanStart: string,
  notation: Notation,
  damage: string[],
): string {
  let list = "";
  for (const event of events) {
    list = notation.append(list, SPAN.events, encodeEvent(event, spanStart, notation, damage));
  }
  return encodeList(list, notation, SPAN.events);
}

function encodeEvent(event: ReadableEvent, spanStart: string, notation: Notation, damage: string[]): string {
  const time = encodeTime(event.time);
  let attributes =
    event.attributes === undefined ? "" : encodeAttributes(event.attributes, damage, notation, EVENT.attributes);
  if (time === undefined) {
    damage.push("invalid time: event");
    attributes = withInvalidTime(attributes, "time", notation, EVENT.attributes);
  }
  return notation.wrap(
    notation.time(EVENT.timeUnixNano, time ?? spanStart) +
      notation.text(EVENT.name, String(event.name)) +
      encodeList(attributes, notation, EVENT.attributes) +
      encodeCount(EVENT.droppedAttributesCount, event.droppedAttributesCount, notation),
  );
}

function encodeLinks(span: ReadableSpan, notation: Notation, damage: string[]): string {
  let dropped = span.droppedLinksCount;
  let list = "";
  for (const link of span.links) {
    const traceId = readId(link.context.traceId, TRACE_ID);
    const spanId = readId(link.context.spanId, SPAN_ID);
    if (traceId === undefined || spanId === undefined) {
      damage.push("a link without valid ids");
      dropped++;
      continue;
    }
    let body = notation.id(LINK.traceId, traceId) + notation.id(LINK.spanId, spanId);
    const traceState = link.context.traceState?.serialize();
    if (traceState) body += notation.text(LINK.traceState, traceState);
    if (link.attributes !== undefined) {
      const attributes = encodeAttributes(link.attributes, damage, notation, LINK.attributes);
      body += encodeList(attributes, notation, LINK.attributes);
    }
    body += encodeCount(LINK.droppedAttributesCount, link.droppedAttributesCount, notation);
    body += notation.fixed32(LINK.flags, encodeFlags(link.context.traceFlags, link.context));
    list = notation.append(list, SPAN.links, notation.wrap(body));
  }
  return encodeList(list, notation, SPAN.links) + encodeCount(SPAN.droppedLinksCount, dropped, notation);
}

/** An unset status is an empty message, as the Collector writes it. */
function encodeStatus({ status: { code, message } }: ReadableSpan, notation: Notation): string {
  const isKnown = Number.isInteger(code) && code > 0 && code <= TOP_STATUS_CODE;
  return notation.status(isKnown ? code : 0, typeof message === "string" ? message : "");
}

function encodeFlags(traceFlags: number, remoteOrNot: SpanContext | undefined): number {
  return (traceFlags & 0xff) | HAS_IS_REMOTE | (remoteOrNot?.isRemote === true ? IS_REMOTE : 0);
}

function encodeCount(field: Field, count: number | undefined, notation: Notation): string {
  return typeof count === "number" && count > 0 ? notation.number(field, Math.min(Math.ceil(count), 0xffff_ffff)) : "";
}

function encodeList(list: string, notation: Notation, field: Field): string {
  return list === "" ? "" : notation.openList(field) + list + notation.closeList();
}

function withInvalidTime(attributes: string, which: string, notation: Notation, field: Field): string {
  const mark = notation.endKeyValue(notation.startKeyValue(INVALID_TIME), notation.stringValue(which));
  return notation.append(attributes, field, mark);
}

function readId(id: unknown, pattern: RegExp): string | undefined {
  if (typeof id !== "string") return undefined;
  if (pattern.test(id)) return id;
  const lower = id.toLowerCase();
  return pattern.test(lower) ? lower : undefined;
}

function requireId(id: unknown, pattern: RegExp, field: string): string {
  const valid = readId(id, pattern);
  if (valid === undefined) throw new UnencodableSpanError(`its ${field} is not valid`);
  return valid;
}
