import type { ReadableSpan } from "../../lib/otlp/index.js";
import type { ProcessorOptions } from "../../lib/processors/index.js";
import { makeFolder, removeFolders } from "../spool/spool-folder.js";
import { FakeExporter, fakeClock, imbalance, realClock, rig, succeed, unavailable, watch } from "./fakes.js";
import type { Behaviour, Rig } from "./fakes.js";

beforeEach(fakeClock);
afterEach(realClock);
afterAll(removeFolders);

const TIMEOUT = 2_000;

const later = (millis: number): Promise<void> => jest.advanceTimersByTimeAsync(millis);
const isPoison = ({ name }: ReadableSpan): boolean => name.startsWith("poison");

/** Throws at a batch with a poison span in it, and does with others as it is told. */
function poisoned(behave: Behaviour = succeed): Behaviour {
  return (answer, spans, call) => {
    if (spans.some(isPoison)) throw new Error("cannot write this");
    return behave(answer, spans, call);
  };
}

const outage: Behaviour = () => {
  throw new Error("not connected");
};

interface Line extends Rig {
  readonly exporter: FakeExporter;
  /** Names of the spans that the exporter has taken. */
  readonly taken: string[];
}

function line(behave: Behaviour, options: Partial<ProcessorOptions> = {}): Line {
  const dir = makeFolder();
  const parts = rig();
  const taken: string[] = [];
  const exporter = new FakeExporter((answer, spans, call) =>
    behave(
      (result) => {
        if (result.code === 0) taken.push(...spans.map(({ name }) => name));
        answer(result);
      },
      spans,
      call,
    ),
  );
  const durable = options.durable === true ? { dir } : false;
  const queue = { exportTimeoutMillis: TIMEOUT, ...options.queue };
  parts.router.addProcessor({ name: "default", exporter, ...options, queue, durable });
  return { ...parts, exporter, taken };
}

/** Names of so many spans, those at these places poison. */
function names(count: number, isPoisonAt: (index: number) => boolean): string[] {
  return Array.from({ length: count }, (_, index) => `${isPoisonAt(index) ? "poison" : "good"} ${index}`);
}

async function flush({ router }: Rig): Promise<void> {
  const flushed = watch(router.forceFlush());
  await later(100);
  expect(flushed.isDone).toBe(true);
}

describe.each([
  ["in memory", false],
  ["durable", true],
])("spans at which an exporter throws, %s,", (_how, durable) => {
  it.each<[string, number, (index: number) => boolean]>([
    ["one of a hundred", 100, (index) => index === 41],
    ["the first", 100, (index) => index === 0],
    ["the last", 100, (index) => index === 99],
    ["the first of two", 2, (index) => index === 0],
    ["the second of two", 2, (index) => index === 1],
    ["several", 100, (index) => [3, 4, 50, 98].includes(index)],
    ["every second", 100, (index) => index % 2 === 0],
    ["all but the last few of a burst", 100, (index) => index < 87],
    ["the first tenth of a full batch", 512, (index) => index < 51],
  ])("cost themselves only: %s", async (_which, count, isPoisonAt) => {
    const parts = line(poisoned(), { durable });
    const all = names(count, isPoisonAt);
    for (const name of all) parts.end(name);
    await flush(parts);
    const good = all.filter((name) => name.startsWith("good"));
    expect([...parts.taken].sort()).toEqual([...good].sort());
    expect(parts.ledger("default")).toMatchObject({
      ended: count,
      queued: 0,
      inFlight: 0,
      exported: good.length,
      dropped: { export_failed: count - good.length },
    });
    expect(imbalance(parts.ledger("default"))).toBe(0);
    expect(parts.said).toEqual([
      expect.stringMatching(
        new RegExp(`EXPORT_FAILED: .*; ${count - good.length} spans are lost: .*cannot write this`),
      ),
    ]);
  });

  it("cost few calls where there is one, and the others stay in their order", async () => {
    const parts = line(poisoned(), { durable });
    const all = names(100, (index) => index === 41);
    for (const name of all) parts.end(name);
    await flush(parts);
    expect(parts.taken).toEqual(all.filter((name) => name.startsWith("good")));
    expect(parts.exporter.batches.length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(100)));
  });

  it("are no matter of the batches after them", async () => {
    const parts = line(poisoned(), { durable, queue: { maxBatchSpans: 4 } });
    for (const name of names(12, (index) => index === 5)) parts.end(name);
    await flush(parts);
    expect(parts.exporter.batches[0]).toHaveLength(4);
    expect(parts.exporter.batches.at(-1)).toEqual(["good 8", "good 9", "good 10", "good 11"]);
    expect(parts.ledger("default")).toMatchObject({ exported: 11, dropped: { export_failed: 1 } });
  });

  it("are looked for in ten thousand without filling the stack", async () => {
    const parts = line(poisoned(), { durable, queue: { maxBatchSpans: 10_000 } });
    const all = names(10_000, (index) => index % 3 === 0);
    for (const name of all) parts.end(name);
    await flush(parts);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 6_666, dropped: { export_failed: 3_334 } });
  }, 30_000);

  it("are looked for although the exporter answers for the rest later, one part at a time", async () => {
    let open = 0;
    let most = 0;
    const slow: Behaviour = (answer) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        answer({ code: 0 });
      }, 1);
    };
    const parts = line(poisoned(slow), { durable });
    for (const name of names(50, (index) => index % 20 === 3)) parts.end(name);
    const flushed = watch(parts.router.forceFlush());
    await later(5);
    const { inFlight, queued, ...counts } = parts.ledger("default");
    expect({ inFlight, queued, exported: counts.exported }).toEqual({ inFlight: 50, queued: 0, exported: 0 });
    await later(500);
    expect(flushed.isDone).toBe(true);
    expect(most).toBe(1);
    expect(parts.ledger("default")).toMatchObject({ exported: 47, dropped: { export_failed: 3 } });
  });
});

