import { containedFaults } from "../../lib/internal/index.js";
import type { EditableSpan } from "../../lib/otlp/index.js";
import { FakeExporter, rig } from "./fakes.js";
import type { Rig } from "./fakes.js";

function rigWith(postprocess: (span: EditableSpan) => void): Rig & { exporter: FakeExporter } {
  const exporter = new FakeExporter();
  const parts = rig({ postprocess });
  parts.router.addProcessor({ name: "default", exporter });
  return { ...parts, exporter };
}

describe("the postprocess callback", () => {
  it("sees each span once, however many processors it goes to", async () => {
    const seen: string[] = [];
    const { router, end } = rigWith((span) => void seen.push(span.name));
    router.addProcessor({ exporter: new FakeExporter() });
    end("a");
    end("b", { tag: "nowhere" });
    expect(seen).toEqual(["a", "b"]);
  });

  it("edits what is exported and never the live span", async () => {
    const { router, end, exporter } = rigWith((span) => {
      span.name = "renamed";
      span.attributes["added"] = true;
      delete span.attributes["secret"];
      (span.attributes["list"] as string[]).push("more");
      span.status.message = "edited";
      span.events.length = 0;
    });
    const live = end("a", { attributes: { secret: "x", list: ["one"] }, status: "error" }) as never as EditableSpan;
    await router.forceFlush();
    const [exported] = exporter.spans;
    expect(exported).toMatchObject({ name: "renamed", status: { code: 2, message: "edited" } });
    expect(exported?.attributes).toEqual({ added: true, list: ["one", "more"] });
    expect(exported?.spanContext()).toEqual(live.spanContext());
    expect(exported?.duration).toEqual(live.duration);
    expect(exported?.ended).toBe(true);
    expect(live.name).toBe("a");
    expect(live.status).toEqual({ code: 2 });
    expect(live.attributes).toEqual({ secret: "x", list: ["one"] });
  });

  it("runs before routing", async () => {
    const { router, end, exporter } = rigWith((span) => void (span.attributes["respan.processors"] = ["debug"]));
    const debug = new FakeExporter();
    router.addProcessor({ name: "debug", exporter: debug });
    end("a");
    await router.forceFlush();
    expect([exporter.names, debug.names]).toEqual([[], ["a"]]);
  });

  it("leaves the span as it was, exported, when it throws half-way; counted, said once", async () => {
    const { router, end, exporter, said } = rigWith((span) => {
      span.name = "half";
      span.attributes["secret"] = "gone";
      throw new Error("boom");
    });
    end("a", { attributes: { secret: "x" } });
    end("b", { attributes: { secret: "x" } });
    await router.forceFlush();
    expect(exporter.names).toEqual(["a", "b"]);
    expect(exporter.spans.map((span) => span.attributes["secret"])).toEqual(["x", "x"]);
    expect(containedFaults()).toEqual({ SPANDREL_POSTPROCESS_ERROR: 2 });
    expect(said).toEqual([expect.stringMatching(/SPANDREL_POSTPROCESS_ERROR: spanPostprocessCallback failed.*boom/)]);
  });

  it("may be async and reject without ending the process", async () => {
    const { end, said } = rigWith(() => Promise.reject(new Error("boom")) as never);
    end("a");
    await new Promise(setImmediate);
    expect(said).toEqual([expect.stringMatching(/SPANDREL_POSTPROCESS_ERROR.*boom/)]);
  });

  it("may register a processor, whose ledger balances", () => {
    let isFirst = true;
    const { router, end, ledger } = rigWith(() => {
      if (isFirst) router.addProcessor({ name: "late", isDefault: true, exporter: new FakeExporter() });
      isFirst = false;
    });
    end("a");
    expect(ledger("late")).toMatchObject({ ended: 1, filtered: 0, queued: 1 });
  });
});

describe("the onStart callback", () => {
  it("is given the span and its parent's context", () => {
    const seen: unknown[] = [];
    const { end } = rig({ onStart: (span, parent) => void seen.push(span.isRecording(), typeof parent.getValue) });
    end("a");
    expect(seen).toEqual([true, "function"]);
  });

  it("that throws is contained, counted and said once", async () => {
    const { router, end, said } = rig({
      onStart: () => {
        throw new Error("boom");
      },
    });
    const exporter = new FakeExporter();
    router.addProcessor({ exporter });
    end("a");
    end("b");
    await router.forceFlush();
    expect(exporter.names).toEqual(["a", "b"]);
    expect(containedFaults()).toEqual({ SPANDREL_ON_START: 2 });
    expect(said).toHaveLength(1);
  });
});

describe("a span that cannot be read", () => {
  it("harms neither the caller nor the next span, and the ledgers balance", async () => {
    const { router, end, ledger } = rig();
    const exporter = new FakeExporter();
    router.addProcessor({ name: "default", exporter });
    const poison = {
      spanContext: () => ({ traceFlags: 1 }),
      get attributes(): never {
        throw new Error("boom");
      },
    };
    expect(() => router.onEnd(poison as never)).not.toThrow();
    expect(() => router.onEnd(undefined as never)).not.toThrow();
    const bare = { name: "bare", spanContext: () => ({ traceFlags: 1 }), attributes: {}, resource: {} };
    router.onEnd(bare as never);
    end("a");
    await router.forceFlush();
    expect(exporter.names).toEqual(["bare", "a"]);
    expect(ledger("default")).toMatchObject({ ended: 3, filtered: 1, exported: 2 });
  });
});
