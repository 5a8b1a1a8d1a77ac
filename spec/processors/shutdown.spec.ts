import { FakeExporter, fakeTimers, rig, succeed } from "./fakes.js";

beforeEach(fakeTimers);
afterEach(() => jest.useRealTimers());

const never = (): Promise<void> => new Promise(() => undefined);

/** Milliseconds of fake time until the promise resolves. */
async function millisUntil(promise: Promise<void>): Promise<number> {
  let isDone = false;
  void promise.then(() => (isDone = true));
  const start = jest.now();
  for (let step = 0; !isDone && step < 300; step++) await jest.advanceTimersByTimeAsync(100);
  expect(isDone).toBe(true);
  return jest.now() - start;
}

describe("shutdown", () => {
  it("exports what is queued, then shuts the exporter down", async () => {
    const { router, end, ledger } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ name: "default", exporter, queue: { maxBatchSpans: 2 } });
    for (const name of ["a", "b", "c"]) end(name);
    await millisUntil(router.shutdown());
    expect(exporter.names).toEqual(["a", "b", "c"]);
    expect(exporter.calls).toEqual(["export", "export", "shutdown"]);
    expect(ledger("default")).toMatchObject({ ended: 3, exported: 3, dropped: {} });
  });

  it("is idempotent: one shutdown of the exporter, one promise", async () => {
    const { router } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ exporter });
    expect(router.shutdown()).toBe(router.shutdown());
    await router.shutdown();
    expect(exporter.calls).toEqual(["shutdown"]);
  });

  it.each<[string, Partial<FakeExporter>]>([
    ["hangs in export", {}],
    ["hangs in shutdown", { shutdown: never }],
    ["rejects in shutdown", { shutdown: () => Promise.reject(new Error("boom")) }],
    [
      "throws in shutdown",
      {
        shutdown: () => {
          throw new Error("boom");
        },
      },
    ],
    ["hangs everywhere", { shutdown: never, forceFlush: never }],
  ])("takes at most 10 s with an exporter that %s, and closes the others at once", async (what, overrides) => {
    const { router, end, ledger } = rig();
    const hung = Object.assign(
      what.includes("everywhere") || what.includes("export") ? FakeExporter.held() : new FakeExporter(),
      overrides,
    );
    const fine = new FakeExporter();
    router.addProcessor({ name: "hung", isDefault: true, exporter: hung });
    router.addProcessor({ name: "default", exporter: fine });
    end("a");
    const closing = router.shutdown();
    await jest.advanceTimersByTimeAsync(0);
    expect(fine.calls).toEqual(["export", "shutdown"]);
    expect(await millisUntil(closing)).toBeLessThanOrEqual(10_000);
    expect(ledger("default").exported).toBe(1);
    expect(ledger("hung")).toMatchObject({ queued: 0, inFlight: 0 });
  });

  it("calls the exporter's shutdown although its export hangs", async () => {
    const { router, end } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ exporter });
    end("a");
    await millisUntil(router.shutdown());
    expect(exporter.calls).toEqual(["export", "shutdown"]);
  });

  it("counts what there was no time for, queued and in flight, and ignores the late answer", async () => {
    const { router, end, ledger } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ name: "default", exporter, queue: { maxBatchSpans: 2 } });
    for (const name of ["a", "b", "c", "d", "e"]) end(name);
    await millisUntil(router.shutdown());
    const counted = { ended: 5, queued: 0, inFlight: 0, exported: 0, dropped: { shutdown: 5 } };
    expect(ledger("default")).toMatchObject(counted);
    exporter.answer();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(ledger("default")).toMatchObject(counted);
    expect(exporter.batches).toEqual([["a", "b"]]);
  });

  it("counts spans that end during it and after it", async () => {
    const { router, end, ledger } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ name: "default", exporter });
    router.addProcessor({ name: "debug", exporter: new FakeExporter() });
    end("before");
    const closing = router.shutdown();
    end("during");
    await jest.advanceTimersByTimeAsync(0);
    exporter.answer();
    await closing;
    end("after");
    end("elsewhere", { tag: "debug" });
    expect(exporter.names).toEqual(["before"]);
    expect(ledger("default")).toMatchObject({ ended: 4, filtered: 1, exported: 1, dropped: { shutdown: 2 } });
    expect(ledger("debug")).toMatchObject({ ended: 4, filtered: 3, dropped: { shutdown: 1 } });
  });

  it("counts spans that an exporter ends from inside its last export", async () => {
    const { router, end, ledger } = rig();
    const exporter = new FakeExporter((answer, spans, call) => {
      if (call === 0) end("from inside");
      succeed(answer, spans, call);
    });
    router.addProcessor({ name: "default", exporter });
    end("a");
    await millisUntil(router.shutdown());
    expect(ledger("default")).toMatchObject({ ended: 2, exported: 1, dropped: { shutdown: 1 } });
  });

  it("shuts an exporter that two processors share down once, after both are flushed", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ exporter });
    router.addProcessor({ exporter });
    end("a");
    await millisUntil(router.shutdown());
    expect(exporter.calls).toEqual(["export", "export", "shutdown"]);
  });

  it("may be given less time", async () => {
    const { router, end } = rig();
    router.addProcessor({ exporter: Object.assign(FakeExporter.held(), { shutdown: never }) });
    end("a");
    expect(await millisUntil(router.shutdown(2_000))).toBeLessThanOrEqual(2_000);
  });

  it("leaves no timer behind, and flush and status answering", async () => {
    const { router, end, ledger } = rig();
    router.addProcessor({ name: "default", exporter: new FakeExporter() });
    end("a");
    await millisUntil(router.shutdown());
    expect(jest.getTimerCount()).toBe(0);
    await router.forceFlush();
    expect(ledger("default").exported).toBe(1);
  });
});

