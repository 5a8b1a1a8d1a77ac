import { TracesDataBuilder, type SpanFault } from "./encode-traces.js";
import { protobufNotation } from "./protobuf-notation.js";
import type { ReadableSpan } from "./readable-span.js";

/** What became of a batch of spans: `encoded + rejected.length` is the size of the batch. */
export interface EncodedTracesBytes {
  /** One `ExportTraceServiceRequest`, which is one `TracesData` on the wire. */
  readonly bytes: Uint8Array;
  /** How many spans are in `bytes`, the degraded ones included. */
  readonly encoded: number;
  /** Spans that are in `bytes` with a marker in place of what could not be written. */
  readonly degraded: readonly SpanFault[];
  /** Spans that are not in `bytes`. */
  readonly rejected: readonly SpanFault[];
}

/**
 * This returns the spans as the protobuf of an OTLP `ExportTraceServiceRequest`, mended, marked and grouped as
 * `encodeTracesData` does it. It never throws because of a span.
 */
export function encodeTracesProtobuf(spans: readonly ReadableSpan[]): EncodedTracesBytes {
  const builder = new TracesDataBuilder(undefined, protobufNotation);
  spans.forEach((span, index) => builder.add(span, index));
  const { text, ...counts } = builder.finish();
  return { bytes: Buffer.from(text, "latin1"), ...counts };
}
