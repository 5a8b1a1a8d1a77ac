import { shapeOf } from "./message-shape.js";

/** `collector/trace/v1/trace_service.proto` of opentelemetry-proto 1.x. */
const PARTIAL_SUCCESS = shapeOf({ rejectedSpans: [1, "int64"], errorMessage: [2, "text"] });

/** `collector/trace/v1/trace_service.proto` of opentelemetry-proto 1.x. */
export const EXPORT_RESPONSE = shapeOf({ partialSuccess: [1, "message", () => PARTIAL_SUCCESS] });

/** `google/rpc/status.proto`, without its details. */
export const RPC_STATUS = shapeOf({ code: [1, "enum"], message: [2, "text"] });
