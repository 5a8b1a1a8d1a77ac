import { shapeOf, type MessageShape } from "./message-shape.js";

/**
 * These are the messages of OTLP traces, by opentelemetry-proto 1.x: `common/v1/common.proto`,
 * `resource/v1/resource.proto`, `trace/v1/trace.proto`, `collector/trace/v1/trace_service.proto`. Fields that nothing
 * here writes or reads (`Resource.entity_refs`) are left out: readers skip them like any unknown field.
 */
export const ANY_VALUE = shapeOf({
  stringValue: [1, "text"],
  boolValue: [2, "bool"],
  intValue: [3, "int64"],
  doubleValue: [4, "double"],
  arrayValue: [5, "message", () => ARRAY_VALUE],
  kvlistValue: [6, "message", () => KEY_VALUE_LIST],
  bytesValue: [7, "bytes"],
});

export const KEY_VALUE = shapeOf({ key: [1, "text"], value: [2, "message", (): MessageShape => ANY_VALUE] });

export const ARRAY_VALUE = shapeOf({ values: [1, "list", (): MessageShape => ANY_VALUE] });

export const KEY_VALUE_LIST = shapeOf({ values: [1, "list", (): MessageShape => KEY_VALUE] });

export const STATUS = shapeOf({ code: [3, "enum"], message: [2, "text"] });

export const EVENT = shapeOf({
  timeUnixNano: [1, "fixed64"],
  name: [2, "text"],
  attributes: [3, "list", () => KEY_VALUE],
  droppedAttributesCount: [4, "uint32"],
});

export const LINK = shapeOf({
  traceId: [1, "id"],
  spanId: [2, "id"],
  traceState: [3, "text"],
  attributes: [4, "list", () => KEY_VALUE],
  droppedAttributesCount: [5, "uint32"],
  flags: [6, "fixed32"],
});

export const SPAN = shapeOf({
  traceId: [1, "id"],
  spanId: [2, "id"],
  traceState: [3, "text"],
  parentSpanId: [4, "id"],
  flags: [16, "fixed32"],
  name: [5, "text"],
  kind: [6, "enum"],
  startTimeUnixNano: [7, "fixed64"],
  endTimeUnixNano: [8, "fixed64"],
  attributes: [9, "list", () => KEY_VALUE],
  droppedAttributesCount: [10, "uint32"],
  events: [11, "list", () => EVENT],
  droppedEventsCount: [12, "uint32"],
  links: [13, "list", () => LINK],
  droppedLinksCount: [14, "uint32"],
  status: [15, "message", () => STATUS],
});

export const SCOPE = shapeOf({
  name: [1, "text"],
  version: [2, "text"],
  attributes: [3, "list", () => KEY_VALUE],
  droppedAttributesCount: [4, "uint32"],
});

export const SCOPE_SPANS = shapeOf({
  scope: [1, "message", () => SCOPE],
  spans: [2, "list", () => SPAN],
  schemaUrl: [3, "text"],
});

export const RESOURCE = shapeOf({
  attributes: [1, "list", () => KEY_VALUE],
  droppedAttributesCount: [2, "uint32"],
});

export const RESOURCE_SPANS = shapeOf({
  resource: [1, "message", () => RESOURCE],
  scopeSpans: [2, "list", () => SCOPE_SPANS],
  schemaUrl: [3, "text"],
});

/** `TracesData`, and `ExportTraceServiceRequest`, which is the same on the wire. */
export const TRACES_DATA = shapeOf({ resourceSpans: [1, "list", () => RESOURCE_SPANS] });
