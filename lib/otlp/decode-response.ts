import { isFields, readInteger, readText } from "./decode-value.js";
import type { MessageShape } from "./message-shape.js";
import { ProtobufReader } from "./protobuf-reader.js";
import { readMessage } from "./read-message.js";
import { EXPORT_RESPONSE, RPC_STATUS } from "./response-shapes.js";

/** What a server says of spans that it has taken, or of a part of them. */
export interface ExportResponse {
  /** How many spans it refused for good although it took the others. */
  readonly rejectedSpans: number;
  /** Why, or a warning where nothing was rejected; "" when it says nothing. */
  readonly errorMessage: string;
}

/**
 * This reads the body of a successful answer, `ExportTraceServiceResponse`: protobuf as bytes, JSON as text. It never
 * throws; a body that is none, such as an empty one or a proxy's page, says that everything was taken.
 */
export function decodeExportResponse(body: Uint8Array | string): ExportResponse {
  const { partialSuccess, partial_success = partialSuccess } = readBody(body, EXPORT_RESPONSE);
  const fields = isFields(partial_success) ? partial_success : {};
  const rejected = readInteger(fields["rejectedSpans"] ?? fields["rejected_spans"]) ?? 0n;
  return {
    rejectedSpans: rejected > 0n ? Number(rejected) : 0,
    errorMessage: readText(fields["errorMessage"] ?? fields["error_message"]),
  };
}

/**
 * This reads the message of a failed answer's body, `google.rpc.Status` in protobuf (bytes) or JSON (text), and ""
 * when there is none. It never throws. The text is the server's: it may repeat what was sent.
 */
export function decodeErrorMessage(body: Uint8Array | string): string {
  return readText(readBody(body, RPC_STATUS)["message"]);
}

function readBody(body: Uint8Array | string, shape: MessageShape): Readonly<Record<string, unknown>> {
  try {
    const message: unknown = typeof body === "string" ? JSON.parse(body) : readMessage(new ProtobufReader(body), shape);
    return isFields(message) ? message : {};
  } catch {
    return {};
  }
}
