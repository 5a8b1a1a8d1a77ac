import { type SpanContext, SpanStatusCode } from "@opentelemetry/api";
import { type ReadableSpan, kindWord, toTreeSpan } from "../otlp/index.js";

/** An event of a span, as a test looks at it. */
export interface TestSpanEvent {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** This is a span and what is below it, as plain data. What has nothing to say is left out. */
export interface TestSpanNode {
  readonly name: string;
  /** `workflow`, `task`, `agent`, `tool`, `llm`, or OpenTelemetry's `server`, `client`, `producer`, `consumer`. */
  readonly kind?: string;
  readonly status?: "ok" | "error";
  readonly statusMessage?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly events?: readonly TestSpanEvent[];
  /** The span has a parent in this process that is not in the tree: it has not ended, or was exported elsewhere. */
  readonly isOrphan?: true;
  /** In the order of their starts. */
  readonly children: readonly TestSpanNode[];
}

/** These options say what the nodes of a tree show besides name, kind, status and children. */
export interface TestTreeOptions {
  /** `true` for all attributes, or the names of some. Default none. */
  readonly attributes?: boolean | readonly string[] | undefined;
  /** `true` for the events, with their attributes. Default none. */
  readonly events?: boolean | undefined;
}

/** A span of a tree. */
export interface Branch {
  readonly span: ReadableSpan;
  readonly isOrphan: boolean;
  readonly children: readonly Branch[];
}

interface GrowingBranch extends Branch {
  isOrphan: boolean;
  children: GrowingBranch[];
  above: GrowingBranch | undefined;
}

/**
 * Arranges spans, which come in the order of their starts, below their parents. Each is there as often as it was given:
 * a span that was exported twice is not to be overlooked.
 */
export function growTree(spans: readonly ReadableSpan[]): Branch[] {
  const byId = new Map<string, GrowingBranch>();
  const branches = spans.map((span) => {
    const branch: GrowingBranch = { span, isOrphan: false, children: [], above: undefined };
    const id = idOf(span.spanContext());
    if (!byId.has(id)) byId.set(id, branch);
    return branch;
  });
  const roots: GrowingBranch[] = [];
  for (const branch of branches) {
    const parent = branch.span.parentSpanContext;
    const above = parent === undefined ? undefined : byId.get(idOf(parent));
    if (above !== undefined && !isWithin(above, branch)) {
      branch.above = above;
      above.children.push(branch);
    } else {
      branch.isOrphan = parent !== undefined && parent.isRemote !== true;
      roots.push(branch);
    }
  }
  return roots;
}

/** Spans that are each other's ancestors, as only a faulty writer makes them, have no root: the last becomes one. */
function isWithin(branch: GrowingBranch, other: GrowingBranch): boolean {
  for (let one: GrowingBranch | undefined = branch; one !== undefined; one = one.above) if (one === other) return true;
  return false;
}

function idOf({ traceId, spanId }: SpanContext): string {
  return `${traceId} ${spanId}`;
}

/** The tree as a test compares it. */
export function toNodes(branches: readonly Branch[], options: TestTreeOptions): TestSpanNode[] {
  return branches.map(({ span, isOrphan, children }) => ({
    ...describeSpan(span, options),
    ...(isOrphan ? { isOrphan } : {}),
    children: toNodes(children, options),
  }));
}

function describeSpan(span: ReadableSpan, { attributes, events }: TestTreeOptions): Omit<TestSpanNode, "children"> {
  const kind = kindOf(span);
  const status = statusOf(span);
  const { message } = span.status;
  return {
    name: span.name,
    ...(kind === "span" ? {} : { kind }),
    ...(status === "unset" ? {} : { status }),
    ...(message === undefined || message === "" ? {} : { statusMessage: message }),
    ...notEmpty("attributes", chosen(span.attributes, attributes)),
    ...notEmpty("events", events === true ? eventsOf(span) : []),
  };
}

/** The word for what a span is, as in the trees of the `spandrel` command. */
export function kindOf(span: ReadableSpan): string {
  return kindWord(toTreeSpan(span));
}

/** The words for OpenTelemetry's codes. */
export function statusOf({ status }: ReadableSpan): "unset" | "ok" | "error" {
  if (status.code === SpanStatusCode.ERROR) return "error";
  return status.code === SpanStatusCode.OK ? "ok" : "unset";
}

export function eventsOf({ events }: ReadableSpan): TestSpanEvent[] {
  return events.map(({ name, attributes = {} }) => ({ name, ...notEmpty("attributes", { ...attributes }) }));
}

function chosen(
  attributes: ReadableSpan["attributes"],
  names: TestTreeOptions["attributes"],
): Readonly<Record<string, unknown>> {
  if (names === undefined || names === false) return {};
  if (names === true) return { ...attributes };
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));
}

/** The field, unless there is nothing in it. */
function notEmpty<K extends string, V extends object>(key: K, value: V): { readonly [key in K]?: V } {
  const field: { [key in K]?: V } = {};
  if (Object.keys(value).length > 0) field[key] = value;
  return field;
}
