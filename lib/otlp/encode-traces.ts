import { encodeSpan, UnencodableSpanError } from "./encode-span.js";
import { encodeAttributes } from "./encode-attributes.js";
import { jsonNotation } from "./json-notation.js";
import type { Field } from "./message-shape.js";
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

/** A list of messages as texts to be joined, and the sum of their lengths. */
interface Pieces {
  readonly texts: string[];
  length: number;
}

/**
 * This collects spans into one `TracesData`, grouped by resource and scope, up to a length of text (UTF-16 units in
 * JSON, bytes in protobuf), so that a caller can cut a batch by size.
 */
export class TracesDataBuilder {
  readonly #groups = new Map<string, Map<string, Pieces>>();
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

  /** How many spans are in the text so far. */
  get encoded(): number {
    return this.#encoded;
  }

  /** Spans that are in the text with a marker. */
  get degraded(): readonly SpanFault[] {
    return this.#degraded;
  }

  /** Spans that are not in the text. */
  get rejected(): readonly SpanFault[] {
    return this.#rejected;
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
    const body = encodeSpan(span, notation, this.#damage);
    let scopes = this.#groups.get(resource);
    let spans = scopes?.get(scope);
    const groupLength = spans === undefined ? resource.length + scope.length + notation.groupOverhead : 0;
    const length = this.#length + groupLength + body.length + notation.entryOverhead;
    if (length > MAX_TEXT_LENGTH) throw new UnencodableSpanError("it is too large");
    if (length > this.#maxLength && this.#encoded > 0) return false;
    if (scopes === undefined) this.#groups.set(resource, (scopes = new Map<string, Pieces>()));
    if (spans === undefined) scopes.set(scope, (spans = noPieces()));
    const open = notation.openEntry(SCOPE_SPANS.spans, body.length, spans.length === 0);
    push(spans, open + body + notation.closeEntry());
    this.#length = length;
    this.#encoded++;
    return true;
  }

  /**
   * The text so far in pieces, to be joined. To write them out one by one takes half of the time of making them one
   * text first: what is joined is joined in the processor's cache.
   */
  pieces(): readonly string[] {
    const notation = this.#notation;
    const resources = noPieces();
    for (const [resource, scopes] of this.#groups) {
      const scopeSpans = noPieces();
      for (const [scope, spans] of scopes) pushMessage(scopeSpans, RESOURCE_SPANS.scopeSpans, scope, spans, notation);
      pushMessage(resources, TRACES_DATA.resourceSpans, resource, scopeSpans, notation);
    }
    const [before, after] = notation.document;
    return [before, ...resources.texts, after];
  }

  finish(): EncodedTraces {
    const text = this.pieces().join("");
    return { text, encoded: this.#encoded, degraded: this.#degraded, rejected: this.#rejected };
  }
}

function noPieces(): Pieces {
  return { texts: [], length: 0 };
}

function push(pieces: Pieces, text: string): void {
  pieces.texts.push(text);
  pieces.length += text.length;
}

/** Appends to a list the message that begins with `opening` and ends with a list of what is inside. */
function pushMessage(list: Pieces, field: Field, opening: string, inside: Pieces, notation: Notation): void {
  const closing = notation.closeList();
  const length = opening.length + inside.length + closing.length;
  push(list, notation.openEntry(field, length, list.length === 0) + opening);
  for (const text of inside.texts) push(list, text);
  push(list, closing + notation.closeEntry());
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
