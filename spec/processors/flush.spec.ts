import { FakeExporter, fakeTimers, rig, watch } from "./fakes.js";

beforeEach(fakeTimers);
afterEach(() => jest.useRealTimers());

const turn = (): Promise<void> => jest.advanceTimersByTimeAsync(0);

describe("forceFlush", () => {
  it("waits for a batch that is in flight", async () => {
    const { router, end } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ exporter });
    end("a");
    await jest.advanceTimersByTimeAsync(1_000);
    expect(exporter.heldCount).toBe(1);
    const flushed = watch(router.forceFlush());
    await turn();
    expect(flushed.isDone).toBe(false);
    exporter.answer();
    await turn();
    expect(flushed.isDone).toBe(true);
  });

  it("waits for everything queued at the call, over as many batches as it takes, and then flushes the exporter", async () => {
    const { router, end, ledger } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ name: "default", exporter, queue: { maxBatchSpans: 2 } });
    for (const name of ["a", "b", "c", "d", "e"]) end(name);
    const flushed = watch(router.forceFlush());
    for (const batches of [1, 2, 3]) {
      await turn();
      expect(flushed.isDone).toBe(false);
      expect(exporter.calls).toEqual(Array(batches).fill("export"));
      exporter.answer();
      await turn();
    }
    await turn();
    expect(flushed.isDone).toBe(true);
    expect(exporter.calls).toEqual(["export", "export", "export", "forceFlush"]);
    expect(ledger("default")).toMatchObject({ ended: 5, exported: 5 });
  });

  it("does not wait for spans that end later", async () => {
    const { router, end } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ exporter });
    end("a");
    const flushed = watch(router.forceFlush());
    end("later");
    exporter.answer();
    await turn();
    expect(flushed.isDone).toBe(true);
    expect(exporter.names).toEqual(["a"]);
  });

  it("waits for every processor, and for each no longer than its export's deadline", async () => {
    const { router, end, ledger } = rig();
    const [hung, fine] = [FakeExporter.held(), new FakeExporter()];
    router.addProcessor({ name: "hung", isDefault: true, exporter: hung, queue: { exportTimeoutMillis: 3_000 } });
    router.addProcessor({ name: "default", exporter: fine });
    end("a");
    const flushed = watch(router.forceFlush());
    await jest.advanceTimersByTimeAsync(2_999);
    expect(fine.calls).toEqual(["export", "forceFlush"]);
    expect(flushed.isDone).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(flushed.isDone).toBe(true);
    expect(ledger("hung").dropped).toEqual({ export_timeout: 1 });
  });

  it("flushes an exporter that two processors share once, when both are done", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ exporter });
    router.addProcessor({ exporter });
    end("a");
    const flushed = router.forceFlush();
    await turn();
    await flushed;
    expect(exporter.calls).toEqual(["export", "export", "forceFlush"]);
  });

  it("resolves at once with nothing to do, and never shuts down", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    await router.forceFlush();
    router.addProcessor({ exporter });
    await router.forceFlush();
    end("a");
    await router.forceFlush();
    await router.forceFlush();
    end("b");
    await router.forceFlush();
    expect(exporter.batches).toEqual([["a"], ["b"]]);
    expect(exporter.calls).not.toContain("shutdown");
  });

  it("answers two calls that overlap when each one's spans are settled", async () => {
    const { router, end } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ exporter });
    end("a");
    const first = watch(router.forceFlush());
    end("b");
    const second = watch(router.forceFlush());
    exporter.answer();
    await turn();
    expect([first.isDone, second.isDone]).toEqual([true, false]);
    exporter.answer();
    await turn();
    expect(second.isDone).toBe(true);
  });

  it("keeps the process alive while it waits for an exporter that hangs", async () => {
    const { router, end } = rig();
    router.addProcessor({ exporter: FakeExporter.held() });
    end("a");
    const spy = jest.spyOn(globalThis, "setTimeout");
    void router.forceFlush();
    const held = spy.mock.results.filter(({ value }) => (value as NodeJS.Timeout).hasRef());
    expect(held).not.toHaveLength(0);
  });
});
