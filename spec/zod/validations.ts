import { SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "../../lib/otlp/index.js";

/** All that a span says, but for times and stacks. */
export function everything(span: ReadableSpan): Record<string, unknown> {
  const { attributes, events, status } = span;
  return {
    span_kind: span.kind,
    ...(status.code === SpanStatusCode.UNSET ? {} : { status: [status.code, status.message] }),
    attributes: { ...attributes },
    ...(events.length === 0 ? {} : { events: eventsOf(span) }),
  };
}

/** The events of a span, with their attributes beside their names. */
export function eventsOf({ events }: ReadableSpan): Record<string, unknown>[] {
  return events.map(({ name, attributes }) => {
    const { "exception.stacktrace": _, ...others } = attributes ?? {};
    return { name, ...others };
  });
}

/** The span of one validation, in full. */
export function validation(
  name: string,
  method: string,
  outcome: string,
  more: object = {},
  events: object[] = [],
): object {
  return {
    name: `validate ${name}`,
    kind: "spandrel",
    span_kind: 0,
    attributes: {
      "spandrel.validation.schema": name,
      "spandrel.validation.method": method,
      "spandrel.validation.outcome": outcome,
      ...more,
    },
    ...(events.length === 0 ? {} : { events }),
  };
}

/** What is said of a value that is not valid. */
export function failure(
  name: string,
  method: string,
  issues: readonly (readonly [path: string, code: string, message?: string])[],
): object {
  return {
    name: "validation.failed",
    "spandrel.validation.schema": name,
    "spandrel.validation.method": method,
    "spandrel.validation.severity": "warn",
    "spandrel.validation.issue_count": issues.length,
    "spandrel.validation.paths": issues.map(([path]) => path),
    "spandrel.validation.codes": issues.map(([, code]) => code),
    ...(issues.some(([, , message]) => message !== undefined)
      ? { "spandrel.validation.messages": issues.map(([, , message]) => message) }
      : {}),
  };
}

/** Content: what was given, and what came out. */
export function content(data: unknown, output?: unknown): Record<string, string> {
  return {
    "traceloop.entity.input": JSON.stringify({ data }),
    ...(output === undefined ? {} : { "traceloop.entity.output": JSON.stringify(output) }),
  };
}
