import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ReadableSpan, type SpanBuffer, getClient } from "spandrel";

const run = promisify(execFile);

/** Collects spans; what becomes of them is the caller's affair. */
export function collectWorkflowSpans(): SpanBuffer {
  const buffer = getClient().getSpanBuffer("workflow-123");
  const workflow = buffer.createSpan("workflow", { records: 1000 });
  buffer.createSpan("data_loading", { records: 1000 }, { parent: workflow });
  buffer.createSpan("validation", { errors: 0 }, { parent: workflow });
  return buffer;
}

/** Decides by what is in them, far from where they were made: no errors, or nothing is exported. */
export async function processIfClean(spans: readonly ReadableSpan[]): Promise<boolean> {
  const hasErrors = spans.some(({ attributes }) => Number(attributes["errors"] ?? 0) > 0);
  return !hasErrors && (await getClient().processSpans(spans));
}

/** Sends spans to another process, which has a telemetry of its own, and returns what that one says. */
export async function processElsewhere(buffer: SpanBuffer, tracesPath: string): Promise<string> {
  const going = run(process.execPath, [...process.execArgv, join(__dirname, "ingest.ts"), tracesPath]);
  going.child.stdin?.end(buffer.serialize());
  return (await going).stdout.trim();
}
