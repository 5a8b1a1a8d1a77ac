import type { ReadableSpan } from "../../lib/otlp/index";

export const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
/** 2024-01-02T03:04:05Z. */
export const EPOCH_SECONDS = 1_704_164_645;

const resource = { attributes: { "service.name": "desk" } };
const scope = { name: "spandrel", version: "0.1.0" };

/** `7` becomes `0000000000000007`. */
export function spanId(number: number): string {
  return number.toString(16).padStart(16, "0");
}

export interface MadeSpan extends Partial<Omit<ReadableSpan, "spanContext" | "kind" | "status">> {
  /** OpenTelemetry's `SpanKind` and `SpanStatusCode` as the numbers they are. */
  readonly kind?: number;
  readonly status?: { readonly code: number; readonly message?: string };
  readonly id?: number;
  readonly traceId?: string;
  readonly parent?: number;
  readonly isParentRemote?: boolean;
  readonly traceState?: string;
  /** Milliseconds after `EPOCH_SECONDS`. */
  readonly from?: number;
  readonly to?: number;
}

/** A span with fixed ids and times; every field can be replaced. */
export function makeSpan({
  id = 1,
  traceId = TRACE_ID,
  parent,
  isParentRemote,
  traceState,
  from = 0,
  to = 1,
  kind = 0,
  status = { code: 0 },
  ...fields
}: MadeSpan = {}): ReadableSpan {
  const state = traceState === undefined ? {} : { traceState: { serialize: () => traceState } as never };
  return {
    name: "Desk.handle",
    spanContext: () => ({ traceId, spanId: spanId(id), traceFlags: 1, ...state }),
    ...(parent === undefined
      ? {}
      : {
          parentSpanContext: {
            traceId,
            spanId: spanId(parent),
            traceFlags: 1,
            ...(isParentRemote === undefined ? {} : { isRemote: isParentRemote }),
          },
        }),
    startTime: atMillis(from),
    endTime: atMillis(to),
    duration: [0, (to - from) * 1_000_000],
    attributes: {},
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...{ kind, status },
    ...fields,
  };
}

function atMillis(millis: number): [number, number] {
  const nanos = Math.round(millis * 1_000_000);
  return [EPOCH_SECONDS + Math.floor(nanos / 1_000_000_000), nanos % 1_000_000_000];
}
