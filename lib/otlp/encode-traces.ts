import { encodeSpan, UnencodableSpanError } from "./encode-span.js";
import { encodeAttributes } from "./encode-value.js";
import { jsonNotation } from "./json-notation.js";
import type { Notation } from "./notation.js";
import type { ReadableSpan } from "./readable-span.js";
import { RESOURCE, RESOURCE_SPANS, SCOPE, SCOPE_SPANS, TRACES_DATA } from "./trace-shapes.js";

/** This names a span of a batch that could not be written as it was, by its position, and says why. */
export interface SpanFault {
  readonly index: number;
  readonly reason: string;
}

/** What became of a batch of spans: `encoded + rejected.length` is the size of the batch. */
export interface EncodedTraces {
  /** One OTLP `TracesData`: a JSON object on one line, without a newline; in protobuf one character a byte. */
  readonly text: string;
  /** How many spans are in `text`, the degraded ones included. */
  readonly encoded: number;
  /** Spans that are in `text` with a marker in place of what could not be written. */
  readonly degraded: readonly SpanFault[];
  /** Spans that are not in `text`. */
  readonly rejected: readonly SpanFault[];
}

/** V8 refuses longer strings (`buffer.constants.MAX_STRING_LENGTH`); spans past this are rejected, not the batch. */
const MAX_TEXT_LENGTH = 0x1f00_0000;
const WRAPPING_LENGTH = '{"resourceSpans":[]}'.length;

/**
 * This collects spans into one `TracesData`, grouped by resource and scope, up to a length of text (UTF-16 units in
 * JSON, bytes in protobuf), so that a caller can cut a batch by size.
 */
export class TracesDataBuilder {
  readonly #groups = new Map<string, Map<string, string>>();
  readonly #degraded: SpanFault[] = [];
  readonly #rejected: SpanFault[] = [];
  readonly #maxLength: number;
  readonly #notation: Notation;
  #damage: string[] = [];
  #encoded = 0;
  #length = WRAPPING_LENGTH;

  constructor(maxLength = MAX_TEXT_LENGTH, notation = jsonNotation) {
    this.#maxLength = maxLength;
    this.#notation = notation;
  }

  /**
   * Adds a span under its position in the caller's batch. Never throws: a span that cannot be written is rejected.
   * False means that the text has no room for it; a first span is taken at any length.
   */
  add(span: ReadableSpan, index: number): boolean {
    let isAdded = true;
    try {
      isAdded = this.#append(span);
      if (isAdded && this.#damage.length > 0) this.#degraded.push({ index, reason: this.#damage.join("; ") });
    } catch (error) {
      const reason = error instanceof UnencodableSpanError ? error.message : "it cannot be read";
      this.#rejected.push({ index, reason });
    }
    if (this.#damage.length > 0) this.#damage = [];
    return isAdded;
  }

  #append(span: ReadableSpan): boolean {
    const notation = this.#notation;
    const resource = openResource(span.resource, notation);
    const scope = openScope(span.instrumentationScope, notation);
    const text = encodeSpan(span, notation, this.#damage);
    let scopes = this.#groups.get(resource);
    const spans = scopes?.get(scope);
    const groupLength = spans === undefined ? resource.length + scope.length + notation.groupOverhead : 0;
    const length = this.#length + groupLength + text.length + notation.entryOverhead;
    if (length > MAX_TEXT_LENGTH) throw new UnencodableSpanError("it is too large");
    if (length > this.#maxLength && this.#encoded > 0) return false;
    if (scopes === undefined) this.#groups.set(resource, (scopes = new Map<string, string>()));
    scopes.set(scope, notation.append(spans ?? "", SCOPE_SPANS.spans, text));
    this.#length = length;
    this.#encoded++;
    return true;
  }

  finish(): EncodedTraces {
    const notation = this.#notation;
    let resources = "";
    for (const [resource, scopes] of this.#groups) {
      let scopeSpans = "";
      for (const [scope, spans] of scopes) {
        const message = notation.wrap(scope + spans + notation.closeList());
        scopeSpans = notation.append(scopeSpans, RESOURCE_SPANS.scopeSpans, message);
      }
      const message = notation.wrap(resource + scopeSpans + notation.closeList());
      resources = notation.append(resources, TRACES_DATA.resourceSpans, message);
    }
    const text = notation.wrap(notation.openList(TRACES_DATA.resourceSpans) + resources + notation.closeList());
    return { text, encoded: this.#encoded, degraded: this.#degraded, rejected: this.#rejected };
  }
}

/**
 * This returns the spans as one OTLP `TracesData` JSON text on one line, grouped by resource and scope, and tells which
 * spans were degraded or rejected. It never throws because of a span.
 */
export function encodeTracesData(spans: readonly ReadableSpan[]): EncodedTraces {
  const builder = new TracesDataBuilder();
  spans.forEach((span, index) => builder.add(span, index));
  return builder.finish();
}

/** The body of a `ResourceSpans`, up to its first `ScopeSpans`. */
function openResource(resource: ReadableSpan["resource"], notation: Notation): string {
  const known = notation.resources.get(resource);
  if (known !== undefined) return known;
  const attributes = encodeAttributes(resource.attributes, [], notation, RESOURCE.attributes);
  const list = attributes === "" ? "" : notation.openList(RESOURCE.attributes) + attributes + notation.closeList();
  const text =
    notation.message(RESOURCE_SPANS.resource, list) +
    (resource.schemaUrl ? notation.text(RESOURCE_SPANS.schemaUrl, resource.schemaUrl) : "") +
    notation.openList(RESOURCE_SPANS.scopeSpans);
  // The SDK's detectors may still be adding attributes: such a resource reads differently later.
  if (resource.asyncAttributesPending !== true) notation.resources.set(resource, text);
  return text;
}

/** The body of a `ScopeSpans`, up to its first span. */
function openScope(scope: ReadableSpan["instrumentationScope"], notation: Notation): string {
  const known = notation.scopes.get(scope);
  if (known !== undefined) return known;
  const version = scope.version ? notation.text(SCOPE.version, scope.version) : "";
  const text =
    notation.message(SCOPE_SPANS.scope, notation.text(SCOPE.name, String(scope.name)) + version) +
    (scope.schemaUrl ? notation.text(SCOPE_SPANS.schemaUrl, scope.schemaUrl) : "") +
    notation.openList(SCOPE_SPANS.spans);
  notation.scopes.set(scope, text);
  return text;
}
