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
  const { encoded, degraded, rejected } = builder;
  return { bytes: bytesOf(builder.pieces()), encoded, degraded, rejected };
}

/** Each piece is written into place: one text of them all would be as large as the bytes, and made only to be copied. */
function bytesOf(pieces: readonly string[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) at += bytes.write(piece, at, "latin1");
  return bytes;
}
