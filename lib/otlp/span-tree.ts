/**
 * This is the little that a tree needs to know of a span: a `DecodedSpan` is one as it stands, `toTreeSpan` makes one
 * of a live span. `kind` and `status.code` are in OTLP's numbering (kind 1 internal … 5 consumer; code 2 error).
 */
export interface TreeSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly status: { readonly code: number; readonly message?: string };
  readonly attributes: { get(name: string): unknown };
  readonly events?: readonly TreeEvent[];
}

/** An event of a span. */
export interface TreeEvent {
  readonly name: string;
  readonly attributes: { get(name: string): unknown };
}

/** A span and those that started under it, in order of their start. */
export interface SpanNode<Span extends TreeSpan = TreeSpan> {
  readonly span: Span;
  readonly children: readonly SpanNode<Span>[];
  /** True when the span names a parent that is not among the spans given. */
  readonly isOrphan: boolean;
}

interface GrowingNode<Span extends TreeSpan> extends SpanNode<Span> {
  children: GrowingNode<Span>[];
}

/**
 * This arranges spans as trees, roots and siblings in order of their start. Spans of several traces may be mixed. Every
 * span is in the result exactly once: one whose parent is missing is a root, of those that are each other's ancestors
 * the earliest is, and of two spans with the same ids (delivered twice) the first is taken.
 */
export function buildSpanTree<Span extends TreeSpan>(spans: Iterable<Span>): SpanNode<Span>[] {
  const nodes = new Map<string, GrowingNode<Span>>();
  const sorted = [...spans].sort(compareStart);
  const idsInFile = new Set(sorted.map(keyOf));
  for (const span of sorted) {
    const isOrphan = span.parentSpanId !== undefined && !idsInFile.has(parentKeyOf(span));
    if (!nodes.has(keyOf(span))) nodes.set(keyOf(span), { span, children: [], isOrphan });
  }
  const roots: GrowingNode<Span>[] = [];
  for (const node of nodes.values()) {
    const parent = node.span.parentSpanId === undefined ? undefined : nodes.get(parentKeyOf(node.span));
    if (parent === undefined) roots.push(node);
    else parent.children.push(node);
  }
  return breakCycles(roots, nodes);
}

/** Spans that no root leads to go round in circles, which only a faulty or hostile writer produces. */
function breakCycles<Span extends TreeSpan>(
  roots: GrowingNode<Span>[],
  nodes: ReadonlyMap<string, GrowingNode<Span>>,
): GrowingNode<Span>[] {
  const reached = new Set<GrowingNode<Span>>();
  const reach = (from: GrowingNode<Span>): void => {
    const open = [from];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      reached.add(node);
      node.children = node.children.filter((child) => !reached.has(child));
      for (const child of node.children) open.push(child);
    }
  };
  roots.forEach(reach);
  if (reached.size === nodes.size) return roots;
  for (const node of nodes.values()) {
    if (reached.has(node)) continue;
    roots.push(node);
    reach(node);
  }
  return roots.sort((a, b) => compareStart(a.span, b.span));
}

function keyOf(span: TreeSpan): string {
  return `${span.traceId} ${span.spanId}`;
}

function parentKeyOf(span: TreeSpan): string {
  return `${span.traceId} ${span.parentSpanId}`;
}

/** Parents that share a child's start tick come first because they end later. */
function compareStart(a: TreeSpan, b: TreeSpan): number {
  if (a.startNanos !== b.startNanos) return a.startNanos < b.startNanos ? -1 : 1;
  if (a.endNanos !== b.endNanos) return a.endNanos > b.endNanos ? -1 : 1;
  return 0;
}
