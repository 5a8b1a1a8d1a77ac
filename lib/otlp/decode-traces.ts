import { decodeAttributes, isFields, readInteger, readList, readText, type DecodedAttributes } from "./decode-value.js";

/** An event of a span read from a file. */
export interface DecodedEvent {
  readonly name: string;
  readonly timeNanos: bigint;
  readonly attributes: DecodedAttributes;
  readonly droppedAttributesCount: number;
}

/** A link of a span read from a file. */
export interface DecodedLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: DecodedAttributes;
  readonly droppedAttributesCount: number;
}

/** The resource a span was read with; spans of one group share the object. */
export interface DecodedResource {
  readonly attributes: DecodedAttributes;
  readonly schemaUrl: string;
}

/** The instrumentation scope a span was read with; spans of one group share the object. */
export interface DecodedScope {
  readonly name: string;
  readonly version: string;
  readonly attributes: DecodedAttributes;
  readonly schemaUrl: string;
}

/**
 * This is a span read from a file. Ids are lower-case hex, times exact nanoseconds since the Unix epoch, numbers in
 * OTLP's own numbering: `kind` 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer; status `code`
 * 0 unset, 1 ok, 2 error. Texts that were not written are "".
 */
export interface DecodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly attributes: DecodedAttributes;
  readonly droppedAttributesCount: number;
  readonly events: readonly DecodedEvent[];
  readonly droppedEventsCount: number;
  readonly links: readonly DecodedLink[];
  readonly droppedLinksCount: number;
  readonly status: { readonly code: number; readonly message: string };
  readonly resource: DecodedResource;
  readonly scope: DecodedScope;
}

/** What a line of a file holds. */
export interface DecodedTraces {
  readonly spans: readonly DecodedSpan[];
  /** How many entries stood where spans stand and had no usable ids. */
  readonly skipped: number;
  /** Why the line as a whole could not be read: it is torn, or no `TracesData`. */
  readonly fault?: string;
}

const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"].map((k) => `SPAN_KIND_${k}`);
/** `fixed64`; it also keeps every time within what `Date` can hold. */
const MAX_NANOS = 2n ** 64n - 1n;
const STATUS_CODES = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

/**
 * This reads one line of an OTLP JSON Lines file, ours or another writer's, and takes what readers of proto3 JSON take:
 * numbers or strings for 64-bit integers, enum names, upper-case ids, unknown fields. It never throws: a torn line
 * gives no spans and a `fault`, an entry without ids is counted in `skipped`.
 */
export function decodeTracesData(line: string): DecodedTraces {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    return { spans: [], skipped: 0, fault: "it is not JSON" };
  }
  if (!isFields(data) || !Array.isArray(data["resourceSpans"])) {
    return { spans: [], skipped: 0, fault: "it has no resourceSpans" };
  }
  return decodeResourceSpans(data["resourceSpans"]);
}

/** This reads a list of `ResourceSpans` in their JSON form, where 64-bit integers may be bigint and bytes `Uint8Array`. */
export function decodeResourceSpans(groups: readonly unknown[]): DecodedTraces {
  const spans: DecodedSpan[] = [];
  let skipped = 0;
  for (const group of groups) {
    if (!isFields(group)) continue;
    const resource = decodeResource(group);
    for (const scopeGroup of readList(group["scopeSpans"])) {
      if (!isFields(scopeGroup)) continue;
      const scope = decodeScope(scopeGroup);
      for (const entry of readList(scopeGroup["spans"])) {
        const span = decodeSpan(entry, resource, scope);
        if (span === undefined) skipped++;
        else spans.push(span);
      }
    }
  }
  return { spans, skipped };
}

function decodeResource(group: Readonly<Record<string, unknown>>): DecodedResource {
  const resource = isFields(group["resource"]) ? group["resource"] : {};
  return { attributes: decodeAttributes(resource["attributes"]), schemaUrl: readText(group["schemaUrl"]) };
}

function decodeScope(group: Readonly<Record<string, unknown>>): DecodedScope {
  const scope = isFields(group["scope"]) ? group["scope"] : {};
  return {
    name: readText(scope["name"]),
    version: readText(scope["version"]),
    attributes: decodeAttributes(scope["attributes"]),
    schemaUrl: readText(group["schemaUrl"]),
  };
}

function decodeSpan(entry: unknown, resource: DecodedResource, scope: DecodedScope): DecodedSpan | undefined {
  if (!isFields(entry)) return undefined;
  const traceId = readId(entry["traceId"], 32);
  const spanId = readId(entry["spanId"], 16);
  if (traceId === undefined || spanId === undefined) return undefined;
  const parentSpanId = readId(entry["parentSpanId"], 16);
  const status = isFields(entry["status"]) ? entry["status"] : {};
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    traceState: readText(entry["traceState"]),
    flags: readCount(entry["flags"]),
    name: readText(entry["name"]),
    kind: readEnum(entry["kind"], KINDS),
    startNanos: readTime(entry["startTimeUnixNano"]),
    endNanos: readTime(entry["endTimeUnixNano"]),
    attributes: decodeAttributes(entry["attributes"]),
    droppedAttributesCount: readCount(entry["droppedAttributesCount"]),
    events: readList(entry["events"]).filter(isFields).map(decodeEvent),
    droppedEventsCount: readCount(entry["droppedEventsCount"]),
    links: readList(entry["links"]).filter(isFields).flatMap(decodeLink),
    droppedLinksCount: readCount(entry["droppedLinksCount"]),
    status: { code: readEnum(status["code"], STATUS_CODES), message: readText(status["message"]) },
    resource,
    scope,
  };
}

function decodeEvent(event: Readonly<Record<string, unknown>>): DecodedEvent {
  return {
    name: readText(event["name"]),
    timeNanos: readTime(event["timeUnixNano"]),
    attributes: decodeAttributes(event["attributes"]),
    droppedAttributesCount: readCount(event["droppedAttributesCount"]),
  };
}

function decodeLink(link: Readonly<Record<string, unknown>>): DecodedLink[] {
  const traceId = readId(link["traceId"], 32);
  const spanId = readId(link["spanId"], 16);
  if (traceId === undefined || spanId === undefined) return [];
  return [
    {
      traceId,
      spanId,
      traceState: readText(link["traceState"]),
      flags: readCount(link["flags"]),
      attributes: decodeAttributes(link["attributes"]),
      droppedAttributesCount: readCount(link["droppedAttributesCount"]),
    },
  ];
}

function readId(id: unknown, digits: number): string | undefined {
  if (typeof id !== "string" || id.length !== digits || !/^[0-9a-f]+$/i.test(id)) return undefined;
  return /[^0]/.test(id) ? id.toLowerCase() : undefined;
}

function readTime(value: unknown): bigint {
  const nanos = readInteger(value) ?? 0n;
  if (nanos < 0n) return 0n;
  return nanos > MAX_NANOS ? MAX_NANOS : nanos;
}

function readCount(value: unknown): number {
  const count = readInteger(value) ?? 0n;
  return count < 0n ? 0 : Number(count);
}

function readEnum(value: unknown, names: readonly string[]): number {
  const index = typeof value === "string" ? names.indexOf(value) : value;
  return typeof index === "number" && index > 0 && index < names.length ? Math.trunc(index) : 0;
}