describe("ProcessorHandle.remove", () => {
  it("exports what is queued, shuts the exporter down, takes no new spans and keeps the ledger", async () => {
    const { router, end, ledger } = rig();
    const [debug, other] = [new FakeExporter(), new FakeExporter()];
    const handle = router.addProcessor({ name: "debug", exporter: debug });
    router.addProcessor({ name: "default", exporter: other });
    end("a", { tag: "debug" });
    end("b");
    const removed = handle.remove();
    end("late", { tag: "debug" });
    await removed;
    end("later", { tag: "debug" });
    await router.forceFlush();
    expect(debug.names).toEqual(["a"]);
    expect(debug.calls).toEqual(["export", "shutdown"]);
    expect(other.names).toEqual(["b", "late", "later"]);
    expect(ledger("debug")).toEqual({
      name: "debug",
      isDurable: false,
      ended: 2,
      recovered: 0,
      filtered: 1,
      queued: 0,
      inFlight: 0,
      exported: 1,
      rejected: 0,
      dropped: {},
    });
  });

  it("is idempotent and frees the name; the ledger of the new processor starts at nothing", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    const handle = router.addProcessor({ name: "debug", exporter });
    end("a", { tag: "debug" });
    await Promise.all([handle.remove(), handle.remove()]);
    await handle.remove();
    const next = new FakeExporter();
    router.addProcessor({ name: "debug", exporter: next });
    end("b", { tag: "debug" });
    await router.forceFlush();
    expect(exporter.calls).toEqual(["export", "shutdown"]);
    expect(next.names).toEqual(["b"]);
    expect(router.status().processors.map(({ name, ended, exported }) => [name, ended, exported])).toEqual([
      ["debug", 1, 1],
      ["debug", 1, 1],
    ]);
  });

  it("leaves an exporter alone that another processor has too", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    const handle = router.addProcessor({ name: "debug", exporter });
    router.addProcessor({ name: "default", exporter });
    await handle.remove();
    end("a");
    await router.forceFlush();
    expect(exporter.calls).toEqual(["export", "forceFlush"]);
    await router.shutdown();
    expect(exporter.calls).toEqual(["export", "forceFlush", "shutdown"]);
  });

  it("gives up on an exporter that hangs, which delays neither removal nor shutdown beyond 10 s", async () => {
    const { router, end, ledger } = rig();
    const handle = router.addProcessor({ name: "debug", exporter: FakeExporter.held() });
    end("a", { tag: "debug" });
    const removed = handle.remove();
    const closed = router.shutdown();
    expect(await millisUntil(Promise.all([removed, closed]).then(() => undefined))).toBeLessThanOrEqual(10_000);
    expect(ledger("debug").dropped).toEqual({ shutdown: 1 });
  });

  it("may be called from inside a filter", async () => {
    const { router, end, ledger } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ name: "default", exporter, filter: () => (void handle.remove(), true) });
    const handle = router.addProcessor({ name: "other", isDefault: true, exporter: new FakeExporter() });
    end("a");
    await router.forceFlush();
    expect(ledger("default").exported).toBe(1);
    expect(ledger("other")).toMatchObject({ ended: 1, filtered: 0, dropped: { shutdown: 1 } });
  });
});
