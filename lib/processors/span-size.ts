import type { ReadableSpan } from "../otlp/index.js";

/** What a span of the SDK weighs without its strings: the object, ids, times, attribute slots. */
const SPAN_BYTES = 512;
const EVENT_BYTES = 128;
const LINK_BYTES = 128;

/**
 * This estimates the memory of a span in bytes: a constant and the length of its strings (one byte a character). It is
 * no serialiser: it runs at every span end and may be wrong by a factor of two. It never throws; a span of a foreign
 * SDK that cannot be read counts as an empty one.
 */
export function estimateSpanBytes(span: ReadableSpan): number {
  try {
    return spanBytes(span);
  } catch {
    return SPAN_BYTES;
  }
}

function spanBytes(span: ReadableSpan): number {
  let bytes = SPAN_BYTES + attributeBytes(span.attributes);
  const { events, links } = span;
  if (links.length > 0) {
    for (const link of links) bytes += LINK_BYTES + attributeBytes(link.attributes);
  }
  if (events.length > 0) {
    for (const event of events) bytes += EVENT_BYTES + attributeBytes(event.attributes);
  }
  return bytes;
}

function attributeBytes(attributes: Readonly<Record<string, unknown>> | undefined): number {
  let bytes = 0;
  for (const key in attributes) {
    const value = attributes[key];
    if (typeof value === "string") bytes += value.length;
    else if (typeof value === "object") bytes += nestedBytes(value);
  }
  return bytes;
}

/** Arrays of strings, and the maps that SDK 3.x allows; deeper than that the estimate does not look. */
function nestedBytes(value: object | null): number {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return arrayBytes(value);
  let bytes = 0;
  for (const key in value) {
    const item: unknown = Reflect.get(value, key);
    bytes += typeof item === "string" ? item.length : 16;
  }
  return bytes;
}

function arrayBytes(value: readonly unknown[] | ArrayBufferView): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let bytes = 0;
  for (const item of value) bytes += typeof item === "string" ? item.length : 8;
  return bytes;
}
