import { ROOT_CONTEXT, trace } from "@opentelemetry/api";

import type { SpanRouter } from "../../lib/processors/index.js";
import { FakeExporter, fakeTimers, rig } from "./fakes.js";

beforeEach(fakeTimers);
afterEach(() => jest.useRealTimers());

/** One turn of the event loop: fake timers run an immediate that a timer sets one millisecond later. */
const turn = (): Promise<void> => jest.advanceTimersByTimeAsync(1);

async function flush(router: SpanRouter): Promise<void> {
  const flushed = router.forceFlush();
  await jest.advanceTimersByTimeAsync(100);
  await flushed;
}

describe("a batching processor", () => {
  it("exports nothing on the caller's path, not even a full batch", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ exporter, queue: { maxBatchSpans: 2 } });
    end("a");
    end("b");
    expect(exporter.batches).toEqual([]);
    await turn();
    expect(exporter.batches).toEqual([["a", "b"]]);
  });

  it("exports a batch that is not full when its delay is over", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ exporter });
    end("a");
    await jest.advanceTimersByTimeAsync(500);
    end("b");
    await jest.advanceTimersByTimeAsync(499);
    expect(exporter.batches).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(exporter.batches).toEqual([["a", "b"]]);
    end("c");
    await jest.advanceTimersByTimeAsync(1_000);
    expect(exporter.batches).toEqual([["a", "b"], ["c"]]);
  });

  it("leaves the rest of a full batch to the delay", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ exporter, queue: { maxBatchSpans: 2, scheduledDelayMillis: 100 } });
    for (const name of ["a", "b", "c", "d", "e"]) end(name);
    await turn();
    await turn();
    expect(exporter.batches).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    await jest.advanceTimersByTimeAsync(100);
    expect(exporter.batches).toHaveLength(3);
  });

  it("exports what ended after a full batch when its delay is over, although the exporter was busy all the time", async () => {
    const { router, end } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ exporter, queue: { maxBatchSpans: 2 } });
    end("a");
    await jest.advanceTimersByTimeAsync(1_500);
    for (const name of ["b", "c"]) end(name);
    await jest.advanceTimersByTimeAsync(1_500);
    end("d");
    exporter.answer();
    await turn();
    exporter.answer();
    expect(exporter.batches).toEqual([["a"], ["b", "c"]]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(exporter.batches).toEqual([["a"], ["b", "c"], ["d"]]);
  });

  it("exports one batch per turn of the event loop", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ exporter, queue: { maxBatchSpans: 1 } });
    for (const name of ["a", "b", "c"]) end(name);
    let turns = 0;
    while (exporter.batches.length < 3) {
      jest.advanceTimersToNextTimer();
      expect(exporter.batches).toHaveLength(++turns);
    }
  });

  it("keeps batches below their size in bytes, and sends a larger span alone", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ exporter, queue: { maxBatchBytes: 10_000 } });
    for (const [name, length] of Object.entries({ a: 6_000, b: 6_000, c: 1_000, huge: 50_000, d: 1_000 })) {
      end(name, { attributes: { text: "x".repeat(length) } });
    }
    await flush(router);
    expect(exporter.batches).toEqual([["a"], ["b", "c"], ["huge"], ["d"]]);
  });

  it("keeps no process alive by its delay or an exporter's deadline", () => {
    const { router, end } = rig();
    const spy = jest.spyOn(globalThis, "setTimeout");
    router.addProcessor({ exporter: FakeExporter.held() });
    end("delayed");
    router.addProcessor({ name: "default", exporter: FakeExporter.held(), isBatchingEnabled: false });
    end("in flight", { tag: "default" });
    expect(spy.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([false, false]);
  });
});

