import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SpanStatusCode } from "@opentelemetry/api";
import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import { SpanBuffer, type TelemetryOptions, getClient, traced } from "../../lib/index.js";
import { FakeExporter, inTurn, rig, unavailable, watch } from "../processors/fakes.js";
import { Traces, macrotask, withAttributes } from "../support/traces.js";
import { bufferOf, expectBalance, held, namesOf, spanIn } from "./rig.js";

const client = getClient();
const step = traced("step", () => undefined);
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `span ${String(index)}`);

let traces: Traces;
/** Telemetry with these destinations; batched unless it says otherwise. */
function start(options: TelemetryOptions = {}): Traces {
  return (traces = new Traces({ isBatchingEnabled: true, ...options }));
}
const ledger = (name = "default"): unknown => {
  const found = traces.telemetry.status().processors.find((one) => one.name === name);
  const { ended, filtered, queued, exported, rejected, dropped } = found ?? {};
  return { ended, filtered, queued, exported, rejected, dropped };
};
const exportedAll = (count: number): unknown => ({
  ended: count,
  filtered: 0,
  queued: 0,
  exported: count,
  rejected: 0,
  dropped: {},
});

afterEach(async () => {
  expectBalance(traces.telemetry);
  await traces.telemetry.shutdown();
  expectBalance(traces.telemetry);
});

describe("processSpans", () => {
  it("sends a buffer through every processor, in one export call each, and says so when that is over", async () => {
    const [one, two] = [FakeExporter.held(), new FakeExporter()];
    start({ customExporter: one });
    traces.telemetry.addProcessor({ exporter: two });
    const buffer = bufferOf("a", "b", "c");
    const processed = client.processSpans(buffer);
    const state = watch(processed);
    await macrotask();
    expect([state.isDone, one.batches, two.batches]).toEqual([false, [["a", "b", "c"]], [["a", "b", "c"]]]);
    one.answer();
    expect(await processed).toBe(true);
    expect(ledger()).toEqual(exportedAll(3));
    expect(held(buffer)).toEqual(["a", "b", "c"]);
  });

  it("takes a list of spans, in the order it has", async () => {
    const exporter = new FakeExporter();
    start({ customExporter: exporter });
    const buffer = bufferOf("a", "b", "c");
    const [a, b, c] = [spanIn(buffer, "a"), spanIn(buffer, "b"), spanIn(buffer, "c")];
    expect(await client.processSpans([c, a])).toBe(true);
    expect(await client.processSpans(Object.freeze([b]))).toBe(true);
    expect(exporter.batches).toEqual([["c", "a"], ["b"]]);
  });

  it("gives a buffer one export call although other spans wait", async () => {
    const exporter = new FakeExporter();
    start({ customExporter: exporter });
    for (const name of names(510)) client.startSpan(name).end();
    expect(await client.processSpans(bufferOf("a", "b", "c", "d"))).toBe(true);
    expect(exporter.batches).toEqual([names(510), ["a", "b", "c", "d"]]);
  });

  it("and while another batch is on its way", async () => {
    const exporter = FakeExporter.held();
    start({ customExporter: exporter });
    client.startSpan("before").end();
    void client.flush();
    for (const name of names(510)) client.startSpan(name).end();
    const processed = client.processSpans(bufferOf("a", "b", "c", "d"));
    for (let call = 0; call < 3; call++) {
      await macrotask();
      exporter.answer();
    }
    expect(await processed).toBe(true);
    expect(exporter.batches).toEqual([["before"], names(510), ["a", "b", "c", "d"]]);
  });

  it("sends more than 512 in as many batches as it takes, and more than a queue holds", async () => {
    const exporter = new FakeExporter();
    start({ customExporter: exporter });
    const buffer = bufferOf(...names(10_700));
    expect(await client.processSpans(buffer)).toBe(true);
    expect(exporter.batches.map((batch) => batch.length)).toEqual([...Array<number>(20).fill(512), 460]);
    expect(exporter.names).toEqual(names(10_700));
    expect(ledger()).toEqual(exportedAll(10_700));
  });

  it("waits for nobody else: a flush is not needed, and changes nothing", async () => {
    const exporter = new FakeExporter();
    start({ customExporter: exporter, isBatchingEnabled: false });
    await client.processSpans(bufferOf("a", "b"));
    await client.flush();
    expect(exporter.batches).toEqual([["a", "b"]]);
  });
});