describe("an exporter that throws at everything", () => {
  const calls = 1 + 40;

  it("is called a few times only, and in memory the batch is lost", async () => {
    const parts = line(outage);
    for (const name of names(100, () => false)) parts.end(name);
    await flush(parts);
    expect(parts.exporter.batches).toHaveLength(calls);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 0, dropped: { export_failed: 100 } });
    expect(parts.said).toEqual([expect.stringMatching(/EXPORT_FAILED: .*; 100 spans are lost: .*not connected/)]);
  });

  it("costs a durable processor nothing: all is delivered, in order, when the exporter is back", async () => {
    let isUp = false;
    const parts = line((answer, spans, call) => (isUp ? succeed : outage)(answer, spans, call), { durable: true });
    const all = names(100, () => false);
    for (const name of all) parts.end(name);
    await flush(parts);
    expect(parts.exporter.batches).toHaveLength(calls);
    expect(parts.ledger("default")).toMatchObject({ queued: 100, dropped: {} });
    isUp = true;
    await later(2_000);
    expect(parts.taken).toEqual(all);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 100, dropped: {} });
  });

  it.each([1, 2, 7])("loses a batch of %i spans in memory", async (count) => {
    const parts = line(outage);
    for (const name of names(count, () => true)) parts.end(name);
    await flush(parts);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, dropped: { export_failed: count } });
  });

  it("because nothing waits but poison is told from an outage as soon as another span ends, durable", async () => {
    const parts = line(poisoned(), { durable: true });
    for (const name of names(3, () => true)) parts.end(name);
    await flush(parts);
    expect(parts.ledger("default")).toMatchObject({ queued: 3, dropped: {} });
    parts.end("good");
    await flush(parts);
    expect(parts.taken).toEqual(["good"]);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 1, dropped: { export_failed: 3 } });
  });

  it("is called no more when the time of a shutdown is up in the midst of it", async () => {
    const answers: (() => void)[] = [];
    const hold: Behaviour = (answer) => void answers.push(() => answer({ code: 0 }));
    const parts = line(poisoned(hold), { queue: { exportTimeoutMillis: 60_000 } });
    for (const name of names(8, (index) => index === 0)) parts.end(name);
    const closed = watch(parts.router.shutdown());
    await later(8_000);
    expect(closed.isDone).toBe(true);
    const { length } = parts.exporter.calls;
    expect(parts.exporter.calls.at(-1)).toBe("shutdown");
    for (const answer of answers) answer();
    await later(60_000);
    expect(parts.exporter.calls).toHaveLength(length);
    expect(parts.ledger("default")).toMatchObject({ inFlight: 0, exported: 0, dropped: { shutdown: 8 } });
    expect(jest.getTimerCount()).toBe(0);
  });
});

