export type { Fault } from "./check-field.js";
export { checkTracesData } from "./check-traces.js";
export { decodeErrorMessage, decodeExportResponse } from "./decode-response.js";
export type { ExportResponse } from "./decode-response.js";
export { decodeTracesData } from "./decode-traces.js";
export type {
  DecodedEvent,
  DecodedLink,
  DecodedResource,
  DecodedScope,
  DecodedSpan,
  DecodedTraces,
} from "./decode-traces.js";
export { decodeTracesProtobuf } from "./decode-traces-protobuf.js";
export type { DecodedAttributes, DecodedValue } from "./decode-value.js";
export { describeOwner, formatDuration, kindWord } from "./describe-span.js";
export { encodeNote } from "./encode-note.js";
export { encodeTracesData, TracesDataBuilder } from "./encode-traces.js";
export type { EncodedTraces, SpanFault } from "./encode-traces.js";
export { encodeTracesProtobuf } from "./encode-traces-protobuf.js";
export type { EncodedTracesBytes } from "./encode-traces-protobuf.js";
export type { ReadableEvent, ReadableSpan } from "./readable-span.js";
export { SpanReviver, reviveTracesData } from "./revive-span.js";
export { SpanCopy } from "./span-copy.js";
export type { EditableSpan } from "./span-copy.js";
export { renderSpanLine, renderSpanTree } from "./render-tree.js";
export type { TreeRemarks, TreeStyle } from "./render-tree.js";
export type { ExportResult, SpanExporter } from "./span-exporter.js";
export { buildSpanTree } from "./span-tree.js";
export type { SpanNode, TreeSpan } from "./span-tree.js";
export { toTreeSpan } from "./to-tree-span.js";
export { toTerminalText } from "./terminal-text.js";
