import { SpanKind, context, trace } from "@opentelemetry/api";
import { Agent, Task, Tool, Workflow, traced } from "../../lib/index.js";
import { type SpanNode, macrotask, useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();
const names = withAttributes("path", "workflow");
const foreign = <R>(name: string, fn: () => R, root = false): R =>
  trace.getTracer("foreign").startActiveSpan(name, { root }, (span) => {
    try {
      return fn();
    } finally {
      span.end();
    }
  });

type Kind = "workflow" | "task" | "agent" | "tool";
/** Calls functions of these kinds inside one another, each called by its name. */
function nest(kinds: readonly (readonly [Kind | "foreign", string])[]): void {
  const [first, ...rest] = kinds;
  if (first === undefined) return;
  const [kind, name] = first;
  if (kind === "foreign") foreign(name, () => nest(rest));
  else traced({ kind, name }, () => nest(rest))();
}

function flat(tree: readonly SpanNode[]): unknown[] {
  return tree.flatMap(({ name, path, workflow, children = [] }) => [[name, path, workflow], ...flat(children)]);
}

describe("entity path and workflow name", () => {
  it("has a path on a foreign span of a task that stands in no workflow", () => {
    traced({ kind: "task", name: "t" }, () => foreign("f", () => undefined))();
    expect(flat(traces.current.tree(names))).toEqual([
      ["t", "t", undefined],
      ["f", "t", undefined],
    ]);
  });

  it("gives no path to a foreign span that names a workflow of its own", () => {
    const attributes = { "traceloop.workflow.name": "theirs" };
    traced({ kind: "workflow", name: "w" }, () => {
      trace.getTracer("foreign").startSpan("f", { attributes }).end();
    })();
    expect(flat(traces.current.tree(names))).toEqual([
      ["w", "", "w"],
      ["f", undefined, "theirs"],
    ]);
  });

  it.each<[string, readonly (readonly [Kind | "foreign", string])[], unknown[]]>([
    ["a root workflow", [["workflow", "w"]], [["w", "", "w"]]],
    ["a root task", [["task", "t"]], [["t", "t", undefined]]],
    ["a root tool", [["tool", "t"]], [["t", "t", undefined]]],
    ["a root agent", [["agent", "a"]], [["a", "", "a"]]],
    [
      "tasks and tools in a workflow",
      [
        ["workflow", "w"],
        ["task", "t"],
        ["tool", "u"],
        ["task", "v"],
      ],
      [
        ["w", "", "w"],
        ["t", "t", "w"],
        ["u", "t.u", "w"],
        ["v", "t.u.v", "w"],
      ],
    ],
    [
      "an agent in a task: it names what is below, the path goes on",
      [
        ["workflow", "w"],
        ["task", "t"],
        ["agent", "a"],
        ["tool", "u"],
      ],
      [
        ["w", "", "w"],
        ["t", "t", "w"],
        ["a", "t", "a"],
        ["u", "t.u", "a"],
      ],
    ],
    [
      "a workflow in a task",
      [
        ["workflow", "w"],
        ["task", "t"],
        ["workflow", "x"],
        ["task", "u"],
      ],
      [
        ["w", "", "w"],
        ["t", "t", "w"],
        ["x", "t", "x"],
        ["u", "t.u", "x"],
      ],
    ],
    [
      "a foreign span between, which carries them too",
      [
        ["workflow", "w"],
        ["task", "t"],
        ["foreign", "f"],
        ["tool", "u"],
      ],
      [
        ["w", "", "w"],
        ["t", "t", "w"],
        ["f", "t", "w"],
        ["u", "t.u", "w"],
      ],
    ],
    [
      "a foreign span above everything",
      [
        ["foreign", "f"],
        ["task", "t"],
      ],
      [
        ["f", undefined, undefined],
        ["t", "t", undefined],
      ],
    ],
  ])("%s", (_what, kinds, expected) => {
    nest(kinds);
    expect(flat(traces.current.tree(names))).toEqual(expected);
  });

  it("takes names from the options, and is restored after each call", async () => {
    class Desk {
      @Workflow("desk") async handle(): Promise<void> {
        await this.plan("a");
        await this.plan("b");
        this.act();
      }
      @Task({ name: (step: string) => `plan ${step}` }) async plan(_step: string): Promise<void> {
        await null;
        this.look();
      }
      @Tool() look(): void {}
      @Agent() act(): void {
        this.look();
      }
    }
    await new Desk().handle();
    expect(flat(traces.current.tree(names))).toEqual([
      ["desk", "", "desk"],
      ["plan a", "plan a", "desk"],
      ["Desk.look", "plan a.Desk.look", "desk"],
      ["plan b", "plan b", "desk"],
      ["Desk.look", "plan b.Desk.look", "desk"],
      ["Desk.act", "", "Desk.act"],
      ["Desk.look", "Desk.look", "Desk.act"],
    ]);
  });

  it("holds for what is started later by work begun inside", async () => {
    let later: Promise<void> | undefined;
    const step = traced("step", () => undefined);
    traced({ kind: "workflow", name: "w" }, () => {
      later = macrotask().then(() => step());
    })();
    await later;
    expect(flat(traces.current.tree(names))).toEqual([
      ["w", "", "w"],
      ["step", "step", "w"],
    ]);
  });
});

describe("the tag", () => {
  const tag = withAttributes("tag");
  beforeEach(() => {
    const { telemetry, exporter } = traces.current;
    for (const name of ["debug", "audit"]) telemetry.addProcessor({ name, exporter });
  });
  const tagged = traced({ name: "tagged", processors: "debug" }, (fn: () => void) => fn());
  const untagged = traced("untagged", (fn?: () => void) => fn?.());
  const retagged = traced({ name: "retagged", processors: ["audit", "debug"] }, (fn: () => void) => fn());

  it("is a call's own, or its parent's, through foreign spans and context too", () => {
    untagged();
    tagged(() => {
      untagged();
      foreign("foreign", () => untagged());
      retagged(() => foreign("foreign", () => untagged()));
    });
    const seen = traces.current.spans.map((span) => [span.name, span.attributes["respan.processors"]]);
    const distinct = [...new Map(seen.map((one) => [JSON.stringify(one), one])).values()];
    expect(distinct.sort()).toEqual(
      [
        ["untagged", undefined],
        ["untagged", ["debug"]],
        ["foreign", ["debug"]],
        ["retagged", ["audit", "debug"]],
        ["foreign", ["audit", "debug"]],
        ["untagged", ["audit", "debug"]],
        ["tagged", ["debug"]],
      ].sort(),
    );
  });

  it("a foreign span may set its own, which its children take over", () => {
    tagged(() => {
      const span = trace.getTracer("foreign").startSpan("own", { attributes: { "respan.processors": ["audit"] } });
      context.with(trace.setSpan(context.active(), span), () => untagged());
      span.end();
    });
    expect(tag(traces.current.span("own"))).toEqual({ tag: ["audit"] });
    expect(tag(traces.current.span("untagged"))).toEqual({ tag: ["audit"] });
  });

  it("is not taken over by a span that is made a root", () => {
    tagged(() => {
      foreign("root", () => untagged(), true);
      trace.getTracer("foreign").startSpan("client", { root: true, kind: SpanKind.CLIENT }).end();
    });
    for (const name of ["root", "untagged", "client"])
      expect(traces.current.attributes(name)["respan.processors"]).toBe(undefined);
    expect(traces.current.span("root").parentSpanContext).toBe(undefined);
    expect(tag(traces.current.span("tagged"))).toEqual({ tag: ["debug"] });
  });
});