describe("each span is processed once", () => {
  it("given as a buffer twice, as a list, as both, within one list, and at the same time", async () => {
    const [one, two] = [new FakeExporter(), new FakeExporter()];
    start({ customExporter: one });
    traces.telemetry.addProcessor({ exporter: two });
    const buffer = bufferOf("a", "b");
    const [a, b] = [spanIn(buffer, "a"), spanIn(buffer, "b")];
    const answers = await Promise.all([
      client.processSpans([a, a]),
      client.processSpans(buffer),
      client.processSpans(buffer),
      client.processSpans([b, a, b]),
    ]);
    expect([...answers, await client.processSpans(buffer), await client.processSpans([a, b])]).toEqual(
      Array(6).fill(true),
    );
    expect([one.names, two.names]).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
    expect(ledger()).toEqual(exportedAll(2));
  });

  it("also as a copy that was serialised", async () => {
    const exporter = new FakeExporter();
    start({ customExporter: exporter });
    const buffer = bufferOf("a", "b");
    const text = buffer.serialize();
    expect(await client.processSpans(SpanBuffer.deserialize(text))).toBe(true);
    expect(await client.processSpans(SpanBuffer.deserialize(text))).toBe(true);
    expect(await client.processSpans(buffer)).toBe(true);
    expect(exporter.names).toEqual(["a", "b"]);
  });

  it("of copies the last 10,000 are known; of the spans themselves, all", async () => {
    const exporter = new FakeExporter();
    start({ customExporter: exporter });
    const early = bufferOf("early");
    const text = early.serialize();
    const timesExported = (): number => exporter.names.filter((name) => name === "early").length;
    await client.processSpans(early);
    await client.processSpans(bufferOf(...names(9_999)));
    await client.processSpans(SpanBuffer.deserialize(text));
    expect(timesExported()).toBe(1);
    await client.processSpans(bufferOf("one more"));
    await client.processSpans(early);
    expect(timesExported()).toBe(1);
    await client.processSpans(SpanBuffer.deserialize(text));
    expect(timesExported()).toBe(2);
  });

  it("what is added afterwards is processed with the next call, alone", async () => {
    const exporter = new FakeExporter();
    start({ customExporter: exporter });
    const buffer = bufferOf("a");
    await client.processSpans(buffer);
    buffer.createSpan("b");
    buffer.run(step);
    expect(await client.processSpans(buffer)).toBe(true);
    expect(exporter.batches).toEqual([["a"], ["b", "step"]]);
  });
});

describe("the way of a span that is processed", () => {
  it("is by its tag, filters, exportFilter, callback and redaction, like any other's", async () => {
    const [plain, debug, errors] = [new FakeExporter(), new FakeExporter(), new FakeExporter()];
    const seen: string[] = [];
    start({
      customExporter: plain,
      processors: {
        debug: { exporter: debug, filter: (span) => span.name !== "quiet" },
      },
      spanPostprocessCallback: (span) => {
        seen.push(span.name);
        span.attributes["app.seen"] = true;
      },
    });
    traces.telemetry.addProcessor({ exporter: errors, filter: (span) => span.status.code === SpanStatusCode.ERROR });
    const buffer = client.getSpanBuffer();
    const matches = { name: { operator: "equal", value: "matches" } } as const;
    buffer.run(() => {
      client.startSpan("plain", { attributes: { api_key: "sk-should-never-be-seen" } }).end();
      client.startSpan("tagged", { processors: "debug" }).end();
      client.startSpan("quiet", { processors: "debug" }).end();
      client.startSpan("both", { processors: ["default", "debug"] }).end();
      client.startSpan("matches", { exportFilter: matches }).end();
      client.startSpan("does not match", { exportFilter: matches }).end();
      expect(() =>
        traced("fails", () => {
          throw new Error("x");
        })(),
      ).toThrow();
    });
    expect(seen).toEqual([]);
    expect(await client.processSpans(buffer)).toBe(true);
    expect([plain.names, debug.names, errors.names]).toEqual([
      ["plain", "both", "matches", "fails"],
      ["tagged", "both"],
      ["fails"],
    ]);
    expect(seen).toEqual(["plain", "tagged", "quiet", "both", "matches", "does not match", "fails"]);
    expect(plain.spans[0]?.attributes).toMatchObject({ "app.seen": true });
    expect(JSON.stringify(plain.spans.map(({ attributes }) => attributes))).not.toContain("should-never-be-seen");
    expect(buffer.getAllSpans()[0]?.attributes).toEqual({ api_key: "sk-should-never-be-seen" });
    expect(ledger()).toMatchObject({ ended: 7, filtered: 3, exported: 4 });
  });

  it("starts with what has become of it: spans may be changed, left out and put in another order", async () => {
    const memory = new InMemorySpanExporter();
    start({ customExporter: memory });
    const buffer = client.getSpanBuffer("trace-456");
    buffer.createSpan("task1", { score: 0.95 });
    buffer.createSpan("task2", { score: 0.45, "respan.metadata.note": "x" });
    buffer.createSpan("task3", { score: 0.88 });
    const spans = buffer.getAllSpans();
    const second = spanIn(buffer, "task2");
    second.attributes["needs_review"] = true;
    delete second.attributes["respan.metadata.note"];
    second.name = "task2, looked at";
    second.status = { code: SpanStatusCode.ERROR, message: "low" };
    second.events.push({ name: "reviewed", time: [1_700_000_000, 0] });
    expect(await client.processSpans(spans.filter(({ name }) => name !== "task3").reverse())).toBe(true);
    expect(namesOf(memory.getFinishedSpans())).toEqual(["task2, looked at", "task1"]);
    expect(memory.getFinishedSpans()[0]).toMatchObject({
      attributes: { score: 0.45, needs_review: true },
      status: { code: SpanStatusCode.ERROR, message: "low" },
    });
    expect(memory.getFinishedSpans()[0]?.events.map(({ name }) => name)).toEqual(["reviewed"]);
    expect(memory.getFinishedSpans()[0]?.attributes).not.toHaveProperty("respan.metadata.note");
  });

  it("keeps the trace whole", async () => {
    start({ isBatchingEnabled: false });
    const buffer = client.getSpanBuffer();
    buffer.run(() => traced({ name: "w", kind: "workflow" }, () => traced("t", () => (step(), "out"))())());
    expect(traces.tree()).toEqual([]);
    await client.processSpans(buffer);
    const below = { workflow: "w" };
    expect(traces.tree(withAttributes("workflow", "output"))).toEqual([
      {
        name: "w",
        kind: "workflow",
        ...below,
        output: '"out"',
        children: [
          {
            name: "t",
            kind: "task",
            ...below,
            output: '"out"',
            children: [{ name: "step", kind: "task", ...below }],
          },
        ],
      },
    ]);
  });
});

