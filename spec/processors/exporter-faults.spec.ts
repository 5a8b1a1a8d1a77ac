import { ROOT_CONTEXT, context, createContextKey } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { isTracingSuppressed } from "@opentelemetry/core";

import { FakeExporter, fakeTimers, imbalance, rig, succeed } from "./fakes.js";
import type { Behaviour } from "./fakes.js";

const TIMEOUT = 5_000;

beforeEach(fakeTimers);
afterEach(() => jest.useRealTimers());

const unhandled: unknown[] = [];
const onUnhandled = (error: unknown): void => void unhandled.push(error);
beforeAll(() => void process.on("unhandledRejection", onUnhandled));
afterAll(() => void process.off("unhandledRejection", onUnhandled));

const boom = new Error("boom");

describe.each([
  ["batching", true],
  ["at span end", false],
])("an exporter, %s,", (_how, isBatchingEnabled) => {
  it.each<[string, Behaviour, Record<string, unknown>]>([
    ["succeeds", succeed, { exported: 1, dropped: {} }],
    [
      "throws",
      () => {
        throw boom;
      },
      { dropped: { export_failed: 1 } },
    ],
    [
      "throws undefined",
      () => {
        throw undefined;
      },
      { dropped: { export_failed: 1 } },
    ],
    ["returns a promise that rejects", () => Promise.reject(boom), { dropped: { export_failed: 1 } }],
    ["answers FAILED", (answer) => answer({ code: 1, error: boom }), { dropped: { export_failed: 1 } }],
    ["answers FAILED without an error", (answer) => answer({ code: 1 }), { dropped: { export_failed: 1 } }],
    ["answers undefined", (answer) => answer(undefined as never), { dropped: { export_failed: 1 } }],
    ["answers null", (answer) => answer(null as never), { dropped: { export_failed: 1 } }],
    ["never answers", () => undefined, { dropped: { export_timeout: 1 } }],
    ["resolves and never answers", () => Promise.resolve(), { dropped: { export_timeout: 1 } }],
    [
      "answers twice",
      (answer) => {
        answer({ code: 0 });
        answer({ code: 1 });
      },
      { exported: 1, dropped: {} },
    ],
    [
      "answers, then throws",
      (answer) => {
        answer({ code: 0 });
        throw boom;
      },
      { exported: 1, dropped: {} },
    ],
    [
      "answers, then rejects",
      (answer) => {
        answer({ code: 0 });
        return Promise.reject(boom);
      },
      { exported: 1, dropped: {} },
    ],
    [
      "answers after its deadline",
      (answer) => void setTimeout(() => answer({ code: 0 }), TIMEOUT + 1_000),
      { dropped: { export_timeout: 1 } },
    ],
    [
      "empties the array it was given",
      (answer, spans) => {
        spans.length = 0;
        answer({ code: 0 });
      },
      { exported: 1, dropped: {} },
    ],
  ])("that %s leaves the caller, other processors and the next batch alone", async (_what, behave, expected) => {
    const { router, end, ledger, said } = rig();
    const faulty = new FakeExporter((answer, spans, call) => (call === 0 ? behave : succeed)(answer, spans, call));
    const fine = new FakeExporter();
    const queue = { exportTimeoutMillis: TIMEOUT };
    router.addProcessor({ name: "faulty", isDefault: true, exporter: faulty, isBatchingEnabled, queue });
    router.addProcessor({ name: "default", exporter: fine, isBatchingEnabled, queue });

    expect(() => end("first")).not.toThrow();
    const flushed = router.forceFlush();
    await jest.advanceTimersByTimeAsync(TIMEOUT);
    await flushed;
    expect(ledger("faulty")).toMatchObject({ ended: 1, queued: 0, inFlight: 0, exported: 0, ...expected });
    expect(ledger("default")).toMatchObject({ ended: 1, exported: 1, dropped: {} });

    const { exported } = ledger("faulty");
    end("second");
    const again = router.forceFlush();
    await jest.advanceTimersByTimeAsync(2_000);
    await again;
    expect(faulty.batches).toEqual([["first"], ["second"]]);
    expect(ledger("faulty")).toMatchObject({ ...expected, exported: exported + 1 });
    expect(imbalance(ledger("faulty"))).toBe(0);

    const closed = router.shutdown();
    await jest.advanceTimersByTimeAsync(TIMEOUT);
    await closed;
    expect(faulty.calls).toEqual(["export", "forceFlush", "export", "forceFlush", "shutdown"]);
    const faults = Object.keys(expected["dropped"] as object);
    expect(said).toHaveLength(faults.length);
    for (const line of said)
      expect(line).toMatch(/SPANDREL_EXPORT_(FAILED|TIMEOUT): the exporter of processor "faulty"/);
    expect(unhandled).toEqual([]);
  });
});

