import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { runSample, type SampleRun } from "./run-sample";
import { drawTrees, mergeSpans, outputOf, readTraceFile, theSpan, type FileSpan } from "./trace-file";

describe("samples/routing", () => {
  let sample: SampleRun;

  beforeAll(async () => {
    sample = await runSample("routing");
  }, 40_000);
  afterAll(() => sample?.removeOut());

  const spansIn = (file: string): FileSpan[] => {
    const path = join(sample.out, `${file}.jsonl`);
    return existsSync(path) ? readTraceFile(path) : [];
  };
  const namesIn = (file: string) => spansIn(file).map(({ name }) => name);

  it("writes five files and says nothing on stderr", () => {
    expect(readdirSync(sample.out).sort()).toEqual(
      ["debug", "default", "errors", "slow", "staging"].map((name) => `${name}.jsonl`),
    );
    expect(sample.stderr).toBe("");
  });

  it("prints which file got which span, in the order they ended", () => {
    expect(sample.stdout).toBe(
      [
        "default  load_rows add summarise send_mail nightly_report",
        "debug    read_statistics explain_plan summarise check_totals",
        "slow     render_300",
        "staging  publish_staging",
        "errors   check_totals send_mail",
        "",
        `The files are in ${sample.out}`,
        "",
      ].join("\n"),
    );
  });

  it("sends untagged spans, and those tagged with its name, to the default processor", () => {
    expect(namesIn("default")).toEqual(["load_rows", "add", "summarise", "send_mail", "nightly_report"]);
  });

  it("sends a tagged span and its untagged child to the processor named, and nowhere else", () => {
    expect(namesIn("debug")).toEqual(["read_statistics", "explain_plan", "summarise", "check_totals"]);
    const debugOnly = new Set(["read_statistics", "explain_plan", "check_totals"]);
    expect([...namesIn("default"), ...namesIn("slow"), ...namesIn("staging")].filter((n) => debugOnly.has(n))).toEqual(
      [],
    );
  });

  it("holds both the name and the filter of a processor against a span", () => {
    expect(namesIn("slow")).toEqual(["render_300"]);
    expect(namesIn("staging")).toEqual(["publish_staging"]);
  });

  it("shows every span, tagged or not, to a filter without a name", () => {
    expect(namesIn("errors")).toEqual(["check_totals", "send_mail"]);
    expect(spansIn("errors").map(({ status }) => status)).toEqual([
      { code: 2, message: "3 rows, 4 expected" },
      { code: 2, message: "no mail server" },
    ]);
  });

  it("writes the tag on the span, the inherited one on the child", () => {
    const spans = mergeSpans(...["default", "debug", "slow", "staging", "errors"].map(spansIn));
    const tags = Object.fromEntries(spans.map(({ name, attributes }) => [name, attributes["respan.processors"]]));
    expect(tags).toStrictEqual({
      nightly_report: undefined,
      load_rows: undefined,
      explain_plan: ["debug"],
      read_statistics: ["debug"],
      summarise: ["default", "debug"],
      add: ["default"],
      render_300: ["slow"],
      publish_staging: ["staging"],
      check_totals: ["debug"],
      send_mail: undefined,
    });
  });

  it("keeps the parents across files: together they are one tree, less the two spans that no filter let pass", () => {
    const spans = mergeSpans(...["default", "debug", "slow", "staging", "errors"].map(spansIn));
    expect(drawTrees(spans)).toEqual([
      "workflow nightly_report",
      "  task load_rows",
      "  task explain_plan",
      "    task read_statistics",
      "  task summarise",
      "    task add",
      "  task render_300",
      "  task publish_staging",
      "  task check_totals !",
      "  task send_mail !",
    ]);
    expect(outputOf(theSpan(spans, "explain_plan"))).toBe("scan of 3 rows");
    expect(theSpan(spans, "publish_staging").attributes["env"]).toBe("staging");
  });
});
