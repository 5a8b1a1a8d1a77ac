import { NodeTracerProvider, SamplingDecision } from "@opentelemetry/sdk-trace-node";

import type { SpanExporter } from "../../lib/otlp/index.js";
import type { ProcessorOptions } from "../../lib/processors/index.js";
import { FakeExporter, rig } from "./fakes.js";
import type { SpanSketch } from "./fakes.js";

type Without = Omit<ProcessorOptions, "exporter">;

/** Which of the processors the spans reach, by the key they are given here. */
async function reached(
  processors: Record<string, Without>,
  ...sketches: SpanSketch[]
): Promise<{ to: string[][]; said: string[] }> {
  const { router, end, said } = rig();
  const exporters = new Map<string, FakeExporter>();
  for (const [key, options] of Object.entries(processors)) {
    const exporter = new FakeExporter();
    exporters.set(key, exporter);
    router.addProcessor({ ...options, exporter });
  }
  sketches.forEach((sketch, index) => end(String(index), sketch));
  await router.forceFlush();
  const to = sketches.map((_, index) =>
    [...exporters].filter(([, exporter]) => exporter.names.includes(String(index))).map(([key]) => key),
  );
  return { to, said };
}

const named = (...names: string[]): Record<string, Without> =>
  Object.fromEntries(names.map((name) => [name, { name }]));
const isBig = (span: { attributes: Readonly<Record<string, unknown>> }): boolean => span.attributes["big"] === true;

describe("an untagged span", () => {
  it("goes to the default processor and to no other named one", async () => {
    const { to } = await reached(named("default", "debug"), {});
    expect(to).toEqual([["default"]]);
  });

  it("goes to every unnamed processor", async () => {
    const { to } = await reached({ ...named("default", "debug"), first: {}, second: {} }, {});
    expect(to).toEqual([["default", "first", "second"]]);
  });

  it("goes to a named processor with isDefault", async () => {
    const { to } = await reached({ audit: { name: "audit", isDefault: true }, ...named("debug") }, {});
    expect(to).toEqual([["audit"]]);
  });

  it("does not go to a processor named default whose isDefault is false", async () => {
    const { to } = await reached({ default: { name: "default", isDefault: false }, other: {} }, {});
    expect(to).toEqual([["other"]]);
  });

  it("goes to a default processor only where its filter holds", async () => {
    const { to } = await reached({ default: { name: "default", filter: isBig } }, {}, { attributes: { big: true } });
    expect(to).toEqual([[], ["default"]]);
  });

  it("is one whose tag is empty", async () => {
    const { to, said } = await reached(named("default", "debug"), { tag: [] }, { tag: "" }, { tag: " , " });
    expect(to).toEqual([["default"], ["default"], ["default"]]);
    expect(said).toEqual([]);
  });
});

describe("a tagged span", () => {
  it("goes to the processor its tag names and nowhere else, not even to unnamed or isDefault ones", async () => {
    const { to } = await reached(
      {
        ...named("default", "debug", "other"),
        unnamed: {},
        also: { isDefault: true },
        audit: { name: "audit", isDefault: true },
      },
      { tag: ["debug"] },
    );
    expect(to).toEqual([["debug"]]);
  });

  it("goes to all the processors its tag names", async () => {
    const { to } = await reached(named("default", "debug", "other"), { tag: ["default", "debug"] });
    expect(to).toEqual([["default", "debug"]]);
  });

  it("arrives once where its tag names a processor twice", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ name: "debug", exporter });
    end("once", { tag: ["debug", "debug"] });
    await router.forceFlush();
    expect(exporter.names).toEqual(["once"]);
  });

  it("may be tagged by a plain or a comma-joined string, as other SDKs do", async () => {
    const { to, said } = await reached(named("default", "debug", "other"), { tag: "debug" }, { tag: "debug, other" });
    expect(to).toEqual([["debug"], ["debug", "other"]]);
    expect(said).toEqual([]);
  });

  it("goes to a named processor only where its filter holds too", async () => {
    const { to } = await reached(
      { debug: { name: "debug", filter: isBig } },
      { tag: ["debug"] },
      { tag: ["debug"], attributes: { big: true } },
      { attributes: { big: true } },
    );
    expect(to).toEqual([[], ["debug"], []]);
  });

  it("is seen by an unnamed processor with a filter, like every span", async () => {
    const { to } = await reached(
      { ...named("default", "debug"), big: { filter: isBig } },
      { tag: ["debug"], attributes: { big: true } },
      { tag: ["debug"] },
      { attributes: { big: true } },
    );
    expect(to).toEqual([["debug", "big"], ["debug"], ["default", "big"]]);
  });

  it("cannot name a processor by the name the ledger made up for it", async () => {
    const { to, said } = await reached({ unnamed: {}, ...named("default") }, { tag: ["processor-1"] });
    expect(to).toEqual([["default"]]);
    expect(said).toHaveLength(1);
  });
});

