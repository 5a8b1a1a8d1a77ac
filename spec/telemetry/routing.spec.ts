import { type Attributes, trace } from "@opentelemetry/api";

import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import {
  Agent,
  type EditableSpan,
  type ProcessorOptions,
  StreamingTask,
  Task,
  Workflow,
  traced,
} from "../../lib/index.js";
import type { TelemetryOptions } from "../../lib/index.js";
import { freshTelemetry, ledgerOf, said, start } from "./rig.js";

freshTelemetry();

class Desk {
  @Workflow()
  handle(): void {
    this.classify();
    this.audit();
    new Archive().store();
  }

  @Task({ processors: "debug" })
  classify(): void {
    tool();
    foreign();
    this.audit();
  }

  @Task({ processors: ["audit"] })
  audit(): void {
    tool();
  }
}

class Archive {
  @Agent({ processors: ["debug", "default"] })
  store(): void {
    foreign();
  }
}

const tool = traced({ kind: "tool", name: "tool" }, () => 1);
/** A span of a tracer that knows nothing of us, as an instrumentation makes them. */
const foreign = (attributes: Attributes = {}): void => {
  trace.getTracer("instrumentation").startSpan("foreign", { attributes }).end();
};

type Without = Omit<ProcessorOptions, "exporter" | "name">;

/** Starts telemetry with these processors in memory; an unnamed one is written `*`. */
function route(processors: Record<string, Without>, options: TelemetryOptions = {}) {
  const exporters = new Map(Object.keys(processors).map((name) => [name, new InMemorySpanExporter()]));
  const named = Object.entries(processors).filter(([name]) => !name.startsWith("*"));
  const telemetry = start({
    ...options,
    processors: Object.fromEntries(named.map(([name, one]) => [name, { ...one, exporter: exporters.get(name)! }])),
  });
  for (const [name, one] of Object.entries(processors)) {
    if (name.startsWith("*")) telemetry.addProcessor({ ...one, exporter: exporters.get(name)! });
  }
  const reached = async (): Promise<Record<string, string[]>> => {
    await telemetry.flush();
    return Object.fromEntries(
      [...exporters].map(([name, exporter]) => [name, exporter.getFinishedSpans().map((span) => span.name)]),
    );
  };
  return { telemetry, reached };
}

