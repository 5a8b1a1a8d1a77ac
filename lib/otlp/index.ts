export type { Fault } from "./check-field.js";
export { checkTracesData } from "./check-traces.js";
export { decodeTracesData } from "./decode-traces.js";
export type {
  DecodedEvent,
  DecodedLink,
  DecodedResource,
  DecodedScope,
  DecodedSpan,
  DecodedTraces,
} from "./decode-traces.js";
export type { DecodedAttributes, DecodedValue } from "./decode-value.js";
export { formatDuration, kindWord } from "./describe-span.js";
export { encodeSpan, INVALID_TIME } from "./encode-span.js";
export { encodeTracesData, TracesDataBuilder } from "./encode-traces.js";
export type { EncodedTraces, SpanFault } from "./encode-traces.js";
export type { ReadableEvent, ReadableSpan } from "./readable-span.js";
export { renderSpanTree } from "./render-tree.js";
export type { RootHint, TreeStyle } from "./render-tree.js";
export type { ExportResult, SpanExporter } from "./span-exporter.js";
export { buildSpanTree } from "./span-tree.js";
export type { SpanNode, TreeSpan } from "./span-tree.js";
export { toTerminalText } from "./terminal-text.js";
