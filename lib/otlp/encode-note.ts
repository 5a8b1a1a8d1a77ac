import { encodeAttributes } from "./encode-attributes.js";
import { jsonNotation } from "./json-notation.js";
import type { ReadableSpan } from "./readable-span.js";
import { RESOURCE } from "./trace-shapes.js";

/**
 * This returns facts about the telemetry as one OTLP `TracesData`, a JSON text on one line: a resource with the
 * attributes of this one and the facts, and no span, so that nobody takes the note for a trace.
 */
export function encodeNote(resource: ReadableSpan["resource"], facts: Readonly<Record<string, unknown>>): string {
  const all = { ...resource.attributes, ...facts };
  const attributes = encodeAttributes(all, [], jsonNotation, RESOURCE.attributes);
  return `{"resourceSpans":[{"resource":{"attributes":[${attributes}]},"scopeSpans":[]}]}`;
}
