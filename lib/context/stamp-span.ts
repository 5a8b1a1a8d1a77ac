import { type Attributes, type Context, type Span, type SpanContext, trace } from "@opentelemetry/api";
import { ENTITY_PATH, PROCESSORS, WORKFLOW_NAME } from "../semconv.js";
import { effectiveAttributes } from "./propagated-attributes.js";
import { scopeOf } from "./scoped-context.js";

/** Attributes of a span that can be read while it runs; spans of SDK 2.x, of 3.x and our own can. */
type MaybeReadable = Span & {
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly parentSpanContext?: SpanContext;
};

/** What the context says about every span that starts in it: attributes, workflow, path and tag. */
export function scopeAttributes(parent: Context): Attributes {
  const scope = scopeOf(parent);
  const attributes: Attributes = { ...effectiveAttributes(scope.propagated) };
  if (scope.workflowName !== undefined) attributes[WORKFLOW_NAME] = scope.workflowName;
  if (scope.workflowName !== undefined || scope.entityPath !== "") attributes[ENTITY_PATH] = scope.entityPath;
  const tag = inheritedTag(parent, scope.tag);
  if (tag !== undefined) attributes[PROCESSORS] = [...tag];
  return attributes;
}

/**
 * This puts what the context says on a span that some other tracer has just started. It never replaces an attribute
 * which the span has set itself, nor gives a path to a span that names a workflow of its own.
 */
export function stampSpan(span: Span, parent: Context): void {
  const own = (span as MaybeReadable).attributes ?? {};
  const hasWorkflow = own[WORKFLOW_NAME] !== undefined;
  const attributes = scopeAttributes(parent);
  for (const key in attributes) {
    const value = attributes[key];
    if (value === undefined || own[key] !== undefined || (hasWorkflow && key === ENTITY_PATH)) continue;
    span.setAttribute(key, value);
  }
}

/**
 * The tag a span without one of its own takes over: its parent span's. The scope's is the same thing where the parent
 * is a decorated call, and the answer where the parent cannot be read or was not stamped. A root has no parent and
 * takes over nothing, nor do its children from what is around it.
 */
export function inheritedTag(parent: Context, scopeTag: readonly string[] | undefined): readonly string[] | undefined {
  const parentSpan: MaybeReadable | undefined = trace.getSpan(parent);
  if (parentSpan === undefined) return undefined;
  const { attributes, parentSpanContext } = parentSpan;
  const tag = attributes?.[PROCESSORS];
  if (Array.isArray(tag)) return tag as readonly string[];
  return attributes !== undefined && parentSpanContext === undefined ? undefined : scopeTag;
}