describe("routing", () => {
  it("sends each span where its tag says, and children without a tag where their parent goes", async () => {
    const { reached } = route({ default: {}, debug: {}, audit: {} });
    new Desk().handle();
    expect(await reached()).toEqual({
      default: ["foreign", "Archive.store", "Desk.handle"],
      debug: ["tool", "foreign", "Desk.classify", "foreign", "Archive.store"],
      audit: ["tool", "Desk.audit", "tool", "Desk.audit"],
    });
  });

  it("sends untagged spans to unnamed processors and to those with isDefault, tagged ones to neither", async () => {
    const { reached } = route({ default: {}, extra: { isDefault: true }, debug: {}, "*": {} });
    traced("plain", () => 1)();
    new Desk().classify();
    const { default: usual, extra, "*": unnamed, debug } = await reached();
    expect([usual, extra, unnamed]).toEqual([
      ["plain", "tool", "Desk.audit"],
      ["plain", "tool", "Desk.audit"],
      ["plain"],
    ]);
    expect(debug).toEqual(["tool", "foreign", "Desk.classify"]);
  });

  it("takes both name and filter for a named processor, and the filter alone for an unnamed one", async () => {
    const isTool = (span: { name: string }): boolean => span.name === "tool";
    const { reached } = route({ default: {}, debug: { filter: isTool }, "*": { filter: isTool }, audit: {} });
    new Desk().handle();
    expect(await reached()).toMatchObject({ debug: ["tool"], "*": ["tool", "tool", "tool"] });
  });

  it("loses no span to a name nobody has, and says the name once with those there are", async () => {
    const misspelt = traced({ name: "misspelt", processors: ["debgu", "audti"] as never }, () => tool());
    const half = traced({ name: "half", processors: ["debgu", "debug"] as never }, () => 1);
    const { reached } = route({ default: {}, debug: {} });
    misspelt();
    misspelt();
    half();
    expect(await reached()).toEqual({ default: ["tool", "misspelt", "tool", "misspelt"], debug: ["half"] });
    expect(said).toEqual([
      expect.stringContaining('SPANDREL_UNKNOWN_PROCESSOR: a span is routed to "debgu"; registered: default, debug.'),
      expect.stringContaining('"audti"'),
    ]);
  });

  it("drops a span for the one processor whose filter throws, counted and said once", async () => {
    const fail = (): boolean => {
      throw new Error("no filter");
    };
    const { telemetry, reached } = route({ default: {}, "*": { filter: fail } });
    new Archive().store();
    tool();
    expect(await reached()).toEqual({ default: ["foreign", "Archive.store", "tool"], "*": [] });
    expect(ledgerOf(telemetry, "processor-1")).toMatchObject({ ended: 3, dropped: { filter_error: 3 } });
    expect(said).toHaveLength(2);
  });

  it("keeps a tag through streams, promises and generators", async () => {
    class Streams {
      @StreamingTask({ processors: "debug" })
      async *answer(): AsyncGenerator<string> {
        foreign();
        yield "a";
        await Promise.resolve();
        tool();
      }
    }
    const { reached } = route({ default: {}, debug: {} });
    for await (const _ of new Streams().answer()) foreign();
    expect(await reached()).toEqual({ default: ["foreign"], debug: ["foreign", "tool", "Streams.answer"] });
  });

  it("obeys an exportFilter, which is no part of the tag", async () => {
    const filtered = traced(
      { name: "filtered", exportFilter: { status_code: { operator: "equal", value: "ERROR" } } },
      (fails: boolean) => {
        if (fails) throw new Error("failed");
      },
    );
    const { reached } = route({ default: {} });
    filtered(false);
    expect(() => filtered(true)).toThrow("failed");
    expect(await reached()).toEqual({ default: ["filtered"] });
  });

  it("balances the ledger of every processor", async () => {
    const { telemetry, reached } = route({ default: {}, debug: {}, audit: {}, "*": {} });
    new Desk().handle();
    await reached();
    expect(
      telemetry.status().processors.map(({ name, ended, filtered, exported }) => [name, ended, filtered, exported]),
    ).toEqual([
      ["default", 10, 7, 3],
      ["debug", 10, 5, 5],
      ["audit", 10, 6, 4],
      ["processor-1", 10, 9, 1],
    ]);
  });
});

describe("spanPostprocessCallback", () => {
  it("sees each ended span once, of any tracer, before routing, however many processors there are", async () => {
    const seen: string[] = [];
    const { reached } = route(
      { default: {}, debug: {}, "*": {} },
      {
        spanPostprocessCallback: (span: EditableSpan) => {
          seen.push(span.name);
          if (span.name === "foreign") span.attributes["respan.processors"] = ["default"];
          span.name = `${span.name}!`;
        },
      },
    );
    new Archive().store();
    expect(seen).toEqual(["foreign", "Archive.store"]);
    expect(await reached()).toEqual({ default: ["foreign!", "Archive.store!"], debug: ["Archive.store!"], "*": [] });
  });

  it("that throws leaves the span as it was, exported, counted and said once", async () => {
    const { telemetry, reached } = route(
      { default: {} },
      {
        spanPostprocessCallback: (span: EditableSpan) => {
          span.name = "half-way";
          throw new Error("no postprocessing");
        },
      },
    );
    tool();
    tool();
    expect(await reached()).toEqual({ default: ["tool", "tool"] });
    expect(telemetry.status().faults).toEqual({ SPANDREL_POSTPROCESS_ERROR: 2 });
    expect(said).toEqual([
      expect.stringMatching(/SPANDREL_POSTPROCESS_ERROR: spanPostprocessCallback .*no postprocessing/),
    ]);
  });
});
