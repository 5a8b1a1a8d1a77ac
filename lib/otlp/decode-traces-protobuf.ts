import { decodeResourceSpans, type DecodedTraces } from "./decode-traces.js";
import { readList } from "./decode-value.js";
import { MalformedProtobufError, ProtobufReader } from "./protobuf-reader.js";
import { readMessage } from "./read-message.js";
import { TRACES_DATA } from "./trace-shapes.js";

/**
 * This reads the protobuf of an OTLP `ExportTraceServiceRequest` (or `TracesData`) from any writer. It never throws:
 * bytes that are no such message give no spans and a `fault`, a span without usable ids is counted in `skipped`.
 * Work and memory are in proportion to the bytes, whatever they claim; no bytes at all are a request without spans.
 */
export function decodeTracesProtobuf(bytes: Uint8Array): DecodedTraces {
  try {
    const message = readMessage(new ProtobufReader(bytes), TRACES_DATA);
    return decodeResourceSpans(readList(message["resourceSpans"]));
  } catch (error) {
    const fault = error instanceof MalformedProtobufError ? error.message : "it cannot be read";
    return { spans: [], skipped: 0, fault };
  }
}
