import { type SpanBuffer, getClient } from "spandrel";

/** Looks at spans before anybody else does, and changes one. */
export function inspect(): SpanBuffer {
  const buffer = getClient().getSpanBuffer("trace-456");
  buffer.createSpan("task1", { status: "completed", score: 0.95 });
  buffer.createSpan("task2", { status: "failed", score: 0.45 });
  buffer.createSpan("task3", { status: "completed", score: 0.88 });

  console.log(`  holds ${buffer.getSpanCount()} spans`);
  for (const span of buffer.getAllSpans()) {
    console.log(`  - ${span.name}:`, span.attributes);
    if (Number(span.attributes["score"]) < 0.5) span.attributes["needs_review"] = true;
  }
  return buffer;
}
