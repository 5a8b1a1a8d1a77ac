import { type Attributes, type Span, SpanStatusCode } from "@opentelemetry/api";
import * as semconv from "../semconv.js";
import type { CaptureLimits } from "./limits.js";
import { serializeValue } from "./serialize.js";

const MAX_STACK_CHARS = 16_384;
const MAX_MESSAGE_CHARS = 4_096;
const MAX_CAUSES = 8;

/** A span takes no more events than that. */
const MAX_RECORDED = 128;

/** What was recorded on a span, the last at the end: caught by hand and thrown on, it is still one failure. */
const recorded = new WeakMap<Span, readonly unknown[]>();

/**
 * Puts a thrown value on the span: status ERROR with the message, `error.type`, and one `exception` event however often
 * it is given. The last one's status is what somebody may have described anew, and stays.
 */
export function recordFailure(span: Span, thrown: unknown, limits: CaptureLimits): void {
  if (!span.isRecording()) return;
  const before = recorded.get(span) ?? [];
  if (before.length > 0 && Object.is(before.at(-1), thrown)) return;
  const others = before.filter((one) => !Object.is(one, thrown));
  recorded.set(span, [...others.slice(1 - MAX_RECORDED), thrown]);
  const failure = describeFailure(thrown, limits);
  span.setAttribute(semconv.ERROR_TYPE, failure.type);
  if (others.length === before.length) addExceptionEvent(span, failure);
  span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
}

function addExceptionEvent(span: Span, failure: Failure): void {
  const event: Attributes = {
    [semconv.EXCEPTION_TYPE]: failure.type,
    [semconv.EXCEPTION_MESSAGE]: failure.message,
  };
  if (failure.stack !== undefined) event[semconv.EXCEPTION_STACKTRACE] = failure.stack;
  span.addEvent(semconv.EXCEPTION_EVENT, event);
}

interface Failure {
  readonly type: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** Reads any thrown value: errors by their fields, everything else by its JSON. Reading may run user code; it is contained. */
function describeFailure(thrown: unknown, limits: CaptureLimits): Failure {
  try {
    if (isErrorLike(thrown)) {
      const type = errorName(thrown);
      const message = cut(readText(thrown.message) ?? "", MAX_MESSAGE_CHARS);
      return { type, message, stack: cut(stackWithCauses(thrown, limits), MAX_STACK_CHARS) };
    }
    if (typeof thrown === "string")
      return { type: "string", message: cut(thrown, MAX_MESSAGE_CHARS), stack: undefined };
    if (thrown === undefined) return { type: "undefined", message: "undefined", stack: undefined };
    const type = thrown === null ? "null" : typeof thrown === "object" ? className(thrown) : typeof thrown;
    return { type, message: cut(serializeValue(thrown, limits), MAX_MESSAGE_CHARS), stack: undefined };
  } catch {
    return { type: "unreadable", message: "a thrown value that cannot be read", stack: undefined };
  }
}

interface ErrorLike {
  readonly name?: unknown;
  readonly message: unknown;
  readonly stack?: unknown;
  readonly cause?: unknown;
}

function isErrorLike(value: unknown): value is ErrorLike {
  if (value instanceof Error) return true;
  return typeof value === "object" && value !== null && "message" in value && "stack" in value;
}

/** Many classes of errors leave `name` at "Error"; their own name says more. */
function errorName(error: ErrorLike): string {
  const name = readText(error.name) ?? "Error";
  return name === "Error" && error instanceof Error ? className(error) : name;
}

function className(value: object): string {
  const constructor: unknown = Reflect.get(value, "constructor");
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "Object";
}

function stackWithCauses(error: ErrorLike, limits: CaptureLimits): string {
  let text = readText(error.stack) ?? "";
  let { cause } = error;
  for (let depth = 0; depth < MAX_CAUSES && cause !== undefined && cause !== null; depth++) {
    if (!isErrorLike(cause)) return `${text}\nCaused by: ${serializeValue(cause, limits)}`;
    text += `\nCaused by: ${readText(cause.stack) ?? readText(cause.message) ?? ""}`;
    cause = cause.cause;
  }
  return text;
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return `${text.slice(0, maxChars).toWellFormed()}… [cut, ${String(text.length)} characters]`;
}
