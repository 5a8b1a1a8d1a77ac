import { InvalidOptionError } from "../../lib/errors.js";
import type { ProcessorOptions } from "../../lib/processors/index.js";
import { FakeExporter, rig } from "./fakes.js";

const exporter = new FakeExporter();

describe("addProcessor", () => {
  it.each<[string, unknown, string]>([
    ["no options", undefined, "addProcessor's options"],
    ["an empty name", { name: "", exporter }, "name"],
    ["a name that is no string", { name: 7, exporter }, "name"],
    ["a name with a comma, which comma-joined tags could not mean", { name: "a,b", exporter }, "name"],
    ["a name with space around it", { name: " a", exporter }, "name"],
    ["no exporter", { name: "a" }, "exporter"],
    ["an exporter that is null", { exporter: null }, "exporter"],
    ["an exporter that cannot export", { exporter: { shutdown: exporter.shutdown } }, "exporter"],
    ["an exporter that cannot be shut down", { exporter: { export: exporter.export } }, "exporter"],
    ["a filter that is no function", { exporter, filter: true }, "filter"],
    ["a flag that is no boolean", { exporter, isDefault: "yes" }, "isDefault"],
    ["a batching flag that is no boolean", { exporter, isBatchingEnabled: 0 }, "isBatchingEnabled"],
    ["an option that there is not", { exporter, durabel: true }, "processor option durabel"],
    ["a bound that there is not", { exporter, queue: { maxSpan: 5 } }, "queue.maxSpan"],
    ["a queue that is no object", { exporter, queue: 5 }, "queue"],
    ["a queue of null", { exporter, queue: null }, "queue"],
    ["no room", { exporter, queue: { maxSpans: 0 } }, "queue.maxSpans"],
    ["a negative number", { exporter, queue: { maxBytes: -1 } }, "queue.maxBytes"],
    ["a fraction", { exporter, queue: { maxBatchSpans: 1.5 } }, "queue.maxBatchSpans"],
    ["a number as text", { exporter, queue: { maxBatchBytes: "5" } }, "queue.maxBatchBytes"],
    ["NaN", { exporter, queue: { scheduledDelayMillis: NaN } }, "queue.scheduledDelayMillis"],
    [
      "a timer Node would fire at once",
      { exporter, queue: { exportTimeoutMillis: 2 ** 31 } },
      "queue.exportTimeoutMillis",
    ],
  ])("refuses %s and registers nothing", (_what, options, option) => {
    const { router } = rig();
    const add = (): unknown => router.addProcessor(options as ProcessorOptions);
    expect(add).toThrow(InvalidOptionError);
    expect(add).toThrow(`expected ${option} to be `);
    expect(router.status()).toEqual({ processors: [] });
  });

  it("refuses a name that is taken", () => {
    const { router } = rig();
    router.addProcessor({ name: "debug", exporter });
    expect(() => router.addProcessor({ name: "debug", exporter })).toThrow(/expected name to be a name that no other/);
  });

  it("makes up names for the ledgers of unnamed processors and never one that is taken", () => {
    const { router } = rig();
    router.addProcessor({ name: "processor-1", exporter });
    const handles = [router.addProcessor({ exporter }), router.addProcessor({ exporter })];
    expect(handles.map((handle) => handle.name)).toEqual(["processor-2", "processor-3"]);
    expect(router.status().processors.map((ledger) => ledger.name)).toEqual([
      "processor-1",
      "processor-2",
      "processor-3",
    ]);
  });

  it("refuses to add to a router that is shut down, and says how to mend it", async () => {
    const { router } = rig();
    await router.shutdown();
    expect(() => router.addProcessor({ exporter })).toThrow(/^SPANDREL_SHUT_DOWN: .*start telemetry again/);
  });
});
