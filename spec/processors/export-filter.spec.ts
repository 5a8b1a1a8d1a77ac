import { SpanStatusCode } from "@opentelemetry/api";

import { InvalidOptionError } from "../../lib/errors.js";
import { compileExportFilter } from "../../lib/processors/index.js";
import type { ExportFilter, ExportFilterOperator } from "../../lib/internal/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import { FakeExporter, rig } from "./fakes.js";

function spanOf(actual: unknown): ReadableSpan {
  return { name: "n", status: { code: 0 }, attributes: actual === undefined ? {} : { field: actual } } as never;
}

function holds(operator: ExportFilterOperator, value: unknown, actual: unknown): boolean {
  return compileExportFilter({ field: { operator, value } })(spanOf(actual));
}

describe("compileExportFilter", () => {
  it.each<[ExportFilterOperator, unknown, unknown[], unknown[]]>([
    ["equal", "a", ["a"], ["A", "ab", 1, ["a"], undefined]],
    ["equal", 1, [1], ["1", 2, true, undefined]],
    ["equal", ["a", "b"], [["a", "b"]], [["a"], ["b", "a"], "a,b", undefined]],
    ["not", "a", ["b", 1, undefined], ["a"]],
    ["gt", 10, [11, "11", 10.5], [10, 9, "9", "x", true, undefined]],
    ["gte", 10, [10, 11, "10"], [9, "", undefined]],
    ["lt", 10, [9, -1, "9"], [10, 11, undefined]],
    ["lte", 10, [9, 10], [10.01, undefined]],
    ["gt", "b", ["c", "ba"], ["b", "a", 3, undefined]],
    ["lte", "b", ["a", "b"], ["c", undefined]],
    ["contains", "ell", ["hello"], ["HELLO", "hull", 1, undefined]],
    ["contains", "a", [["a", "b"]], [["ab"], []]],
    ["contains", 2, [[1, 2]], [[1], "2"]],
    ["icontains", "ELL", ["hello", "hELLo"], ["hull", 1, undefined]],
    ["icontains", "A", [["a"], ["b", "A"]], [["ab"], [1]]],
    ["startswith", "he", ["hello", "he"], ["ahe", "HE", 1, undefined]],
    ["endswith", "lo", ["hello"], ["loh", undefined]],
    ["in", ["a", 1], ["a", 1, ["b", "a"]], ["b", "1", [], undefined]],
    ["not_in", ["a", 1], ["b", undefined, ["b"]], ["a", 1, ["b", "a"]]],
    ["isnull", true, [undefined], ["", 0, false]],
    ["isnull", undefined, [undefined], ["", 0]],
    ["isnull", false, ["", 0], [undefined]],
    ["regex", "^a+$", ["a", "aaa"], ["ab", 1, undefined]],
    ["has_key", "k", ['{"k":null}'], ['{"j":1}', '["k"]', "k", "{", '{"a":{"k":1}}', 1, undefined]],
    ["has_key", "toString", [], ["{}", '"text"']],
    ["empty", undefined, [undefined, "", []], ["a", 0, false, ["a"]]],
    ["not_empty", undefined, ["a", 0, false, [""]], [undefined, "", []]],
  ])("%s %j", (operator, value, matching, others) => {
    expect(matching.filter((actual) => !holds(operator, value, actual))).toEqual([]);
    expect(others.filter((actual) => holds(operator, value, actual))).toEqual([]);
  });

  it.each([
    [SpanStatusCode.UNSET, "UNSET"],
    [SpanStatusCode.OK, "OK"],
    [SpanStatusCode.ERROR, "ERROR"],
  ])("reads status code %i as status_code %s", (code, text) => {
    const matches = (value: string): boolean =>
      compileExportFilter({ status_code: { operator: "equal", value } })({ ...spanOf(1), status: { code } });
    expect(["UNSET", "OK", "ERROR"].filter(matches)).toEqual([text]);
  });

  it("reads the span's name as name", () => {
    expect(compileExportFilter({ name: { operator: "equal", value: "n" } })(spanOf(1))).toBe(true);
    expect(compileExportFilter({ name: { operator: "equal", value: "m" } })(spanOf(1))).toBe(false);
  });

  it("holds where every field holds, and always without fields", () => {
    const both: ExportFilter = { field: { operator: "gt", value: 1 }, name: { operator: "equal", value: "n" } };
    expect(compileExportFilter(both)(spanOf(2))).toBe(true);
    expect(compileExportFilter(both)(spanOf(1))).toBe(false);
    expect(compileExportFilter({ ...both, name: { operator: "equal", value: "m" } })(spanOf(2))).toBe(false);
    expect(compileExportFilter({})(spanOf(1))).toBe(true);
  });

  it("takes what an object inherits for absent", () => {
    expect(compileExportFilter({ toString: { operator: "isnull" } } as never)(spanOf(1))).toBe(true);
  });

  it.each<[unknown, string]>([
    [null, "exportFilter"],
    [[], "exportFilter"],
    ["text", "exportFilter"],
    [{ a: "text" }, "exportFilter.a"],
    [{ a: {} }, "exportFilter.a.operator"],
    [{ a: { operator: "==" } }, "exportFilter.a.operator"],
    [{ a: { operator: "toString" } }, "exportFilter.a.operator"],
    [{ a: { operator: "in", value: "a" } }, "exportFilter.a.value"],
    [{ a: { operator: "startswith", value: 1 } }, "exportFilter.a.value"],
    [{ a: { operator: "regex", value: "(" } }, "exportFilter.a.value"],
  ])("refuses %j", (filter, option) => {
    expect(() => compileExportFilter(filter as ExportFilter)).toThrow(InvalidOptionError);
    expect(() => compileExportFilter(filter as ExportFilter)).toThrow(`expected ${option} to be `);
  });
});

