import type { HrTime, SpanContext, SpanKind, SpanStatus } from "@opentelemetry/api";
import type { ReadableLink, ReadableOccurrence, ReadableOrigin, ReadableParts } from "./readable-parts.js";

/** What of a span may hold a secret. */
export type RedactedParts = Pick<ReadableParts, "name" | "status" | "attributes" | "events" | "links" | "resource">;

/** Plain fields, not a prototype over the live span: the getters of some SDKs read private fields of their `this`. */
export class RedactedSpan implements ReadableParts {
  readonly name: string;
  readonly status: SpanStatus;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly ReadableOccurrence[];
  readonly links: readonly ReadableLink[];
  readonly resource: ReadableOrigin;
  readonly kind: SpanKind;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly duration: HrTime;
  readonly ended: boolean;
  readonly instrumentationScope: ReadableParts["instrumentationScope"];
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
  readonly #spanContext: SpanContext;

  constructor(span: ReadableParts, { name, status, attributes, events, links, resource }: RedactedParts) {
    this.name = name;
    this.status = status;
    this.attributes = attributes;
    this.events = events;
    this.links = links;
    this.resource = resource;
    this.kind = span.kind;
    if (span.parentSpanContext !== undefined) this.parentSpanContext = span.parentSpanContext;
    this.startTime = span.startTime;
    this.endTime = span.endTime;
    this.duration = span.duration;
    this.ended = span.ended;
    this.instrumentationScope = span.instrumentationScope;
    this.droppedAttributesCount = span.droppedAttributesCount;
    this.droppedEventsCount = span.droppedEventsCount;
    this.droppedLinksCount = span.droppedLinksCount;
    this.#spanContext = span.spanContext();
  }

  spanContext(): SpanContext {
    return this.#spanContext;
  }
}