describe("a full queue", () => {
  it("drops the newest span, counts it, and says so once with the count when the burst is over", async () => {
    const { router, end, ledger, said } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ name: "default", exporter, queue: { maxSpans: 3 } });
    for (const name of ["a", "b", "c", "d", "e"]) end(name);
    expect(ledger("default")).toMatchObject({ ended: 5, queued: 3, dropped: { queue_full: 2 } });
    expect(said).toEqual([]);
    await turn();
    expect(exporter.names).toEqual(["a", "b", "c"]);
    expect(said).toEqual([expect.stringMatching(/SPANDREL_QUEUE_FULL.*"default" has dropped 2 spans/)]);
    for (const name of ["f", "g", "h", "i"]) end(name);
    await flush(router);
    expect(ledger("default").dropped).toEqual({ queue_full: 3 });
    expect(said).toHaveLength(1);
  });

  it("says so at a flush, while it is still full", async () => {
    const { router, end, said } = rig();
    router.addProcessor({ exporter: FakeExporter.held(), queue: { maxSpans: 1 } });
    for (const name of ["a", "b"]) end(name);
    void router.forceFlush();
    expect(said).toEqual([expect.stringMatching(/dropped 1 spans/)]);
  });

  it("is one whose bytes are used up, whatever its number of spans", () => {
    const { router, end, ledger } = rig();
    router.addProcessor({ name: "default", exporter: FakeExporter.held(), queue: { maxBytes: 10_000 } });
    for (const name of ["a", "b"]) end(name, { attributes: { text: "x".repeat(6_000) } });
    end("small");
    expect(ledger("default")).toMatchObject({ queued: 2, dropped: { queue_full: 1 } });
  });

  it.each<[string, Record<string, string | string[]>]>([
    ["text", { text: "x".repeat(2_000) }],
    ["texts", { texts: ["x".repeat(1_000), "x".repeat(1_000)] }],
  ])("counts attributes of %s", (_what, attributes) => {
    const { router, end, ledger } = rig();
    router.addProcessor({ name: "default", exporter: FakeExporter.held(), queue: { maxBytes: 2_500 } });
    end("a", { attributes });
    expect(ledger("default").queued).toBe(0);
  });

  it("counts the text of events", () => {
    const { router, ledger, end } = rig();
    router.addProcessor({ name: "default", exporter: FakeExporter.held(), queue: { maxBytes: 2_500 } });
    const { router: relay, end: endRelayed } = rig();
    relay.onStart = (span) => void span.addEvent("gen_ai.choice", { content: "x".repeat(2_000) });
    relay.onEnd = (span) => router.onEnd(span);
    endRelayed("a");
    expect(ledger("default").dropped).toEqual({ queue_full: 1 });
    end("b");
    expect(ledger("default").queued).toBe(1);
  });

  it("keeps a million-span burst within its bounds and counts all the rest", async () => {
    const { router, end, ledger } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ name: "default", exporter });
    const span = end("first");
    for (let index = 1; index < 1_000_000; index++) router.onEnd(span as never);
    expect(ledger("default")).toMatchObject({ ended: 1_000_000, queued: 10_000, dropped: { queue_full: 990_000 } });
    await flush(router);
    expect(ledger("default").exported).toBe(10_000);
    expect(Math.max(...exporter.batches.map((batch) => batch.length))).toBe(512);
  });

  it("has room for bytes again when a batch has been handed over", async () => {
    const { router, end, ledger } = rig();
    router.addProcessor({ name: "default", exporter: new FakeExporter(), queue: { maxBytes: 5_000 } });
    for (const name of ["a", "b", "c"]) {
      end(name, { attributes: { text: "x".repeat(4_000) } });
      await flush(router);
    }
    expect(ledger("default")).toMatchObject({ exported: 3, dropped: {} });
  });

  it("has room again when a batch has been handed over", async () => {
    const { router, end, ledger } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ name: "default", exporter, queue: { maxSpans: 2, maxBatchSpans: 1 } });
    for (const name of ["a", "b", "c"]) end(name);
    await turn();
    end("d");
    expect(ledger("default")).toMatchObject({ queued: 2, inFlight: 1, dropped: { queue_full: 1 } });
  });
});

