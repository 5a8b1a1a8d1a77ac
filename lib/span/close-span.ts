import { type Attributes, SpanStatusCode } from "@opentelemetry/api";
import { serializeValue } from "../capture/index.js";
import { contain } from "../internal/index.js";
import * as semconv from "../semconv.js";
import { guard } from "./entity-name.js";
import { runtime } from "./facade-runtime.js";
import type { OpenSpan } from "./open-span.js";
import type { SpanPlan } from "./span-plan.js";

const MAX_STACK_CHARS = 16_384;
const MAX_MESSAGE_CHARS = 4_096;
const MAX_CAUSES = 8;

/** Ends the span of a call that returned (or resolved to) `result`. Never throws. */
export function endSpan(plan: SpanPlan, open: OpenSpan, result: unknown): void {
  try {
    if (result !== undefined && plan.captureOutput !== false && open.isContentCaptured && open.span.isRecording()) {
      open.span.setAttribute(semconv.ENTITY_OUTPUT, outputText(plan, result));
    }
    open.span.end();
  } catch (error) {
    contain("SPANDREL_END_FAILED", "ending a span", error);
  }
}

/** The result as JSON, by way of the `captureOutput` callback when there is one. */
export function outputText(plan: SpanPlan, result: unknown): string {
  const { captureOutput } = plan;
  if (typeof captureOutput !== "function") return serializeValue(result, runtime.limits);
  return serializeValue(
    guard("captureOutput", () => captureOutput(result), "[captureOutput threw]"),
    runtime.limits,
  );
}

/** Ends the span of a call that threw (or rejected with) `thrown`, which may be anything. Never throws. */
export function failSpan(open: OpenSpan, thrown: unknown): void {
  try {
    recordFailure(open, thrown);
    open.span.end();
  } catch (error) {
    contain("SPANDREL_END_FAILED", "ending a span", error);
  }
}

/** Puts a thrown value on the span: status ERROR with the message, one `exception` event, `error.type`. */
export function recordFailure(open: OpenSpan, thrown: unknown): void {
  const { span } = open;
  if (!span.isRecording()) return;
  const failure = describeFailure(thrown);
  span.setAttribute(semconv.ERROR_TYPE, failure.type);
  const event: Attributes = {
    [semconv.EXCEPTION_TYPE]: failure.type,
    [semconv.EXCEPTION_MESSAGE]: failure.message,
  };
  if (failure.stack !== undefined) event[semconv.EXCEPTION_STACKTRACE] = failure.stack;
  span.addEvent(semconv.EXCEPTION_EVENT, event);
  span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
}

interface Failure {
  readonly type: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** Reads any thrown value: errors by their fields, everything else by its JSON. Reading may run user code; it is contained. */
function describeFailure(thrown: unknown): Failure {
  try {
    if (isErrorLike(thrown)) {
      const type = readText(thrown.name) ?? "Error";
      const message = cut(readText(thrown.message) ?? "", MAX_MESSAGE_CHARS);
      return { type, message, stack: cut(stackWithCauses(thrown), MAX_STACK_CHARS) };
    }
    if (typeof thrown === "string")
      return { type: "string", message: cut(thrown, MAX_MESSAGE_CHARS), stack: undefined };
    if (thrown === undefined) return { type: "undefined", message: "undefined", stack: undefined };
    const type = thrown === null ? "null" : typeof thrown === "object" ? className(thrown) : typeof thrown;
    return { type, message: cut(serializeValue(thrown, runtime.limits), MAX_MESSAGE_CHARS), stack: undefined };
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

function className(value: object): string {
  const constructor: unknown = Reflect.get(value, "constructor");
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "Object";
}

function stackWithCauses(error: ErrorLike): string {
  let text = readText(error.stack) ?? "";
  let { cause } = error;
  for (let depth = 0; depth < MAX_CAUSES && cause !== undefined && cause !== null; depth++) {
    if (!isErrorLike(cause)) return `${text}\nCaused by: ${serializeValue(cause, runtime.limits)}`;
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
