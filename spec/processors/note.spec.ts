import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { isTracingSuppressed } from "@opentelemetry/core";

import { containedFaults } from "../../lib/internal/index.js";
import type { ProcessorLedger } from "../../lib/processors/index.js";
import { FakeExporter, fakeClock, realClock, rig, watch } from "./fakes.js";

beforeEach(fakeClock);
afterEach(realClock);

const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(5);

/** An exporter that takes notes. */
class NotingExporter extends FakeExporter {
  readonly notes: unknown[] = [];

  note(facts: Readonly<Record<string, unknown>>): void {
    this.calls.push("note");
    this.notes.push(facts);
  }
}

const describeLedgers = (ledgers: readonly ProcessorLedger[]): Record<string, unknown> => ({
  exported: ledgers.map(({ exported }) => exported),
});

describe("an exporter that takes notes", () => {
  it("is told what became of all spans, once all are settled and before its shutdown; others are closed at once", async () => {
    const { router, end } = rig({ describeLedgers });
    const [noting, held, plain] = [new NotingExporter(), FakeExporter.held(), new FakeExporter()];
    for (const exporter of [noting, held, plain]) router.addProcessor({ exporter });
    end("a");
    const closed = watch(router.shutdown());
    await settle();
    expect(plain.calls).toEqual(["export", "shutdown"]);
    expect(noting.calls).toEqual(["export"]);
    held.answer();
    await settle();
    expect(closed.isDone).toBe(true);
    expect(noting.calls).toEqual(["export", "note", "shutdown"]);
    expect(noting.notes).toEqual([{ exported: [1, 1, 1] }]);
    expect(containedFaults()).toEqual({});
  });

  it("is told once, although two processors and two of its kind are there, and shutdown is called again", async () => {
    const { router, end } = rig({ describeLedgers });
    const [shared, other] = [new NotingExporter(), new NotingExporter()];
    for (const exporter of [shared, shared, other]) router.addProcessor({ exporter });
    end("a");
    router.note();
    await Promise.all([router.shutdown(), settle()]);
    await router.shutdown();
    router.note();
    expect(shared.notes).toEqual([{ exported: [0, 0, 0] }]);
    expect(other.notes).toHaveLength(1);
  });

  it("is told nothing where nothing is described", async () => {
    const { router } = rig();
    const exporter = new NotingExporter();
    router.addProcessor({ exporter });
    await Promise.all([router.shutdown(), settle()]);
    expect(exporter.calls).toEqual(["shutdown"]);
  });

  it("is told in time although another one hangs", async () => {
    const { router, end, ledger } = rig({ describeLedgers });
    const noting = new NotingExporter();
    router.addProcessor({ exporter: noting });
    router.addProcessor({ name: "default", exporter: FakeExporter.held() });
    end("a");
    const closed = watch(router.shutdown());
    await jest.advanceTimersByTimeAsync(9_500);
    expect(closed.isDone).toBe(true);
    expect(noting.calls).toEqual(["export", "note", "shutdown"]);
    expect(ledger("default").dropped).toEqual({ shutdown: 1 });
  });

  it("is told with tracing suppressed", async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    try {
      const { router } = rig({ describeLedgers });
      let isSuppressed = false;
      const note = (): void => void (isSuppressed = isTracingSuppressed(context.active()));
      router.addProcessor({ exporter: Object.assign(new FakeExporter(), { note }) });
      router.note();
      expect(isSuppressed).toBe(true);
    } finally {
      context.disable();
    }
  });

  it("that throws, or a description that throws, is contained: all exporters are told and closed", async () => {
    const boom = (): never => {
      throw new Error("boom");
    };
    const { router } = rig({ describeLedgers });
    const [broken, fine] = [Object.assign(new NotingExporter(), { note: boom }), new NotingExporter()];
    for (const exporter of [broken, fine]) router.addProcessor({ exporter });
    await Promise.all([router.shutdown(), settle()]);
    expect(fine.calls).toEqual(["note", "shutdown"]);
    expect(broken.calls).toEqual(["shutdown"]);
    expect(containedFaults()).toEqual({ SPANDREL_EXPORTER_NOTE: 1 });

    const other = rig({ describeLedgers: boom });
    const exporter = new NotingExporter();
    other.router.addProcessor({ exporter });
    await Promise.all([other.router.shutdown(), settle()]);
    expect(exporter.calls).toEqual(["shutdown"]);
    expect(containedFaults()).toEqual({ SPANDREL_LEDGER_NOTE: 1 });
  });
});
