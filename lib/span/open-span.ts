import {
  type Attributes,
  type Context,
  type Link,
  type SpanOptions as StartOptions,
  TraceFlags,
  type Tracer,
  isSpanContextValid,
  trace,
} from "@opentelemetry/api";
import { serializeArguments, serializeValue } from "../capture/index.js";
import {
  type Scope,
  ScopedContext,
  effectiveAttributes,
  holderIn,
  inheritedTag,
  peekSpan,
  scopeOf,
  runtime,
} from "../context/index.js";
import { newSpanId, newTraceId } from "../internal/index.js";
import * as semconv from "../semconv.js";
import { guard } from "./entity-name.js";
import type { SpanPlan } from "./span-plan.js";

/** What is settled when a streamed call is made, before its span is opened at the first pull. */
export interface PreparedCall {
  /** The arguments as they were then, as JSON. */
  readonly input: string | undefined;
  /** False when its `sampleRate` leaves the trace out. */
  readonly isKept: boolean;
}

/** The span of a call with the context its body runs in. */
export interface OpenSpan extends ScopedContext {
  readonly span: NonNullable<ScopedContext["span"]>;
}

/**
 * This opens the span of one call: starts it with everything that is known, makes the context for the body, and, when
 * the span records, captures the arguments as they are now. Anything it throws is the caller's to contain.
 * `prepared` is what was settled earlier than the span is opened.
 */
export function openSpan(
  plan: SpanPlan,
  tracer: Tracer,
  parent: Context,
  self: unknown,
  args: readonly unknown[],
  prepared?: PreparedCall,
): OpenSpan {
  const scope = scopeOf(parent);
  const codeName = plan.codeName(self);
  const name = entityName(plan, codeName, args);
  const entityPath = plan.isPathEntry
    ? scope.entityPath === ""
      ? name
      : `${scope.entityPath}.${name}`
    : scope.entityPath;
  const workflowName = plan.isPathEntry ? scope.workflowName : name;
  const tag = plan.tag ?? inheritedTag(parent, scope.tag);
  const isKept = prepared === undefined ? isCallKept(plan, scope, parent) : prepared.isKept;
  const span = isKept
    ? tracer.startSpan(name, startOptions(plan, scope, codeName, name, entityPath, workflowName, tag, args), parent)
    : trace.wrapSpanContext(unsampledContext(parent));
  const open = new ScopedContext(
    scope instanceof ScopedContext ? scope.base : parent,
    span,
    entityPath,
    workflowName,
    tag,
    scope.propagated,
    scope.isContentCaptured && runtime.isContentCaptured,
    scope.isSampleDecided || plan.sampleRate !== undefined,
    scope.values?.current,
  ) as OpenSpan;
  if (plan.captureInput !== false && open.isContentCaptured && span.isRecording()) {
    const text = prepared === undefined ? captureInput(plan, args) : prepared.input;
    if (text !== undefined) span.setAttribute(semconv.ENTITY_INPUT, text);
    open.input = text;
  }
  return open;
}

/** This settles a streamed call now; its arguments are looked at only if its span is going to record. */
export function prepareCall(plan: SpanPlan, parent: Context, args: readonly unknown[]): PreparedCall {
  const scope = scopeOf(parent);
  const isKept = isCallKept(plan, scope, parent);
  const isCaptured = isKept && plan.captureInput !== false && runtime.isContentCaptured && scope.isContentCaptured;
  return { isKept, input: isCaptured && isSampledIn(parent) ? captureInput(plan, args) : undefined };
}

/** The arguments as JSON; undefined when there are none. */
function captureInput(plan: SpanPlan, args: readonly unknown[]): string | undefined {
  const { captureInput: capture } = plan;
  if (typeof capture === "function") {
    const chosen = guard("captureInput", () => capture(...args), "[captureInput threw]");
    return chosen === undefined ? undefined : serializeValue(chosen, runtime.limits);
  }
  return args.length === 0 ? undefined : serializeArguments(args, plan.parameters(), runtime.limits);
}

function entityName(plan: SpanPlan, codeName: string, args: readonly unknown[]): string {
  const { name } = plan;
  if (name === undefined) return codeName;
  if (typeof name === "string") return name;
  const chosen: unknown = guard("the name function", () => name(...args), codeName);
  return typeof chosen === "string" && chosen !== "" ? chosen : codeName;
}

function startOptions(
  plan: SpanPlan,
  scope: Scope,
  codeName: string,
  name: string,
  entityPath: string,
  workflowName: string | undefined,
  tag: readonly string[] | undefined,
  args: readonly unknown[],
): StartOptions {
  const attributes: Attributes = {
    [semconv.SPAN_KIND]: plan.kind,
    [semconv.ENTITY_NAME]: name,
    [semconv.ENTITY_PATH]: entityPath,
    [semconv.CODE_FUNCTION_NAME]: codeName,
  };
  if (workflowName !== undefined) attributes[semconv.WORKFLOW_NAME] = workflowName;
  if (plan.version !== undefined) attributes[semconv.ENTITY_VERSION] = plan.version;
  if (tag !== undefined) attributes[semconv.PROCESSORS] = tag as string[];
  if (plan.exportFilter !== undefined) attributes[semconv.EXPORT_FILTER] = plan.exportFilter;
  if (plan.sampleRate !== undefined) attributes[semconv.SAMPLE_RATE] = plan.sampleRate;
  const propagated = effectiveAttributes(scope.propagated);
  if (propagated !== undefined) Object.assign(attributes, propagated);
  if (plan.attributes !== undefined) Object.assign(attributes, ownAttributes(plan.attributes, args));
  return plan.links === undefined ? { attributes } : { attributes, links: ownLinks(plan.links, args) };
}

/** Copied inside the guard: a getter of theirs may throw, too. */
function ownAttributes(own: NonNullable<SpanPlan["attributes"]>, args: readonly unknown[]): Attributes {
  return guard("the attributes option", () => ({ ...(typeof own === "function" ? own(...args) : own) }), {});
}

function ownLinks(own: NonNullable<SpanPlan["links"]>, args: readonly unknown[]): Link[] {
  return guard("the links option", () => [...(typeof own === "function" ? own(...args) : own)], []);
}

function isCallKept({ sampleRate }: SpanPlan, scope: Scope, parent: Context): boolean {
  return sampleRate === undefined || scope.isSampleDecided || isTraceKept(sampleRate, parent);
}

/** False below a span that is left out, as its children are. */
function isSampledIn(parent: Context): boolean {
  const span = peekSpan(parent);
  return span === undefined || span.isRecording() || (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
}

/** A root is drawn at random; below a root the trace id decides, so that all calls of a trace agree. */
function isTraceKept(rate: number, parent: Context): boolean {
  const traceId = traceIdIn(parent);
  if (traceId === undefined) return Math.random() < rate;
  return Number.parseInt(traceId.slice(-13), 16) / 2 ** 52 < rate;
}

function unsampledContext(parent: Context): { traceId: string; spanId: string; traceFlags: number } {
  return { traceId: traceIdIn(parent) ?? newTraceId(), spanId: newSpanId(), traceFlags: 0 };
}

/** The trace that a span which starts here is of, where that is settled. */
function traceIdIn(parent: Context): string | undefined {
  const span = trace.getSpanContext(parent);
  return span !== undefined && isSpanContextValid(span) ? span.traceId : holderIn(parent)?.traceId;
}
