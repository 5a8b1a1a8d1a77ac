import { readFileSync } from "node:fs";

interface FileSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes?: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
  readonly links?: readonly { readonly traceId: string }[];
}
interface TracesData {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly FileSpan[] }[] }[];
}

/** Draws the traces of several files: a line a span, with what it knows of the customer. */
export function drawTable(paths: readonly string[]): string {
  const spans = paths
    .flatMap((path) => readFileSync(path, "utf8").split("\n").filter(Boolean))
    .flatMap((line) => (JSON.parse(line) as TracesData).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap((scope) => scope.spans);

  const below = (parentId: string | undefined, traceId: string, indent: string): string[] =>
    spans
      .filter((span) => span.traceId === traceId && (span.parentSpanId || undefined) === parentId)
      .flatMap((span) => [drawSpan(span, indent), ...below(span.spanId, traceId, `${indent}  `)]);
  const traceIds = [...new Set(spans.map(({ traceId }) => traceId))];
  return traceIds.flatMap((id) => ["", `trace ${id}`, ...below(undefined, id, "  ")]).join("\n");
}

function drawSpan({ name, attributes = [], links = [] }: FileSpan, indent: string): string {
  const [customer = "", email = "", plan = ""] = [
    "respan.customer_params.customer_identifier",
    "respan.customer_params.email",
    "respan.metadata.plan",
  ].map((wanted) => attributes.find(({ key }) => key === wanted)?.value.stringValue ?? "-");
  const linked = links.map(({ traceId }) => `  with a link to ${traceId}`);
  return `${(indent + name).padEnd(30)}${customer.padEnd(6)}${email.padEnd(18)}${plan}${linked.join("")}`;
}