describe("a tag that names no registered processor", () => {
  it("sends the span to those of its processors that exist", async () => {
    const { to } = await reached(named("default", "debug"), { tag: ["debgu", "debug"] });
    expect(to).toEqual([["debug"]]);
  });

  it("sends the span to the default processors when none of its processors exists", async () => {
    const { to } = await reached(
      { ...named("default", "debug"), audit: { name: "audit", isDefault: true }, unnamed: {}, big: { filter: isBig } },
      { tag: ["debgu"] },
      { tag: ["debgu"], attributes: { big: true } },
    );
    expect(to).toEqual([
      ["default", "audit"],
      ["default", "audit", "big"],
    ]);
  });

  it("sends the span where untagged ones go when there is no default either", async () => {
    const { to } = await reached({ ...named("debug"), unnamed: {} }, { tag: ["debgu"] });
    expect(to).toEqual([["unnamed"]]);
  });

  it("is said once per name, with the registered names and the mend", async () => {
    const { said } = await reached(
      named("default", "debug"),
      { tag: ["debgu"] },
      { tag: ["debgu"] },
      { tag: ["debug", "debgu"] },
      { tag: ["audit"] },
    );
    expect(said).toEqual([
      expect.stringMatching(
        /SPANDREL_UNKNOWN_PROCESSOR.*"debgu"; registered: default, debug\. Add it with addProcessor/,
      ),
      expect.stringMatching(/SPANDREL_UNKNOWN_PROCESSOR.*"audit"; registered: default, debug\./),
    ]);
  });

  it("means the processor as soon as it is registered", async () => {
    const { router, end } = rig();
    const [fallback, late] = [new FakeExporter(), new FakeExporter()];
    router.addProcessor({ name: "default", exporter: fallback });
    end("before", { tag: ["late"] });
    router.addProcessor({ name: "late", exporter: late });
    end("after", { tag: ["late"] });
    await router.forceFlush();
    expect([fallback.names, late.names]).toEqual([["before"], ["after"]]);
  });
});

describe("routes", () => {
  it("stay right for thousands of different tags", async () => {
    const { router, end } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ name: "debug", exporter });
    for (let index = 0; index < 2500; index++) end(String(index), { tag: ["debug", `user-${index}`] });
    end("last", { tag: ["debug"] });
    await router.forceFlush();
    expect(exporter.names).toHaveLength(2501);
  });

  it("leave a span that is not sampled alone", async () => {
    const { router, ledger } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ name: "default", exporter });
    const sampler = { shouldSample: () => ({ decision: SamplingDecision.RECORD }), toString: () => "record only" };
    const provider = new NodeTracerProvider({ sampler, spanProcessors: [router] });
    provider.getTracer("spec").startSpan("unsampled").end();
    await router.forceFlush();
    expect(exporter.names).toEqual([]);
    expect(ledger("default").ended).toBe(0);
  });
});

describe("a filter that throws", () => {
  const boom = (): boolean => {
    throw new Error("boom");
  };

  it("drops the span for its processor only, counted and said once", async () => {
    const { router, end, ledger, said } = rig();
    const [broken, fine]: SpanExporter[] & FakeExporter[] = [new FakeExporter(), new FakeExporter()];
    router.addProcessor({ name: "broken", exporter: broken as FakeExporter, filter: boom, isDefault: true });
    router.addProcessor({ name: "default", exporter: fine as FakeExporter });
    end("a");
    end("b");
    await router.forceFlush();
    expect(broken?.names).toEqual([]);
    expect(fine?.names).toEqual(["a", "b"]);
    expect(ledger("broken")).toMatchObject({ ended: 2, filtered: 0, exported: 0, dropped: { filter_error: 2 } });
    expect(ledger("default")).toMatchObject({ ended: 2, exported: 2, dropped: {} });
    expect(said).toEqual([expect.stringMatching(/SPANDREL_FILTER_ERROR.*"broken".*boom/)]);
  });

  it("is what an async filter is taken for, rejecting or not", async () => {
    const { router, end, ledger } = rig();
    const exporter = new FakeExporter();
    const answers = [Promise.reject(new Error("boom")), Promise.resolve(true)];
    router.addProcessor({ name: "default", exporter, filter: () => answers.pop() as never });
    end("a");
    end("b");
    await router.forceFlush();
    expect(exporter.names).toEqual([]);
    expect(ledger("default").dropped).toEqual({ filter_error: 2 });
  });
});
