import { SpanKind } from "@opentelemetry/api";
import { type SpanBuffer, getClient } from "spandrel";

/** What a run has left behind; nothing was traced while it ran. */
export interface RunLog {
  readonly name: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly steps: readonly { readonly name: string; readonly startedAt: Date; readonly millis: number }[];
}

/** Makes spans of what is over, with the times it had. */
export function traceAfterwards(log: RunLog): SpanBuffer {
  const buffer = getClient().getSpanBuffer(`run-${log.name}`);
  const root = buffer.createSpan(
    log.name,
    { "run.steps": log.steps.length },
    { startTime: log.startedAt, endTime: log.endedAt },
  );
  for (const { name, startedAt, millis } of log.steps) {
    buffer.createSpan(
      name,
      { "step.millis": millis },
      { kind: SpanKind.CLIENT, parent: root, startTime: startedAt, endTime: new Date(startedAt.getTime() + millis) },
    );
  }
  return buffer;
}
