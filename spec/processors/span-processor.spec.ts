import { BatchSpanProcessor, InMemorySpanExporter, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import type { SpanProcessor as SdkSpanProcessor } from "@opentelemetry/sdk-trace-node";

import { SpanRouter } from "../../lib/processors/index.js";
import type { SpanProcessor } from "../../lib/processors/index.js";

describe("SpanProcessor", () => {
  it("fits a provider of the SDK, with an exporter of the SDK", async () => {
    const exporter = new InMemorySpanExporter();
    const router: SdkSpanProcessor & SpanRouter = new SpanRouter();
    router.addProcessor({ exporter });
    const provider = new NodeTracerProvider({ spanProcessors: [router] });
    provider.getTracer("spec").startSpan("a").end();
    await provider.forceFlush();
    expect(exporter.getFinishedSpans().map((span) => span.name)).toEqual(["a"]);
    await provider.shutdown();
    expect(router.status().processors).toMatchObject([{ ended: 1, exported: 1 }]);
  });

  it("is what a processor of the SDK is", async () => {
    const theirs: SpanProcessor = new BatchSpanProcessor(new InMemorySpanExporter());
    await theirs.shutdown();
    expect(typeof theirs.onEnd).toBe("function");
  });
});