/** Eight spans, poison at the start of either half: the parts are given as [6 7], [1], [2 3], [5]. */
describe.each([
  ["in memory", false],
  ["durable", true],
])("a part of a poisoned batch, %s,", (_how, durable) => {
  const eight = names(8, (index) => index % 4 === 0);

  async function deliver(behave: (part: number) => Behaviour, options: Partial<ProcessorOptions> = {}): Promise<Line> {
    let part = 0;
    const parts = line(
      poisoned((answer, spans, call) => behave(part++)(answer, spans, call)),
      { durable, ...options },
    );
    for (const name of eight) parts.end(name);
    const flushed = watch(parts.router.forceFlush());
    await later(TIMEOUT + 100);
    expect(flushed.isDone).toBe(true);
    expect(imbalance(parts.ledger("default"))).toBe(0);
    return parts;
  }

  it.each([0, 1, 2, 3])("that was refused for good, number %i, counts as rejected; the others are sent", async (at) => {
    const refuse: Behaviour = (answer) => answer({ code: 1, rejected: 99 });
    const { ledger } = await deliver((part) => (part === at ? refuse : succeed));
    const rejected = [2, 1, 2, 1][at] ?? 0;
    expect(ledger("default")).toMatchObject({
      queued: 0,
      exported: 6 - rejected,
      rejected,
      dropped: { export_failed: 2 },
    });
  });

  it("of which some were refused counts these, and no more than it holds", async () => {
    const some: Behaviour = (answer, spans) => answer({ code: 0, rejected: spans.length === 1 ? 99 : 1 });
    const { ledger } = await deliver(() => some);
    expect(ledger("default")).toMatchObject({ exported: 2, rejected: 4, dropped: { export_failed: 2 } });
  });

  it("that all are, refused, leaves nothing exported and nothing waiting", async () => {
    const { ledger } = await deliver(() => (answer) => answer({ code: 1, rejected: 2 }));
    expect(ledger("default")).toMatchObject({ queued: 0, exported: 0, rejected: 6, dropped: { export_failed: 2 } });
  });

  it("that may be sent again later makes the whole batch wait", async () => {
    const behave = (part: number): Behaviour => (part === 2 ? unavailable() : succeed);
    const { ledger, taken, exporter } = await deliver(behave);
    // The back-off is over within the flush's time: the second hunt has ended the batch.
    expect(ledger("default")).toMatchObject({ queued: 0, inFlight: 0, exported: 6, dropped: { export_failed: 2 } });
    expect(exporter.batches.filter((batch) => batch.length === 8)).toHaveLength(2);
    expect(taken.filter((name) => name === "good 1")).toHaveLength(2);
  });
});

describe("a part of a poisoned batch that fails", () => {
  const eight = names(8, (index) => index % 4 === 0);
  const fail: Behaviour = (answer) => answer({ code: 1, error: new Error("500") });
  const hang: Behaviour = () => undefined;

  it.each<[string, number, Behaviour, Record<string, unknown>]>([
    ["at first, so all is lost", 0, fail, { exported: 0, dropped: { export_failed: 8 } }],
    ["after another was taken, so it is lost with the poison", 1, fail, { exported: 5, dropped: { export_failed: 3 } }],
    ["to answer at first", 0, hang, { exported: 0, dropped: { export_timeout: 8 } }],
    ["to answer after another was taken", 1, hang, { exported: 5, dropped: { export_failed: 3 } }],
  ])("in memory, %s", async (_when, at, behave, counted) => {
    let part = 0;
    const parts = line(poisoned((answer, spans, call) => (part++ === at ? behave : succeed)(answer, spans, call)));
    for (const name of eight) parts.end(name);
    const flushed = watch(parts.router.forceFlush());
    await later(TIMEOUT + 100);
    expect(flushed.isDone).toBe(true);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, inFlight: 0, rejected: 0, ...counted });
  });

  it.each([
    ["fails", fail],
    ["hangs", hang],
  ])("keeps a durable batch whole until all of it has come through (%s)", async (_how, behave) => {
    let part = 0;
    const parts = line(
      poisoned((answer, spans, call) => (part++ === 1 ? behave : succeed)(answer, spans, call)),
      { durable: true },
    );
    for (const name of eight) parts.end(name);
    void parts.router.forceFlush();
    await later(10 * TIMEOUT);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 6, dropped: { export_failed: 2 } });
  });
});

