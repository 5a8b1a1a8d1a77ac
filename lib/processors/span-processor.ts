import type { Context, Span } from "@opentelemetry/api";
import type { ReadableSpan } from "../otlp/index.js";

/**
 * This is OpenTelemetry's `SpanProcessor`, structurally: ours fits the providers of SDK 2.x and 3.x, and theirs fit
 * where ours is asked for. Written with methods, not function properties, so that their narrower span types pass.
 */
export interface SpanProcessor {
  onStart(span: Span, parentContext: Context): void;
  onEnding?(span: Span): void;
  onEnd(span: ReadableSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}
