import { readFileSync } from "node:fs";

/** A span as it stands in a file, its attributes as plain values. */
export interface FileSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly kind: number;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly message: string | undefined };
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly serviceName: unknown;
}

interface OtlpAnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly OtlpAnyValue[] };
}
type OtlpAttributes = readonly { readonly key: string; readonly value: OtlpAnyValue }[];

interface OtlpSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: OtlpAttributes;
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly events?: readonly { readonly name: string; readonly attributes?: OtlpAttributes }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

interface OtlpTracesData {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes?: OtlpAttributes };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** Reads every span of an OTLP JSON Lines file; throws at a line that is not whole. */
export function readTraceFile(path: string): FileSpan[] {
  const text = readFileSync(path, "utf8");
  if (!text.endsWith("\n")) throw new Error(`The last line of ${path} is not ended.`);
  return text
    .slice(0, -1)
    .split("\n")
    .flatMap((line) => (JSON.parse(line) as OtlpTracesData).resourceSpans)
    .flatMap(({ resource, scopeSpans }) => {
      const serviceName = toRecord(resource?.attributes)["service.name"];
      return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...readSpan(span), serviceName })));
    });
}

function readSpan(span: OtlpSpan): Omit<FileSpan, "serviceName"> {
  return {
    name: span.name,
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId || undefined,
    kind: span.kind,
    startNanos: BigInt(span.startTimeUnixNano),
    endNanos: BigInt(span.endTimeUnixNano),
    attributes: toRecord(span.attributes),
    status: { code: span.status?.code ?? 0, message: span.status?.message || undefined },
    events: (span.events ?? []).map(({ name, attributes }) => ({ name, attributes: toRecord(attributes) })),
    links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
  };
}

function toRecord(attributes: OtlpAttributes = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, toPlain(value)]));
}

function toPlain(value: OtlpAnyValue): unknown {
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(toPlain);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}

/** The spans of several files as one list, each once; throws when two files tell a span differently. */
export function mergeSpans(...files: readonly (readonly FileSpan[])[]): FileSpan[] {
  const merged = new Map<string, FileSpan>();
  for (const span of files.flat()) {
    const known = merged.get(span.spanId);
    if (known) expect(span).toEqual(known);
    else merged.set(span.spanId, span);
  }
  return [...merged.values()];
}

/**
 * Draws the spans as trees, one line a span, children indented in the order they started: `task classify`, and `!` after
 * a span that failed. Throws when a parent is missing, so that no span stands outside the drawing.
 */
export function drawTrees(spans: readonly FileSpan[]): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const orphan = spans.find(({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId));
  if (orphan) throw new Error(`The parent of ${orphan.name} is in none of the files.`);

  const inOrder = [...spans].sort((left, right) => Number(left.startNanos - right.startNanos));
  const draw = (parentId: string | undefined, indent: string): string[] =>
    inOrder
      .filter(({ parentSpanId }) => parentSpanId === parentId)
      .flatMap((span) => [`${indent}${describeSpan(span)}`, ...draw(span.spanId, `${indent}  `)]);
  return draw(undefined, "");
}

function describeSpan({ name, attributes, status }: FileSpan): string {
  const kind = attributes["gen_ai.operation.name"] === undefined ? attributes["traceloop.span.kind"] : "llm";
  return `${String(kind)} ${name}${status.code === 2 ? " !" : ""}`;
}

/** The one span of that name; throws when there is none, or another. */
export function theSpan(spans: readonly FileSpan[], name: string): FileSpan {
  const [span, ...others] = spans.filter((candidate) => candidate.name === name);
  if (!span || others.length > 0) throw new Error(`${span ? others.length + 1 : 0} spans are named ${name}, not one.`);
  return span;
}

/** The calls of a model among the spans, in the order they started. */
export function modelCallsIn(spans: readonly FileSpan[]): FileSpan[] {
  return spans
    .filter(({ attributes }) => attributes["gen_ai.operation.name"] !== undefined)
    .sort((left, right) => Number(left.startNanos - right.startNanos));
}

/** What a model was sent and what it answered, parsed. */
export function messagesOf({ attributes }: FileSpan): { input: unknown; output: unknown } {
  return { input: parse(attributes["gen_ai.input.messages"]), output: parse(attributes["gen_ai.output.messages"]) };
}

/** What a span recorded as its input and output, parsed. */
export function inputOf(span: FileSpan): unknown {
  return parse(span.attributes["traceloop.entity.input"]);
}
export function outputOf(span: FileSpan): unknown {
  return parse(span.attributes["traceloop.entity.output"]);
}

function parse(json: unknown): unknown {
  return typeof json === "string" ? JSON.parse(json) : json;
}
