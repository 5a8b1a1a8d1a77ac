import { SpanStatusCode } from "@opentelemetry/api";
import { type ConditionTest, type ExportFilter, compileConditions } from "../internal/index.js";
import type { ReadableSpan } from "../otlp/index.js";

type ReadField = (span: ReadableSpan) => unknown;

/**
 * This makes a predicate of a filter. It throws `InvalidOptionError` for a filter that cannot be used; the predicate
 * itself never throws for a readable span.
 */
export function compileExportFilter(filter: ExportFilter): (span: ReadableSpan) => boolean {
  const conditions = compileConditions(filter).map(([field, test]): [ReadField, ConditionTest] => [
    readerOf(field),
    test,
  ]);
  return (span) => conditions.every(([read, test]) => test(read(span)));
}

function readerOf(field: string): ReadField {
  if (field === "status_code") return (span) => SpanStatusCode[span.status.code];
  if (field === "name") return (span) => span.name;
  return (span) => (Object.hasOwn(span.attributes, field) ? span.attributes[field] : undefined);
}
