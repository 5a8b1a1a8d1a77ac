import type { HrTime, Link, SpanContext, SpanKind, SpanStatus } from "@opentelemetry/api";

/** This event is one entry of a span's event list. Structural: SDK 2.x and 3.x events both fit. */
export interface ReadableEvent {
  readonly name: string;
  readonly time: HrTime;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly droppedAttributesCount?: number;
}

/**
 * This span has ended and can be read: what filters, callbacks and exporters are given. Structural, so that spans of
 * OTel SDK 2.x and 3.x both fit; attribute values are `unknown` because 3.x widened them.
 * Times are `[seconds, nanoseconds]` since the Unix epoch.
 */
export interface ReadableSpan {
  readonly name: string;
  readonly kind: SpanKind;
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly duration: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly (Omit<Link, "attributes"> & {
    readonly attributes?: Readonly<Record<string, unknown>>;
  })[];
  readonly events: readonly ReadableEvent[];
  readonly ended: boolean;
  readonly resource: {
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly schemaUrl?: string;
    readonly asyncAttributesPending?: boolean;
  };
  readonly instrumentationScope: { readonly name: string; readonly version?: string; readonly schemaUrl?: string };
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}
