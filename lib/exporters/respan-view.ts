import {
  ENTITY_NAME,
  EXPORT_FILTER,
  GEN_AI_OPERATION,
  GEN_AI_REQUEST_MODEL,
  GEN_AI_RESPONSE_MODEL,
  LLM_REQUEST_TYPE,
  METADATA_PREFIX,
  PROCESSORS,
  SAMPLE_RATE,
  SPAN_KIND,
} from "../semconv.js";
import type { ReadableSpan } from "../otlp/index.js";
import { trimEnd } from "./trim-end.js";

/** How spans are to be spelt for Respan. */
export interface RespanViewOptions {
  readonly metadata: "keys" | "json" | "both";
  readonly spanNameStyle: "semantic" | "legacy";
}

type Attributes = Record<string, unknown>;

// Names that the Respan backend reads (respan-sdk, `constants/span_attributes.py`) and nothing else of ours writes.

/** Which SDK made the span: `python_tracing` or `ts_tracing`. */
const LOG_METHOD = "respan.entity.log_method";
/** What the span is: `workflow`, `task`, `agent`, `tool`, `chat`, `embedding`, … */
const LOG_TYPE = "respan.entity.log_type";
/** All metadata as one JSON object. */
const METADATA = "respan.metadata";
/** Hints from their instrumentations to their exporters, which never send them. */
const INTERNAL_PREFIX = "respan.internal.";

/** What steers processors of this process and means nothing elsewhere. */
const LOCAL = new Set([PROCESSORS, EXPORT_FILTER, SAMPLE_RATE]);
const ENTITY_KINDS: readonly unknown[] = ["workflow", "task", "agent", "tool"];
/** `llm.request.type`, which is the log type too, by the operation of OpenTelemetry's GenAI conventions. */
const REQUEST_TYPES: ReadonlyMap<unknown, string> = new Map([
  ["chat", "chat"],
  ["generate_content", "chat"],
  ["text_completion", "completion"],
  ["embeddings", "embedding"],
]);
/** The first word of a semantic name by log type. */
const NAME_PREFIXES: ReadonlyMap<unknown, string> = new Map([
  ...["workflow", "task", "agent", "tool", "embedding", "handoff", "guardrail"].map((type) => [type, type] as const),
  ...["chat", "completion", "text", "response", "generation"].map((type) => [type, "llm"] as const),
  ["function", "tool"],
]);

/**
 * This returns a function that makes the copy of a span which is sent to Respan. The span itself is never changed; one
 * that cannot be copied is returned as it is, for the encoder to deal with.
 */
export function createRespanView(options: RespanViewOptions): (span: ReadableSpan) => ReadableSpan {
  return (span) => {
    try {
      return copyForRespan(span, options);
    } catch {
      return span;
    }
  };
}

/** Field by field, not a prototype over the span: the getters of some SDKs read private fields of their `this`. */
function copyForRespan(span: ReadableSpan, { metadata, spanNameStyle }: RespanViewOptions): ReadableSpan {
  const attributes = describeForRespan(span.attributes);
  const context = span.spanContext();
  const parent = span.parentSpanContext;
  return {
    name: spanNameStyle === "semantic" ? semanticName(span.name, attributes) : span.name,
    attributes: metadata === "keys" ? attributes : withJsonMetadata(attributes, metadata === "both"),
    kind: span.kind,
    spanContext: () => context,
    ...(parent === undefined ? {} : { parentSpanContext: parent }),
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    status: span.status,
    links: span.links,
    events: span.events,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

function describeForRespan(given: Readonly<Attributes>): Attributes {
  const isSent = ([key]: [string, unknown]): boolean => !LOCAL.has(key) && !key.startsWith(INTERNAL_PREFIX);
  const attributes = Object.fromEntries(Object.entries(given).filter(isSent));
  const requestType = attributes[LLM_REQUEST_TYPE] ?? REQUEST_TYPES.get(attributes[GEN_AI_OPERATION]);
  const kind = attributes[SPAN_KIND];
  const logType = attributes[LOG_TYPE] ?? (ENTITY_KINDS.includes(kind) ? kind : requestType);
  attributes[LOG_METHOD] ??= "ts_tracing";
  if (requestType !== undefined) attributes[LLM_REQUEST_TYPE] = requestType;
  if (logType !== undefined) attributes[LOG_TYPE] = logType;
  return attributes;
}

/** An attribute `respan.metadata` of the span's own stays, and then the keys stay beside it. */
function withJsonMetadata(attributes: Attributes, areKeysKept: boolean): Attributes {
  const isMetadata = ([key]: [string, unknown]): boolean => key.startsWith(METADATA_PREFIX);
  const entries = Object.entries(attributes);
  const metadata = entries.filter(isMetadata).map(([key, value]) => [key.slice(METADATA_PREFIX.length), value]);
  if (metadata.length === 0 || attributes[METADATA] !== undefined) return attributes;
  const kept = areKeysKept ? entries : entries.filter((entry) => !isMetadata(entry));
  return Object.fromEntries([...kept, [METADATA, JSON.stringify(Object.fromEntries(metadata))]]);
}

/** As their exporters name spans; one whose kind they do not know keeps its name. */
function semanticName(name: string, attributes: Attributes): string {
  const prefix = NAME_PREFIXES.get(attributes[LOG_TYPE]);
  if (prefix === undefined) return name;
  const detail = detailOf(prefix, name, attributes);
  return detail === "" ? prefix : `${prefix}.${detail}`;
}

function detailOf(prefix: string, name: string, attributes: Attributes): string {
  switch (prefix) {
    case "llm":
      return toNamePart(attributes[GEN_AI_REQUEST_MODEL] ?? attributes[GEN_AI_RESPONSE_MODEL]);
    case "agent":
    case "tool":
    case "handoff":
      return toNamePart(attributes[ENTITY_NAME] ?? name);
    default:
      return "";
  }
}

function toNamePart(value: unknown): string {
  const part = typeof value === "string" ? value.replace(/[^\p{L}\p{N}_.-]+/gu, "_") : "";
  return trimEnd(part.replace(/^[_.-]+/, ""), "_.-");
}
