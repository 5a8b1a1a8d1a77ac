import type { ReadableSpan } from "../../lib/otlp/index.js";
import { FakeExporter, fakeTimers, imbalance, rig } from "./fakes.js";

beforeEach(fakeTimers);
afterEach(() => jest.useRealTimers());

/** Hides the name of every span but of those called "broken", at which it throws. */
function redact(span: ReadableSpan): ReadableSpan {
  if (span.name === "broken") throw new Error("no");
  return { ...span, name: "hidden", spanContext: () => span.spanContext() };
}

describe("a router that redacts", () => {
  it("redacts what is exported, once, and off the caller's path", async () => {
    const seen: string[] = [];
    const { router, end } = rig({ redact: (span) => (seen.push(span.name), redact(span)) });
    const exporter = new FakeExporter();
    router.addProcessor({ exporter, filter: (span) => span.name !== "other" });
    end("a");
    end("other");
    end("b");
    expect(seen).toEqual([]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(seen).toEqual(["a", "b"]);
    expect(exporter.names).toEqual(["hidden", "hidden"]);
  });

  it("gives each processor a copy of its own, and leaves the span as it is", async () => {
    const { router, end } = rig({ redact });
    const exporters = [new FakeExporter(), new FakeExporter()];
    for (const exporter of exporters) router.addProcessor({ exporter, isBatchingEnabled: false });
    const live = end("a") as unknown as ReadableSpan;
    await router.forceFlush();
    const [one, other] = exporters.map(({ spans }) => spans[0]);
    expect([one?.name, other?.name, live.name]).toEqual(["hidden", "hidden", "a"]);
    expect(one).not.toBe(other);
  });

  it("loses a span in which secrets cannot be looked for, and counts it", async () => {
    const { router, end, ledger, said } = rig({ redact });
    const exporter = new FakeExporter();
    router.addProcessor({ name: "default", exporter, queue: { maxBatchSpans: 3 } });
    for (const name of ["a", "broken", "b", "broken", "broken", "broken", "c"]) end(name);
    const flushed = router.forceFlush();
    await jest.advanceTimersByTimeAsync(100);
    await flushed;
    expect(exporter.batches).toEqual([["hidden", "hidden"], ["hidden"]]);
    expect(ledger("default")).toMatchObject({ exported: 3, dropped: { redaction_failed: 4 }, queued: 0, inFlight: 0 });
    expect(imbalance(ledger("default"))).toBe(0);
    expect(said).toEqual([expect.stringContaining("SPANDREL_REDACTION_FAILED")]);
  });

  it("redacts what is exported at the end of the process, too", () => {
    const { router, end } = rig({ redact });
    const exporter = new FakeExporter();
    router.addProcessor({ exporter });
    end("a");
    router.exportAtOnce();
    expect(exporter.names).toEqual(["hidden"]);
  });
});
