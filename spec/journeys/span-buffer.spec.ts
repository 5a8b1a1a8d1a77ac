import { join } from "node:path";
import { runSample, type SampleRun } from "./run-sample";
import { drawTrees, mergeSpans, outputOf, readTraceFile, theSpan, type FileSpan } from "./trace-file";

const NINE = BigInt(Date.UTC(2026, 10, 21, 9)) * 1_000_000n;
const SECOND = 1_000_000_000n;

describe("samples/span-buffer", () => {
  let sample: SampleRun;
  let spans: FileSpan[];

  beforeAll(async () => {
    sample = await runSample("span-buffer");
    spans = readTraceFile(join(sample.out, "traces.jsonl"));
  }, 40_000);
  afterAll(() => sample?.removeOut());

  it("prints what is held, what is exported and when, and nothing on stderr", () => {
    const { traceId } = theSpan(spans, "workflow");
    const [said] = sample.stdout.split("\nThe traces:");
    expect(said?.split("\n")).toEqual([
      "Held and let go",
      "  exported: before_buffer, after_buffer; held: 3",
      "  processed: true, once more: true",
      "  exported: before_buffer, after_buffer, step1, step2, step3",
      "Collected here, processed there",
      `  in another process: 3 spans of trace ${traceId}, processed: true`,
      "  in another function: true",
      "Made afterwards",
      "  processed: true",
      "Looked at before the export",
      "  holds 3 spans",
      "  - task1: { status: 'completed', score: 0.95 }",
      "  - task2: { status: 'failed', score: 0.45 }",
      "  - task3: { status: 'completed', score: 0.88 }",
      "  processed: true",
      "Exported if it was worth it",
      "  low-goal: 3 spans, exported",
      "  high-goal: 3 spans, discarded",
      "",
    ]);
    expect(sample.stderr).toBe("");
  });

  it("exports each span once, in the trees they were made in, and none of the experiment that failed", () => {
    const trees = [...new Set(spans.map(({ traceId }) => traceId))].map((traceId) =>
      drawTrees(spans.filter((span) => span.traceId === traceId)),
    );
    // In the order in which they were let go.
    expect(trees).toEqual([
      ["undefined before_buffer"],
      ["undefined after_buffer"],
      ["undefined step1", "undefined step2", "task step3"],
      ["undefined workflow", "  undefined data_loading", "  undefined validation"],
      ["undefined nightly", "  undefined load", "  undefined rank"],
      ["undefined task1", "undefined task2", "undefined task3"],
      ["workflow experiment", "  task run_once", "  task run_once"],
    ]);
    expect(theSpan(spans, "step1").attributes).toEqual({ status: "completed", latency: 100 });
    expect(outputOf(theSpan(spans, "experiment"))).toBe(true);
  });

  it("moves spans to another process as they are", () => {
    const ingested = readTraceFile(join(sample.out, "ingested.jsonl"));
    const here = spans.filter(({ traceId }) => traceId === theSpan(spans, "workflow").traceId);
    expect(ingested).toHaveLength(here.length);
    // The resource is where they were made.
    expect(ingested.map(({ serviceName }) => serviceName)).toEqual(here.map(() => "span-buffer"));
    // Throws for one that differs in anything.
    expect(mergeSpans(here, ingested)).toEqual(here);
  });

  it("gives what is made afterwards the times that it had", () => {
    const timesOf = (name: string) => {
      const { startNanos, endNanos, kind, attributes } = theSpan(spans, name);
      return { from: startNanos - NINE, to: endNanos - NINE, kind, attributes };
    };
    expect(timesOf("nightly")).toEqual({ from: 0n, to: (3n * SECOND) / 2n, kind: 1, attributes: { "run.steps": 2 } });
    expect(timesOf("load")).toEqual({ from: 0n, to: SECOND / 2n, kind: 3, attributes: { "step.millis": 500 } });
    expect(timesOf("rank")).toEqual({
      from: SECOND / 2n,
      to: (3n * SECOND) / 2n,
      kind: 3,
      attributes: { "step.millis": 1_000 },
    });
  });

  it("exports a span as it was changed when it was looked at", () => {
    const attributes = ["task1", "task2", "task3"].map((name) => theSpan(spans, name).attributes);
    expect(attributes).toEqual([
      { status: "completed", score: 0.95 },
      { status: "failed", score: 0.45, needs_review: true },
      { status: "completed", score: 0.88 },
    ]);
  });
});
