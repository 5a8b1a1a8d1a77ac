import {
  type Context,
  type Span,
  type SpanContext,
  createContextKey,
  isSpanContextValid,
  trace,
} from "@opentelemetry/api";
import { log, sharedSlot } from "../internal/index.js";
import { GEN_AI_OPERATION, GEN_AI_REQUEST_MODEL, LLM_REQUEST_TYPE, OPENINFERENCE_SPAN_KIND } from "../semconv.js";
import { SCOPE_NAME } from "./facade-runtime.js";
import { peekSpan } from "./scoped-context.js";

/** A call of a model that one of our instruments traces. */
export interface OwnedCall {
  readonly span: Span;
}

/** A span of another tracer that our router has seen start. */
interface Seen {
  readonly span: MaybeReadable;
  /** What its children are attached to where it is left out. */
  parent: SpanContext | undefined;
  /** It is directly below a call of ours, and left out should it turn out to be the same call. */
  readonly isSuspect: boolean;
  isLeftOut: boolean;
}

/**
 * One call, one span: whoever else traces a call that is ours has its span left out, and what is below it attached to
 * ours. Spans are known by the one `SpanContext` object each has: some instrumentations put a wrapper of theirs into
 * the context in the span's place. Nothing is remembered longer than the span itself, and no span keeps its parent.
 */
interface Ownership {
  readonly seen: WeakMap<SpanContext, Seen>;
  /** How many spans were left out, by the scope that made them. */
  readonly counts: Map<string, number>;
  /** Told of each instrumentation that is found to double, once. */
  onDouble: (() => void) | undefined;
}

const ownership = sharedSlot<Ownership>("call-ownership", () => ({
  seen: new WeakMap(),
  counts: new Map(),
  onDouble: undefined,
}));

const CALL_KEY = createContextKey("spandrel.call.v1");

/** The context for what a call does itself: requests, retries, and whatever else traces it below. */
export function enterCall(context: Context, call: OwnedCall): Context {
  return context.setValue(CALL_KEY, call);
}

/** The call this context was made for, if it was. */
export function callOf(context: Context): OwnedCall | undefined {
  return context.getValue(CALL_KEY) as OwnedCall | undefined;
}

/** Spans of the SDKs and our own can be read while they run. */
type MaybeReadable = Span & {
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly instrumentationScope?: { readonly name?: string };
  parentSpanContext?: SpanContext | undefined;
};

/** Scopes of clients that trace themselves: nobody chose to trace twice. `@anthropic-ai/sdk` adds a platform to its own. */
const BUILT_IN = ["com.anthropic.sdk.typescript"];

function isBuiltIn(scope: string): boolean {
  return BUILT_IN.some((name) => scope === name || scope.startsWith(`${name}.`));
}

const OPERATIONS: ReadonlySet<unknown> = new Set(["chat", "text_completion", "generate_content", "embeddings"]);
const REQUEST_TYPES: ReadonlySet<unknown> = new Set(["chat", "completion", "embedding"]);
const OPENINFERENCE_KINDS: ReadonlySet<unknown> = new Set(["LLM", "EMBEDDING"]);

/** True when a span of another tracer is that of one call of a model. */
function isForeignModelCall(span: MaybeReadable): boolean {
  const { attributes } = span;
  if (attributes === undefined || scopeNameOf(span) === SCOPE_NAME) return false;
  const operation = attributes[GEN_AI_OPERATION];
  if (operation !== undefined) return OPERATIONS.has(operation);
  return (
    attributes[GEN_AI_REQUEST_MODEL] !== undefined ||
    REQUEST_TYPES.has(attributes[LLM_REQUEST_TYPE]) ||
    OPENINFERENCE_KINDS.has(attributes[OPENINFERENCE_SPAN_KIND])
  );
}

/**
 * Called at the start of each span that comes by our router. A child of a left-out span is attached to that one's
 * parent. Another instrumentation's span directly below a call of ours is the same call again: what kind of span it
 * is may be seen only when its own children start, or when it ends, as some set their attributes after the start.
 */
export function settleOwnership(span: Span, parentContext: Context): void {
  const given = peekSpan(parentContext)?.spanContext();
  const parent = given === undefined ? undefined : adoptiveParent(given);
  if (parent !== given) (span as MaybeReadable).parentSpanContext = parent;
  if (scopeNameOf(span) === SCOPE_NAME) return;
  const isSuspect = parent !== undefined && callOf(parentContext)?.span.spanContext() === parent;
  ownership.seen.set(span.spanContext(), { span, parent, isSuspect, isLeftOut: false });
}

