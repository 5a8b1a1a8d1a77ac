import { join, resolve } from "node:path";

import { InvalidOptionError } from "../../lib/errors.js";
import { spoolOptions } from "../../lib/processors/durable-options.js";
import type { ProcessorOptions } from "../../lib/processors/index.js";
import { FakeExporter, rig } from "./fakes.js";

describe("durable", () => {
  it.each([undefined, false])("is off for %s", (durable) => {
    expect(spoolOptions(durable, "default")).toBeUndefined();
  });

  it.each([true, {}, { dir: undefined, maxBytes: undefined, fsync: undefined }])("fills in defaults: %j", (durable) => {
    expect(spoolOptions(durable, "default")).toEqual({
      dir: resolve(".spandrel/spool/default"),
      maxBytes: 1_073_741_824,
      fsync: false,
    });
  });

  it("takes every option", () => {
    const durable = { dir: "a/b", maxBytes: 1, fsync: { everyMillis: 2 ** 31 - 1 } };
    expect(spoolOptions(durable, "x")).toEqual({ ...durable, dir: resolve("a/b") });
  });

  it.each([
    [true, { everyMillis: 100 }],
    [false, false],
    [{ everyMillis: 1 }, { everyMillis: 1 }],
  ])("reads fsync %j as %j", (fsync, expected) => {
    expect(spoolOptions({ fsync }, "x")?.fsync).toEqual(expected);
  });

  it.each([
    ["debug", "debug"],
    ["a/b", "a%2Fb"],
    ["..", "%2E."],
    [".hidden", "%2Ehidden"],
    ["a*", "a%2A"],
    ["a\0", "a%00"],
    ["C:\\x", "C%3A%5Cx"],
    ["größe", "gr%C3%B6%C3%9Fe"],
    ["half \ud83d", "half%20%EF%BF%BD"],
  ])("makes a folder of the name %j that stays below the spool: %s", (name, folder) => {
    expect(spoolOptions(true, name)?.dir).toBe(join(resolve(".spandrel/spool"), folder));
  });

  it.each<[unknown, string]>([
    ["yes", "durable"],
    [1, "durable"],
    [null, "durable"],
    [{ dir: "" }, "durable.dir"],
    [{ dir: 5 }, "durable.dir"],
    [{ dir: null }, "durable.dir"],
    [{ dir: "a\0b" }, "durable.dir"],
    [{ maxBytes: 0 }, "durable.maxBytes"],
    [{ maxBytes: -1 }, "durable.maxBytes"],
    [{ maxBytes: 1.5 }, "durable.maxBytes"],
    [{ maxBytes: Infinity }, "durable.maxBytes"],
    [{ maxBytes: "1" }, "durable.maxBytes"],
    [{ fsync: 100 }, "durable.fsync"],
    [{ fsync: null }, "durable.fsync"],
    [{ fsync: {} }, "durable.fsync"],
    [{ fsync: { everyMillis: 0 } }, "durable.fsync"],
    [{ fsync: { everyMillis: 2 ** 31 } }, "durable.fsync"],
    [{ fsync: { everyMillis: "1" } }, "durable.fsync"],
    [{ folder: "x" }, "durable.folder"],
  ])("refuses %j, and registers nothing", (durable, option) => {
    const { router } = rig();
    const options = { name: "x", exporter: new FakeExporter(), durable } as ProcessorOptions;
    const add = (): unknown => router.addProcessor(options);
    expect(add).toThrow(InvalidOptionError);
    expect(add).toThrow(`expected ${option} to be `);
    expect(router.status()).toEqual({ processors: [] });
  });
});