describe("a span with an export filter", () => {
  const onlyErrors: ExportFilter = { status_code: { operator: "equal", value: "ERROR" } };

  it("is exported where the filter holds, and counts as filtered in every processor where it does not", async () => {
    const { router, end, ledger, said } = rig();
    const [first, second] = [new FakeExporter(), new FakeExporter()];
    router.addProcessor({ name: "default", exporter: first });
    router.addProcessor({ name: "other", isDefault: true, exporter: second });
    end("fine", { exportFilter: onlyErrors, status: "ok" });
    end("failed", { exportFilter: onlyErrors, status: "error" });
    end("free");
    await router.forceFlush();
    expect([first.names, second.names]).toEqual([
      ["failed", "free"],
      ["failed", "free"],
    ]);
    for (const name of ["default", "other"]) expect(ledger(name)).toMatchObject({ ended: 3, filtered: 1, exported: 2 });
    expect(said).toEqual([]);
  });

  it.each([["{"], ["null"], ['{"name":{"operator":"like"}}'], ['{"name":{"operator":"regex","value":"("}}'], [""]])(
    "that is malformed, %j, is exported, which is said once",
    async (exportFilter) => {
      const { router, end, said } = rig();
      const exporter = new FakeExporter();
      router.addProcessor({ exporter });
      end("a", { exportFilter });
      end("b", { exportFilter });
      await router.forceFlush();
      expect(exporter.names).toEqual(["a", "b"]);
      expect(said).toEqual([expect.stringMatching(/SPANDREL_EXPORT_FILTER/)]);
    },
  );

  it("whose filter cannot be evaluated on it is exported", async () => {
    const { router } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ exporter });
    const attributes = { "respan.export_filter": JSON.stringify(onlyErrors) };
    const withoutStatus = { name: "bare", spanContext: () => ({ traceFlags: 1 }), attributes, resource: {} };
    router.onEnd(withoutStatus as never);
    await router.forceFlush();
    expect(exporter.names).toEqual(["bare"]);
  });

  it("stays right for thousands of different filters", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ exporter });
    for (let index = 0; index < 2500; index++) {
      end(String(index), {
        exportFilter: { name: { operator: "equal", value: String(index % 2 === 0 ? index : -1) } },
      });
    }
    await router.forceFlush();
    expect(exporter.names).toHaveLength(1250);
  });
});
