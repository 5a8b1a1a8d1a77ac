import type { SpanContext } from "@opentelemetry/api";
import { INVALID_TIME } from "../semconv.js";
import { encodeTime } from "./encode-time.js";
import { encodeAttributes } from "./encode-value.js";
import { quoteText } from "./quote-text.js";
import type { ReadableEvent, ReadableSpan } from "./readable-span.js";

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
 * This returns the span as the JSON text of an OTLP `Span` (trace.proto, proto3 JSON with hex ids).
 * What can be mended is mended and named in `damage`: an unreadable attribute, a time that is none, a link without ids.
 * Throws `UnencodableSpanError` when its ids are no ids, and whatever the span itself throws when it is read.
 */
export function encodeSpan(span: ReadableSpan, damage: string[] = []): string {
  const context = span.spanContext();
  let text = `{"traceId":"${requireId(context.traceId, TRACE_ID, "traceId")}","spanId":"${requireId(context.spanId, SPAN_ID, "spanId")}"`;
  const traceState = context.traceState?.serialize();
  if (traceState) text += `,"traceState":${quoteText(traceState)}`;
  const parent = span.parentSpanContext;
  const parentSpanId = parent === undefined ? undefined : readId(parent.spanId, SPAN_ID);
  if (parentSpanId !== undefined) text += `,"parentSpanId":"${parentSpanId}"`;
  text += `,"flags":${encodeFlags(context.traceFlags, parent)},"name":${quoteText(String(span.name))}`;
  text += `,"kind":${span.kind >= 0 && span.kind <= TOP_SPAN_KIND ? Math.trunc(span.kind) + 1 : 0}`;
  text += encodeBody(span, damage);
  return `${text},"status":${encodeStatus(span)}}`;
}

function encodeBody(span: ReadableSpan, damage: string[]): string {
  const start = encodeTime(span.startTime);
  const end = encodeTime(span.endTime);
  const knownStart = start ?? end ?? "0";
  let text = `,"startTimeUnixNano":"${knownStart}","endTimeUnixNano":"${end ?? knownStart}"`;
  let attributes = encodeAttributes(span.attributes, damage);
  if (start === undefined || end === undefined) {
    const which = start !== undefined ? "end" : end !== undefined ? "start" : "start,end";
    damage.push(`invalid time: ${which}`);
    attributes = withInvalidTime(attributes, which);
  }
  if (attributes !== "") text += `,"attributes":[${attributes}]`;
  text += encodeCount("droppedAttributesCount", span.droppedAttributesCount);
  if (span.events.length > 0) {
    text += `,"events":[${span.events.map((event) => encodeEvent(event, knownStart, damage)).join()}]`;
  }
  text += encodeCount("droppedEventsCount", span.droppedEventsCount);
  return text + encodeLinks(span, damage);
}

function encodeEvent(event: ReadableEvent, spanStart: string, damage: string[]): string {
  const time = encodeTime(event.time);
  let attributes = event.attributes === undefined ? "" : encodeAttributes(event.attributes, damage);
  if (time === undefined) {
    damage.push("invalid time: event");
    attributes = withInvalidTime(attributes, "time");
  }
  let text = `{"timeUnixNano":"${time ?? spanStart}","name":${quoteText(String(event.name))}`;
  if (attributes !== "") text += `,"attributes":[${attributes}]`;
  return `${text}${encodeCount("droppedAttributesCount", event.droppedAttributesCount)}}`;
}

function encodeLinks(span: ReadableSpan, damage: string[]): string {
  let dropped = span.droppedLinksCount;
  let text = "";
  for (const link of span.links) {
    const traceId = readId(link.context.traceId, TRACE_ID);
    const spanId = readId(link.context.spanId, SPAN_ID);
    if (traceId === undefined || spanId === undefined) {
      damage.push("a link without valid ids");
      dropped++;
      continue;
    }
    text += `${text === "" ? "" : ","}{"traceId":"${traceId}","spanId":"${spanId}"`;
    const traceState = link.context.traceState?.serialize();
    if (traceState) text += `,"traceState":${quoteText(traceState)}`;
    const attributes = link.attributes === undefined ? "" : encodeAttributes(link.attributes, damage);
    if (attributes !== "") text += `,"attributes":[${attributes}]`;
    text += encodeCount("droppedAttributesCount", link.droppedAttributesCount);
    text += `,"flags":${encodeFlags(link.context.traceFlags, link.context)}}`;
  }
  return (text === "" ? "" : `,"links":[${text}]`) + encodeCount("droppedLinksCount", dropped);
}

/** An unset status is an empty message, as the Collector writes it. */
function encodeStatus({ status: { code, message } }: ReadableSpan): string {
  const isKnown = Number.isInteger(code) && code > 0 && code <= TOP_STATUS_CODE;
  const text = isKnown ? `"code":${code}` : "";
  if (typeof message !== "string" || message === "") return `{${text}}`;
  return `{${text}${isKnown ? "," : ""}"message":${quoteText(message)}}`;
}

function encodeFlags(traceFlags: number, remoteOrNot: SpanContext | undefined): number {
  return (traceFlags & 0xff) | HAS_IS_REMOTE | (remoteOrNot?.isRemote === true ? IS_REMOTE : 0);
}

function encodeCount(field: string, count: number | undefined): string {
  return typeof count === "number" && count > 0 ? `,"${field}":${Math.min(Math.ceil(count), 0xffff_ffff)}` : "";
}

function withInvalidTime(attributes: string, which: string): string {
  return `${attributes}${attributes === "" ? "" : ","}{"key":"${INVALID_TIME}","value":{"stringValue":"${which}"}}`;
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