describe("an exporter that answers FAILED without advice", () => {
  const refuse = (answer: Parameters<Behaviour>[0]): void => answer({ code: 1, error: new Error("cannot") });
  /** Long enough for eight attempts and their back-offs. */
  const LONG = 300_000;

  it("for one span of a durable batch is looked into at the eighth failure, and only that span is lost", async () => {
    const parts = line((answer, spans) => (spans.some(isPoison) ? refuse(answer) : answer({ code: 0 })), {
      durable: true,
    });
    for (const name of names(20, (index) => index === 7)) parts.end(name);
    void parts.router.forceFlush();
    await later(LONG);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 19, dropped: { export_failed: 1 } });
    expect(parts.exporter.batches.filter((batch) => batch.length === 20)).toHaveLength(8);
    expect(parts.taken.filter((name) => name.startsWith("good"))).toHaveLength(19);
  });

  it("for everything, as long as it likes, loses nothing of a durable processor", async () => {
    let isDown = true;
    const parts = line((answer) => (isDown ? refuse(answer) : answer({ code: 0 })), { durable: true });
    for (const name of names(20, () => false)) parts.end(name);
    void parts.router.forceFlush();
    await later(3 * LONG);
    expect(parts.ledger("default")).toMatchObject({ queued: 20, exported: 0, dropped: {} });
    isDown = false;
    await later(LONG);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 20, dropped: {} });
  });

  it("but says when to come again is not looked into", async () => {
    const parts = line(unavailable(), { durable: true });
    for (const name of names(20, () => false)) parts.end(name);
    void parts.router.forceFlush();
    await later(3 * LONG);
    expect(new Set(parts.exporter.batches.map((batch) => batch.length))).toEqual(new Set([20]));
  });

  it("is not looked into in memory, where its batch is lost at once", async () => {
    const parts = line(refuse);
    for (let round = 0; round < 10; round++) {
      for (const name of names(20, () => false)) parts.end(name);
      await flush(parts);
    }
    expect(parts.exporter.batches).toHaveLength(10);
    expect(parts.ledger("default").dropped).toEqual({ export_failed: 200 });
  });
});

describe.each([
  ["in memory", false],
  ["durable", true],
])("a destination that fails at one span, %s,", (_how, durable) => {
  const LONG = 300_000;
  const fail: Behaviour = (answer) =>
    answer({ code: 1, error: new Error("500"), retryAfterMillis: 0, isAboutBatch: true });

  it("gets the others when it has failed eight times, and the span is lost", async () => {
    const parts = line((answer, spans, call) => (spans.some(isPoison) ? fail : succeed)(answer, spans, call), {
      durable,
    });
    for (const name of names(20, (index) => index === 7)) parts.end(name);
    void parts.router.forceFlush();
    await later(LONG);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 19, dropped: { export_failed: 1 } });
  });

  it("loses nothing to an outage that ends while the span is looked for", async () => {
    for (let outageCalls = 8; outageCalls < 30; outageCalls++) {
      const parts = line((answer, spans, call) => (call < outageCalls ? fail : succeed)(answer, spans, call), {
        durable,
      });
      for (const name of names(20, () => false)) parts.end(name);
      void parts.router.forceFlush();
      await later(2 * LONG);
      expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 20, dropped: {} });
    }
  });

  it("that finds a batch too large gets halves of it at once, and what is too large alone is rejected", async () => {
    const tooLarge: Behaviour = (answer, spans) =>
      spans.length > 3 || spans.some(isPoison)
        ? answer({ code: 1, error: new Error("413"), rejected: spans.length, isTooLarge: true })
        : answer({ code: 0 });
    const parts = line(tooLarge, { durable });
    for (const name of names(20, (index) => index === 7)) parts.end(name);
    await flush(parts);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 19, rejected: 1, dropped: {} });
  });
});
