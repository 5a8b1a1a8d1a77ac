import type { HrTime, Link, SpanContext, SpanKind, SpanStatus } from "@opentelemetry/api";

type Attributes = Readonly<Record<string, unknown>>;

/**
 * This is an ended span as redaction reads and returns it. It is the shape of `ReadableSpan` in `otlp/`, which lies on
 * the same floor and so cannot be imported; a spec holds the two equal.
 */
export interface ReadableParts {
  readonly name: string;
  readonly kind: SpanKind;
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly duration: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: readonly ReadableLink[];
  readonly events: readonly ReadableOccurrence[];
  readonly ended: boolean;
  readonly resource: ReadableOrigin;
  readonly instrumentationScope: { readonly name: string; readonly version?: string; readonly schemaUrl?: string };
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/** An event of a span. */
export interface ReadableOccurrence {
  readonly name: string;
  readonly time: HrTime;
  readonly attributes?: Attributes;
  readonly droppedAttributesCount?: number;
}

/** A link of a span. */
export type ReadableLink = Omit<Link, "attributes"> & { readonly attributes?: Attributes };

/** The resource of a span. */
export interface ReadableOrigin {
  readonly attributes: Attributes;
  readonly schemaUrl?: string;
  readonly asyncAttributesPending?: boolean;
}