/** True for an ended span that must not be exported. */
export function isLeftOut(span: { spanContext(): SpanContext }): boolean {
  const seen = ownership.seen.get(span.spanContext());
  return seen !== undefined && isOut(seen);
}

/** The parent for a child of this span: the nearest that is not left out. */
export function adoptiveParent(parent: SpanContext): SpanContext | undefined {
  let adoptive: SpanContext | undefined = parent;
  while (adoptive !== undefined) {
    const seen = ownership.seen.get(adoptive);
    if (seen === undefined || !isOut(seen)) break;
    adoptive = seen.parent;
  }
  return adoptive;
}

function isOut(seen: Seen): boolean {
  if (!seen.isLeftOut && seen.isSuspect && isForeignModelCall(seen.span)) leaveOut(seen);
  return seen.isLeftOut;
}

/** What is to happen to a call that starts in some context. */
export interface Claim {
  /** The context without the spans of others that are this very call. */
  readonly parent: Context;
  /** True when another instrumentation has traced this call already and its span cannot be left out. */
  readonly isTaken: boolean;
}

/**
 * Called before a call's span is opened. Where the active span is another instrumentation's of the same call (it wraps
 * the client around us), that one is left out and ours takes its place. `isShared` says that both go to a provider
 * whose processors we do not see: there is nothing to be left out there, and theirs has to stand.
 */
export function claimCall(active: Context, isShared: boolean): Claim {
  const span = peekSpan(active);
  if (span === undefined || !span.isRecording()) return { parent: active, isTaken: false };
  const outer = span.spanContext();
  let seen = ownership.seen.get(outer);
  if (seen === undefined) return { parent: active, isTaken: isShared && isForeignModelCall(span) };
  let parent: SpanContext | undefined = outer;
  while (seen !== undefined && (seen.isLeftOut || isForeignModelCall(seen.span))) {
    if (!seen.isLeftOut) leaveOut(seen);
    parent = seen.parent;
    seen = parent === undefined ? undefined : ownership.seen.get(parent);
  }
  if (parent === outer) return { parent: active, isTaken: false };
  if (parent === undefined || !isSpanContextValid(parent)) return { parent: trace.deleteSpan(active), isTaken: false };
  return { parent: trace.setSpanContext(active, parent), isTaken: false };
}

/**
 * Called with a span that the client itself began for a call before it was ours, beside which ours is opened: that one
 * is left out, and what is below it attached to ours.
 */
export function takeOver(theirs: Span, ours: Span): void {
  const seen = ownership.seen.get(theirs.spanContext());
  if (seen === undefined) return;
  seen.parent = ours.spanContext();
  if (!seen.isLeftOut) leaveOut(seen);
}

/** How many spans of others were left out, by the instrumentation scope that made them. */
export function leftOutCounts(): Readonly<Record<string, number>> {
  return Object.fromEntries(ownership.counts);
}

/** Forgets the counts, at a new start, and sets who is told of each instrumentation that doubles, when that is seen. */
export function resetOwnership(onDouble?: () => void): void {
  ownership.counts.clear();
  ownership.onDouble = onDouble;
}

function leaveOut(seen: Seen): void {
  seen.isLeftOut = true;
  const name = scopeNameOf(seen.span) ?? "another instrumentation";
  const count = (ownership.counts.get(name) ?? 0) + 1;
  ownership.counts.set(name, count);
  if (isBuiltIn(name)) {
    log.debug(
      "SPANDREL_CLIENT_TRACES_ITSELF",
      `${name}, the tracing that the client has built in, makes spans of calls that Spandrel traces; they are left out. ` +
        "The client's option `openTelemetry: false` saves making them",
      name,
    );
    return;
  }
  log.warn(
    "SPANDREL_TRACED_TWICE",
    `${name} traces calls that Spandrel traces too; its spans of them are left out, so that each call is one span. ` +
      "Turn one of the two off: that instrumentation, or ours with blockInstruments",
    name,
  );
  if (count === 1) ownership.onDouble?.();
}

function scopeNameOf(span: MaybeReadable): string | undefined {
  return span.instrumentationScope?.name;
}
