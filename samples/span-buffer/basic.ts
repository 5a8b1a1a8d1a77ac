import { type SpanBuffer, getClient, traced } from "spandrel";

/** Everything that ends inside `run` is held, whoever makes it; what is around it goes its way as ever. */
export function holdAll(): SpanBuffer {
  const client = getClient();
  const tracer = client.getTracer();
  tracer.startActiveSpan("before_buffer", (span) => span.end());

  const buffer = client.getSpanBuffer("trace-123");
  buffer.run(() => {
    buffer.createSpan("step1", { status: "completed", latency: 100 });
    tracer.startActiveSpan("step2", (span) => span.end());
    traced("step3", () => "completed")();
  });

  tracer.startActiveSpan("after_buffer", (span) => span.end());
  return buffer;
}
