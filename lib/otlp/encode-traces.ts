import { encodeSpan, UnencodableSpanError } from "./encode-span.js";
import { encodeAttributes } from "./encode-value.js";
import { quoteText } from "./quote-text.js";
import type { ReadableSpan } from "./readable-span.js";

/** This names a span of a batch that could not be written as it was, by its position, and says why. */
export interface SpanFault {
  readonly index: number;
  readonly reason: string;
}

/** What became of a batch of spans: `encoded + rejected.length` is the size of the batch. */
export interface EncodedTraces {
  /** One OTLP `TracesData` JSON object on one line, without a newline. */
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
 * This collects spans into one `TracesData`, grouped by resource and scope, up to a length of text in UTF-16 units, so
 * that a caller can cut a batch into lines by size.
 */
export class TracesDataBuilder {
  readonly #groups = new Map<string, Map<string, string>>();
  readonly #degraded: SpanFault[] = [];
  readonly #rejected: SpanFault[] = [];
  readonly #maxLength: number;
  #damage: string[] = [];
  #encoded = 0;
  #length = WRAPPING_LENGTH;

  constructor(maxLength = MAX_TEXT_LENGTH) {
    this.#maxLength = maxLength;
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
    const resource = encodeResource(span.resource);
    const scope = encodeScope(span.instrumentationScope);
    const text = encodeSpan(span, this.#damage);
    let scopes = this.#groups.get(resource);
    const spans = scopes?.get(scope);
    const groupLength = spans === undefined ? resource.length + scope.length + CLOSING_LENGTH : 0;
    const length = this.#length + groupLength + text.length + 1;
    if (length > MAX_TEXT_LENGTH) throw new UnencodableSpanError("it is too large");
    if (length > this.#maxLength && this.#encoded > 0) return false;
    if (scopes === undefined) this.#groups.set(resource, (scopes = new Map<string, string>()));
    scopes.set(scope, spans === undefined ? text : `${spans},${text}`);
    this.#length = length;
    this.#encoded++;
    return true;
  }

  finish(): EncodedTraces {
    let resources = "";
    for (const [resource, scopes] of this.#groups) {
      let scopeSpans = "";
      for (const [scope, spans] of scopes) scopeSpans += `${scopeSpans === "" ? "" : ","}${scope}${spans}]}`;
      resources += `${resources === "" ? "" : ","}${resource}${scopeSpans}]}`;
    }
    const text = `{"resourceSpans":[${resources}]}`;
    return { text, encoded: this.#encoded, degraded: this.#degraded, rejected: this.#rejected };
  }
}

/** Two pairs of closing brackets and commas, for a span that opens a group. */
const CLOSING_LENGTH = 6;

/**
 * This returns the spans as one OTLP `TracesData` JSON text on one line, grouped by resource and scope, and tells which
 * spans were degraded or rejected. It never throws because of a span.
 */
export function encodeTracesData(spans: readonly ReadableSpan[]): EncodedTraces {
  const builder = new TracesDataBuilder();
  spans.forEach((span, index) => builder.add(span, index));
  return builder.finish();
}

const resourceTexts = new WeakMap<object, string>();
const scopeTexts = new WeakMap<object, string>();

/** The opening of a `ResourceSpans`, up to its first `ScopeSpans`. */
function encodeResource(resource: ReadableSpan["resource"]): string {
  const known = resourceTexts.get(resource);
  if (known !== undefined) return known;
  const attributes = encodeAttributes(resource.attributes, []);
  const body = attributes === "" ? "{}" : `{"attributes":[${attributes}]}`;
  const text = `{"resource":${body}${encodeSchemaUrl(resource.schemaUrl)},"scopeSpans":[`;
  // The SDK's detectors may still be adding attributes: such a resource reads differently later.
  if (resource.asyncAttributesPending !== true) resourceTexts.set(resource, text);
  return text;
}

/** The opening of a `ScopeSpans`, up to its first span. */
function encodeScope(scope: ReadableSpan["instrumentationScope"]): string {
  const known = scopeTexts.get(scope);
  if (known !== undefined) return known;
  const version = scope.version ? `,"version":${quoteText(scope.version)}` : "";
  const body = `{"name":${quoteText(String(scope.name))}${version}}`;
  const text = `{"scope":${body}${encodeSchemaUrl(scope.schemaUrl)},"spans":[`;
  scopeTexts.set(scope, text);
  return text;
}

function encodeSchemaUrl(url: string | undefined): string {
  return url ? `,"schemaUrl":${quoteText(url)}` : "";
}