describe("one export at a time", () => {
  it("is all an exporter gets from one processor", async () => {
    const { router, end, ledger } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ name: "default", exporter, queue: { maxBatchSpans: 1 } });
    for (const name of ["a", "b", "c"]) end(name);
    await turn();
    await turn();
    expect(exporter.batches).toEqual([["a"]]);
    expect(ledger("default")).toMatchObject({ inFlight: 1, queued: 2 });
    exporter.answer();
    await turn();
    expect(exporter.batches).toEqual([["a"], ["b"]]);
  });

  it("is all an exporter gets from two processors, which take turns", async () => {
    const { router, end } = rig();
    const exporter = FakeExporter.held();
    const queue = { maxBatchSpans: 1 };
    router.addProcessor({ name: "one", exporter, queue });
    router.addProcessor({ name: "two", exporter, queue });
    for (const name of ["1a", "1b"]) end(name, { tag: "one" });
    for (const name of ["2a", "2b"]) end(name, { tag: "two" });
    for (let batches = 1; batches <= 4; batches++) {
      await turn();
      await turn();
      expect(exporter.batches).toHaveLength(batches);
      expect(exporter.heldCount).toBe(1);
      exporter.answer();
    }
    expect(exporter.names).toEqual(["1a", "2a", "1b", "2b"]);
  });

  it("is all an exporter gets although it answers a batch again while the next one is in flight", async () => {
    const { router, end, ledger } = rig();
    const answers: (() => void)[] = [];
    const exporter = new FakeExporter((answer) => void answers.push(() => answer({ code: 0 })));
    router.addProcessor({ name: "default", exporter, isBatchingEnabled: false });
    end("a");
    answers[0]?.();
    end("b");
    answers[0]?.();
    end("c");
    await turn();
    expect(exporter.batches).toEqual([["a"], ["b"]]);
    expect(ledger("default")).toMatchObject({ exported: 1, inFlight: 1, queued: 1 });
  });

  it("serves a processor that waits although the one before it was served out of turn", async () => {
    const { router, end } = rig();
    const answers: (() => void)[] = [];
    const exporter = new FakeExporter((answer, _spans, call) =>
      call === 0 ? void answers.push(() => answer({ code: 0 })) : answer({ code: 0 }),
    );
    router.addProcessor({ name: "one", exporter, isBatchingEnabled: false });
    router.addProcessor({ name: "two", exporter, isBatchingEnabled: false });
    for (const name of ["1a", "1b"]) end(name, { tag: "one" });
    end("2a", { tag: "two" });
    answers[0]?.();
    end("1c", { tag: "one" });
    await turn();
    await turn();
    expect(exporter.batches).toEqual([["1a"], ["1b", "1c"], ["2a"]]);
  });

  it("does not make another exporter wait", async () => {
    const { router, end } = rig();
    const [slow, quick] = [FakeExporter.held(), new FakeExporter()];
    router.addProcessor({ exporter: slow });
    router.addProcessor({ exporter: quick });
    end("a");
    await jest.advanceTimersByTimeAsync(1_000);
    end("b");
    await jest.advanceTimersByTimeAsync(1_000);
    expect(slow.batches).toEqual([["a"]]);
    expect(quick.batches).toEqual([["a"], ["b"]]);
  });
});

describe("a processor that does not batch", () => {
  it("starts the export while the span ends", () => {
    const { router, end, ledger } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ name: "default", exporter, isBatchingEnabled: false });
    end("a");
    end("b");
    expect(exporter.batches).toEqual([["a"], ["b"]]);
    expect(ledger("default").exported).toBe(2);
  });

  it("queues behind an export in flight, and sends what has gathered together", async () => {
    const { router, end } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ exporter, isBatchingEnabled: false });
    for (const name of ["a", "b", "c"]) end(name);
    expect(exporter.batches).toEqual([["a"]]);
    exporter.answer();
    await turn();
    expect(exporter.batches).toEqual([["a"], ["b", "c"]]);
  });
});

describe("autoFlush", () => {
  it.each<["off" | "root" | "always", string[], string[]]>([
    ["off", [], []],
    ["root", [], ["child", "root"]],
    ["always", ["child"], ["child", "root"]],
  ])("%s exports early what it says, off the caller's path", async (autoFlush, afterChild, afterRoot) => {
    const { router, end } = rig({ autoFlush });
    const exporter = new FakeExporter();
    router.addProcessor({ exporter });
    const parent = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 };
    end("child", { parent: trace.setSpanContext(ROOT_CONTEXT, parent) });
    expect(exporter.names).toEqual([]);
    await turn();
    expect(exporter.names).toEqual(afterChild);
    end("root");
    expect(exporter.names).toEqual(afterChild);
    await turn();
    expect(exporter.names).toEqual(afterRoot);
  });

  it("takes a span with a remote parent for a root", async () => {
    const { router, end } = rig({ autoFlush: "root" });
    const exporter = new FakeExporter();
    router.addProcessor({ exporter });
    const parent = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1, isRemote: true };
    end("server", { parent: trace.setSpanContext(ROOT_CONTEXT, parent) });
    await turn();
    expect(exporter.names).toEqual(["server"]);
  });

  it("exports the children of a root that is itself routed elsewhere or filtered", async () => {
    const { router, end } = rig({ autoFlush: "root" });
    const exporter = new FakeExporter();
    router.addProcessor({ name: "debug", exporter });
    const parent = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 };
    end("child", { tag: "debug", parent: trace.setSpanContext(ROOT_CONTEXT, parent) });
    end("root", { exportFilter: { status_code: { operator: "equal", value: "ERROR" } } });
    await turn();
    expect(exporter.names).toEqual(["child"]);
  });
});
