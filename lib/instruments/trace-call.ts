import { type Attributes, type Context, SpanKind, context, trace } from "@opentelemetry/api";
import { serializeValue } from "../capture/index.js";
import { claimCall, currentTracer, enterCall, runtime, scopeAttributes, scopeOf, takeOver } from "../context/index.js";
import { contain, sharedSlot } from "../internal/index.js";
import * as semconv from "../semconv.js";
import { followResult } from "./api-promise.js";
import type { CallDialect } from "./call-dialect.js";
import { ModelCall } from "./model-call.js";

type Method = (...args: unknown[]) => unknown;

/**
 * Whose method one of our wrappers is calling right now, in this turn. A client may be wrapped by hand and by class,
 * and by both copies of this package: the inner wrapper finds its own resource here and stands aside.
 */
const entered = sharedSlot<{ resource: unknown }>("entered-call", () => ({ resource: undefined }));

/**
 * This runs one call of a client's method and traces it: the one way in for every instrument, and so the one place
 * that sees to it that a call has one span. What the method returns or throws, the caller gets.
 */
export function traceCall(dialect: CallDialect, method: Method, resource: unknown, args: unknown[]): unknown {
  if (resource !== undefined && entered.resource === resource) return Reflect.apply(method, resource, args);
  const call = tryOpen(dialect, resource, args);
  if (call?.context === undefined) return Reflect.apply(method, resource, args);
  let result: unknown;
  const outer = entered.resource;
  entered.resource = resource;
  try {
    result = context.with(call.context, run, undefined, method, resource, args);
  } catch (error) {
    call.failed(error);
    throw error;
  } finally {
    entered.resource = outer;
  }
  if (!call.span.isRecording()) return result;
  try {
    return followResult(call, result);
  } catch (error) {
    contain("SPANDREL_CALL_FAILED", "following the result of a model call", error);
    call.end();
    return result;
  }
}

function run(method: Method, resource: unknown, args: unknown[]): unknown {
  return Reflect.apply(method, resource, args);
}

function tryOpen(dialect: CallDialect, resource: unknown, args: readonly unknown[]): ModelCall | undefined {
  const [request, options] = args;
  const tracer = currentTracer();
  if (tracer === undefined) return undefined;
  try {
    const { parent, isTaken } = claimCall(context.active(), runtime.isDeliveredElsewhere);
    if (isTaken) return undefined;
    const model = readModel(dialect, request);
    const attributes = { ...describeRequest(dialect, request, resource), ...startAttributes(dialect, model, parent) };
    const name = model === undefined ? dialect.operation : `${dialect.operation} ${model}`;
    const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
    const ownSpan = dialect.ownSpan?.(options);
    if (ownSpan !== undefined) takeOver(ownSpan, span);
    const isContentCaptured = runtime.isContentCaptured && scopeOf(parent).isContentCaptured;
    const call = new ModelCall(span, dialect, isContentCaptured);
    call.context = enterCall(trace.setSpan(parent, span), call);
    if (span.isRecording()) captureRequest(call, request);
    return call;
  } catch (error) {
    contain("SPANDREL_CALL_FAILED", "opening the span of a model call", error);
    return undefined;
  }
}

function startAttributes(dialect: CallDialect, model: string | undefined, parent: Context): Attributes {
  const attributes = scopeAttributes(parent);
  const thread = attributes[semconv.THREAD_IDENTIFIER];
  if (thread !== undefined) attributes[semconv.GEN_AI_CONVERSATION_ID] = thread;
  attributes[semconv.GEN_AI_OPERATION] = dialect.operation;
  if (model !== undefined) attributes[semconv.GEN_AI_REQUEST_MODEL] = model;
  return attributes;
}

/** A request that cannot be read costs its attributes, not the span. */
function readModel(dialect: CallDialect, request: unknown): string | undefined {
  try {
    return dialect.model(request);
  } catch (error) {
    contain("SPANDREL_REQUEST_UNREADABLE", "reading the request of a model call", error);
    return undefined;
  }
}

function describeRequest(dialect: CallDialect, request: unknown, resource: unknown): Attributes {
  try {
    return dialect.describeRequest(request, resource);
  } catch (error) {
    contain("SPANDREL_REQUEST_UNREADABLE", "reading the request of a model call", error);
    return {};
  }
}

/** Now: the caller may change the messages as soon as it has the promise. */
function captureRequest({ dialect, span, isContentCaptured }: ModelCall, request: unknown): void {
  try {
    const tools = dialect.describeTools?.(request);
    if (tools !== undefined) span.setAttribute(semconv.GEN_AI_TOOL_DEFINITIONS, serializeValue(tools, runtime.limits));
    if (!isContentCaptured) return;
    const content = dialect.describeContent(request);
    for (const name of Object.keys(content)) {
      const value = content[name];
      if (value !== undefined) span.setAttribute(name, serializeValue(value, runtime.limits));
    }
  } catch (error) {
    contain("SPANDREL_REQUEST_UNREADABLE", "reading the request of a model call", error);
  }
}
