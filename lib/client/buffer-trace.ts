import { createHash } from "node:crypto";
import { type Context, type SpanContext, TraceFlags, context, isSpanContextValid, trace } from "@opentelemetry/api";
import { holderIn } from "../context/index.js";
import { InvalidOptionError } from "../errors.js";
import { newTraceId } from "../internal/index.js";

/**
 * This names the trace of a `SpanBuffer`: an id of 32 hex digits is the trace's own, any other text is hashed to one, the
 * same each time. With `parentSpanId` (16 hex digits) the trace goes on below that span, which may be another process's.
 */
export type BufferTrace = string | { readonly traceId: string; readonly parentSpanId?: string | undefined };

/** The trace a buffer's spans belong to. */
export interface ResolvedTrace {
  readonly traceId: string;
  /** What roots of the buffer hang below. */
  readonly parent: SpanContext | undefined;
  /** True when the parent was asked for, and is not just where the buffer was made. */
  readonly isPlaced: boolean;
}

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

/**
 * Without an answer from the user the buffer's spans go on with the active trace, or begin a new one. Throws
 * `InvalidOptionError` for what names no trace.
 */
export function resolveTrace(given: BufferTrace | undefined): ResolvedTrace {
  if (given === undefined) return activeTrace(context.active());
  const named = typeof given === "object" && given !== null ? given : { traceId: given };
  if (typeof named.traceId !== "string" || named.traceId === "")
    throw new InvalidOptionError("traceId", "a non-empty string", named.traceId);
  const traceId = toTraceId(named.traceId);
  const parentId = readSpanId(named.parentSpanId);
  if (parentId === undefined) return { traceId, parent: undefined, isPlaced: false };
  return { traceId, parent: spanContextOf(traceId, parentId, true), isPlaced: true };
}

/** Inside another buffer's `run` that one's trace is the active one before there is any span. */
function activeTrace(active: Context): ResolvedTrace {
  const parent = trace.getSpanContext(active);
  if (parent !== undefined && isSpanContextValid(parent)) return { traceId: parent.traceId, parent, isPlaced: false };
  return { traceId: holderIn(active)?.traceId ?? newTraceId(), parent: undefined, isPlaced: false };
}

/** The context of a span that is known by its id alone. */
export function spanContextOf(traceId: string, spanId: string, isRemote: boolean): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote };
}

function toTraceId(name: string): string {
  const lower = name.toLowerCase();
  return TRACE_ID.test(lower) ? lower : createHash("sha256").update(name).digest("hex").slice(0, 32);
}

/** True for 16 lower-case hex digits that are not all zero. */
export function isSpanId(value: unknown): value is string {
  return typeof value === "string" && SPAN_ID.test(value);
}

function readSpanId(given: unknown): string | undefined {
  if (given === undefined) return undefined;
  const lower = typeof given === "string" ? given.toLowerCase() : "";
  if (isSpanId(lower)) return lower;
  throw new InvalidOptionError("parentSpanId", "a span id of 16 hex digits", given);
}