describe("true means that no processor has lost any of them", () => {
  it.each<[string, () => Parameters<typeof client.processSpans>[0]]>([
    ["an empty list", () => []],
    ["an empty buffer", () => client.getSpanBuffer()],
    [
      "a buffer that was cleared",
      () => {
        const buffer = bufferOf("a");
        buffer.clearSpans();
        return buffer;
      },
    ],
  ])("nothing to do is done: %s", async (_, given) => {
    start();
    expect(await client.processSpans(given())).toBe(true);
    expect(ledger()).toEqual(exportedAll(0));
  });

  it("what filters do not want is not lost", async () => {
    start({ processors: { default: { exporter: new FakeExporter(), filter: () => false } } });
    expect(await client.processSpans(bufferOf("a"))).toBe(true);
    expect(ledger()).toMatchObject({ ended: 1, filtered: 1 });
  });

  it("a destination that is away has accepted them: they wait for it", async () => {
    const exporter = new FakeExporter(inTurn(unavailable(), unavailable()));
    start({ customExporter: exporter });
    expect(await client.processSpans(bufferOf("a", "b"))).toBe(true);
    expect(ledger()).toMatchObject({ ended: 2, queued: 2, exported: 0 });
    await client.flush();
    expect([ledger(), exporter.batches]).toEqual([exportedAll(2), Array(3).fill(["a", "b"])]);
  });

  const failing: readonly [string, FakeExporter, unknown][] = [
    [
      "fails",
      new FakeExporter((answer) => answer({ code: 1, error: new Error("no") })),
      { dropped: { export_failed: 2 } },
    ],
    [
      "throws",
      new FakeExporter(() => {
        throw new Error("no");
      }),
      { dropped: { export_failed: 2 } },
    ],
    ["refuses them", new FakeExporter((answer) => answer({ code: 0, rejected: 1 })), { rejected: 1, exported: 1 }],
  ];
  it.each(failing)("an exporter that %s has not", async (_, exporter, expected) => {
    const healthy = new FakeExporter();
    start({ customExporter: exporter });
    traces.telemetry.addProcessor({ exporter: healthy });
    expect(await client.processSpans(bufferOf("a", "b"))).toBe(false);
    expect(ledger()).toMatchObject(expected as object);
    expect(healthy.names).toEqual(["a", "b"]);
  });

  it("nor has a filter that throws, a queue that is full, or an exporter that never answers", async () => {
    const fail = (): never => {
      throw new Error("no");
    };
    start({
      processors: {
        picky: { exporter: new FakeExporter(), filter: fail },
        small: { exporter: FakeExporter.held(), queue: { maxSpans: 2, exportTimeoutMillis: 20 } },
        silent: { exporter: FakeExporter.held(), queue: { exportTimeoutMillis: 20 } },
      },
    });
    const to = (processor: string): SpanBuffer => {
      const buffer = client.getSpanBuffer();
      for (const name of ["a", "b", "c"]) buffer.createSpan(name, { "respan.processors": [processor] });
      return buffer;
    };
    const answers = await Promise.all(["picky", "small", "silent"].map((name) => client.processSpans(to(name))));
    expect(answers).toEqual([false, false, false]);
    expect([ledger("picky"), ledger("small"), ledger("silent")]).toMatchObject([
      { dropped: { filter_error: 3 } },
      { dropped: { queue_full: 1, export_timeout: 2 } },
      { dropped: { export_timeout: 3 } },
    ]);
  });

  it("what was lost once is lost: asked again, alone or with others, by copy or meanwhile, the answer is the same", async () => {
    const held_ = FakeExporter.held();
    start({ customExporter: held_ });
    const buffer = bufferOf("a", "b");
    const copy = SpanBuffer.deserialize(buffer.serialize());
    const first = client.processSpans(buffer);
    const meanwhile = client.processSpans(copy);
    const state = watch(meanwhile);
    await macrotask();
    expect(state.isDone).toBe(false);
    held_.answer({ code: 1, error: new Error("no") });
    expect([await first, await meanwhile, await client.processSpans(buffer)]).toEqual([false, false, false]);
    const mixed = client.processSpans([spanIn(buffer, "a"), ...bufferOf("new").getAllSpans()]);
    held_.answer();
    expect(await mixed).toBe(false);
    const later = client.processSpans(bufferOf("later"));
    held_.answer();
    expect(await later).toBe(true);
    expect(held_.batches).toEqual([["a", "b"], ["new"], ["later"]]);
    expect(ledger()).toMatchObject({ ended: 4, exported: 2, dropped: { export_failed: 2 } });
  });

  it("false where telemetry is shut down, or shuts down meanwhile", async () => {
    const exporter = FakeExporter.held();
    start({ customExporter: exporter });
    const [before, after] = [bufferOf(...names(600)), bufferOf("a")];
    const processed = client.processSpans(before);
    await macrotask();
    const over = traces.telemetry.shutdown();
    exporter.answer();
    await over;
    expect([await processed, await client.processSpans(after), await client.processSpans([])]).toEqual([
      false,
      false,
      false,
    ]);
    expect(ledger()).toMatchObject({ exported: 512, dropped: { shutdown: 88 } });
  });

  it("false from a router that is shut down, whoever asks it", async () => {
    start();
    const { router } = rig();
    await router.shutdown();
    expect([await router.processSpans(bufferOf("a").getAllSpans()), await router.processSpans([])]).toEqual([
      false,
      false,
    ]);
  });

  it("true where a processor keeps them on disk, although its exporter fails", async () => {
    const dir = mkdtempSync(join(tmpdir(), "spandrel-buffer-"));
    const exporter = new FakeExporter((answer) => answer({ code: 1, error: new Error("no") }));
    start({ processors: { default: { exporter, durable: { dir } } } });
    expect(await client.processSpans(bufferOf("a", "b"))).toBe(true);
    expect(ledger()).toMatchObject({ ended: 2, queued: 2, dropped: {} });
    await traces.telemetry.shutdown();
    rmSync(dir, { recursive: true });
  });

  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["a number", 42],
    ["an object", {}],
    ["spans that are none", [undefined, {}, { spanContext: () => ({}) }]],
    [
      "a list that cannot be read",
      new Proxy([], {
        get: () => {
          throw new Error("hostile");
        },
      }),
    ],
  ])("false, and never a rejection, for what is neither: %s", async (_, given) => {
    start();
    expect(await client.processSpans(given as never)).toBe(false);
  });

  it("what cannot be read costs nothing else in the list", async () => {
    const exporter = new FakeExporter();
    start({ customExporter: exporter });
    const [a, b] = bufferOf("a", "b").getAllSpans();
    expect(await client.processSpans([a, undefined, b] as never)).toBe(false);
    expect(exporter.batches).toEqual([["a", "b"]]);
    expect(await client.processSpans([a, b] as never)).toBe(true);
  });
});
