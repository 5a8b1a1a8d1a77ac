import { InMemorySpanExporter } from "../../lib/exporters/index";
import { makeSpan } from "../otlp/make-span";
import { exportBatch } from "./trace-file";

describe("InMemorySpanExporter", () => {
  it("keeps the exported objects in order", () => {
    const exporter = new InMemorySpanExporter();
    const [a, b, c] = [makeSpan(), makeSpan(), makeSpan()];
    expect(exportBatch(exporter, a, b)).toEqual({ code: 0 });
    expect(exportBatch(exporter, c)).toEqual({ code: 0 });
    const spans = exporter.getFinishedSpans();
    expect(spans).toHaveLength(3);
    [a, b, c].forEach((span, index) => expect(spans[index]).toBe(span));
  });

  it("hands out a copy of its list", () => {
    const exporter = new InMemorySpanExporter();
    exportBatch(exporter, makeSpan());
    exporter.getFinishedSpans().pop();
    expect(exporter.getFinishedSpans()).toHaveLength(1);
  });

  it("forgets everything at reset and goes on", () => {
    const exporter = new InMemorySpanExporter();
    exportBatch(exporter, makeSpan({ name: "before" }));
    exporter.reset();
    exportBatch(exporter, makeSpan({ name: "after" }));
    expect(exporter.getFinishedSpans().map((span) => span.name)).toEqual(["after"]);
  });

  it("takes nothing after shutdown, and keeps what it has readable", async () => {
    const exporter = new InMemorySpanExporter();
    exportBatch(exporter, makeSpan({ name: "kept" }));
    await exporter.forceFlush();
    await exporter.shutdown();
    expect(exportBatch(exporter, makeSpan())).toMatchObject({ code: 1, error: expect.any(Error) });
    expect(exporter.getFinishedSpans().map((span) => span.name)).toEqual(["kept"]);
  });
});