describe("an exporter", () => {
  it("that refuses some spans of a batch has them counted as rejected", async () => {
    const { router, end, ledger } = rig();
    const refused = [2, 99, -1];
    const exporter = new FakeExporter((answer, _spans, call) => answer({ code: 0, rejected: refused[call] ?? 0 }));
    router.addProcessor({ name: "default", exporter });
    for (let batch = 0; batch < 3; batch++) {
      for (let i = 0; i < 5; i++) end("span");
      await router.forceFlush();
    }
    expect(ledger("default")).toMatchObject({ ended: 15, exported: 3 + 0 + 5, rejected: 2 + 5, dropped: {} });
    expect(imbalance(ledger("default"))).toBe(0);
  });

  it("that keeps failing is said once and counted always", async () => {
    const { router, end, ledger, said } = rig();
    router.addProcessor({ name: "default", exporter: new FakeExporter((answer) => answer({ code: 1, error: boom })) });
    for (const name of ["a", "b", "c"]) {
      end(name);
      await router.forceFlush();
    }
    expect(ledger("default").dropped).toEqual({ export_failed: 3 });
    expect(said).toEqual([expect.stringMatching(/SPANDREL_EXPORT_FAILED.*"default".*boom/)]);
  });

  it("whose flush rejects, throws or hangs does not make ours reject or hang", async () => {
    const { router, end } = rig();
    const faults = [
      () => Promise.reject(boom),
      () => {
        throw boom;
      },
      () => new Promise<void>(() => undefined),
    ];
    for (const forceFlush of faults)
      router.addProcessor({ exporter: Object.assign(new FakeExporter(), { forceFlush }) });
    end("a");
    const flushed = router.forceFlush();
    await jest.advanceTimersByTimeAsync(10_000);
    await expect(flushed).resolves.toBeUndefined();
    expect(router.status().processors.map((ledger) => ledger.exported)).toEqual([1, 1, 1]);
  });

  it("without forceFlush is flushed all the same", async () => {
    const { router, end } = rig();
    const exporter = Object.assign(new FakeExporter(), { forceFlush: undefined as never });
    router.addProcessor({ exporter });
    end("a");
    await router.forceFlush();
    expect(exporter.names).toEqual(["a"]);
  });

  it("runs with tracing suppressed and sees nothing of the request that filled the batch", async () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
    try {
      const key = createContextKey("request");
      const { router, end } = rig();
      const seen: [string, boolean, unknown][] = [];
      const look = (what: string): void =>
        void seen.push([what, isTracingSuppressed(context.active()), context.active().getValue(key)]);
      const exporter = new FakeExporter((answer) => {
        look("export");
        answer({ code: 0 });
      });
      exporter.shutdown = async () => look("shutdown");
      router.addProcessor({ exporter, isBatchingEnabled: false });
      await context.with(ROOT_CONTEXT.setValue(key, "mine"), async () => {
        end("a");
        await router.shutdown();
      });
      expect(seen).toEqual([
        ["export", true, undefined],
        ["shutdown", true, undefined],
      ]);
    } finally {
      context.disable();
    }
  });

  it("gets spans when their resource's attributes have been detected, and not before", async () => {
    const { router, end, ledger } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ name: "default", exporter });
    let detected = (): void => undefined;
    const { router: other, end: endOther } = rig();
    other.onEnd = (span) =>
      router.onEnd(
        Object.assign(Object.create(span) as typeof span, {
          resource: {
            attributes: {},
            asyncAttributesPending: true,
            waitForAsyncAttributes: () => new Promise<void>((resolve) => (detected = resolve)),
          },
        }),
      );
    endOther("waits");
    const flushed = router.forceFlush();
    await jest.advanceTimersByTimeAsync(100);
    expect(exporter.names).toEqual([]);
    expect(ledger("default").inFlight).toBe(1);
    detected();
    await flushed;
    expect(exporter.names).toEqual(["waits"]);

    endOther("waits in vain");
    const timedOut = router.forceFlush();
    await jest.advanceTimersByTimeAsync(10_000);
    await timedOut;
    detected();
    await jest.advanceTimersByTimeAsync(100);
    expect(exporter.names).toEqual(["waits"]);
    expect(ledger("default").dropped).toEqual({ export_timeout: 1 });

    end("does not");
    await router.forceFlush();
    expect(exporter.names).toEqual(["waits", "does not"]);
  });
});
