import { type Context, type Span, type SpanContext, trace } from "@opentelemetry/api";
import { ENTITY_PATH, PROCESSORS, WORKFLOW_NAME } from "../semconv.js";
import { effectiveAttributes } from "./propagated-attributes.js";
import { scopeOf } from "./scoped-context.js";

/** Attributes of a span that can be read while it runs; spans of SDK 2.x, of 3.x and our own can. */
type MaybeReadable = Span & {
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly parentSpanContext?: SpanContext;
};

/**
 * This puts what the context says (attributes, workflow, path, tag) on a span that some other tracer has just started.
 * It never replaces an attribute which the span has set itself.
 */
export function stampSpan(span: Span, parent: Context): void {
  const scope = scopeOf(parent);
  const own = (span as MaybeReadable).attributes ?? {};
  const propagated = effectiveAttributes(scope.propagated);
  for (const key in propagated) {
    const value = propagated[key];
    if (value !== undefined && own[key] === undefined) span.setAttribute(key, value);
  }
  if (scope.workflowName !== undefined && own[WORKFLOW_NAME] === undefined) {
    span.setAttribute(WORKFLOW_NAME, scope.workflowName);
    span.setAttribute(ENTITY_PATH, scope.entityPath);
  }
  if (own[PROCESSORS] === undefined) {
    const tag = inheritedTag(parent, scope.tag);
    if (tag !== undefined) span.setAttribute(PROCESSORS, [...tag]);
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
