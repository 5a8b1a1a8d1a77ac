import { containedFaults } from "../../lib/internal/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import type { ProcessorOptions } from "../../lib/processors/index.js";
import { FakeExporter, fakeClock, imbalance, inTurn, realClock, rig, succeed, unavailable, watch } from "./fakes.js";
import type { Behaviour, Rig } from "./fakes.js";

beforeEach(fakeClock);
afterEach(realClock);

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const TIMEOUT = 2 * SECOND;

const later = (millis: number): Promise<void> => jest.advanceTimersByTimeAsync(millis);
/** What has been set in motion goes on, in no time; an immediate takes a millisecond of fake time. */
const settle = (): Promise<void> => later(2);

/** An exporter that remembers when it was called. */
class TimedExporter extends FakeExporter {
  readonly times: number[] = [];

  override export(...args: Parameters<FakeExporter["export"]>): void {
    this.times.push(jest.now());
    super.export(...args);
  }

  /** Milliseconds from each call to the next, without those that the turns of the event loop take. */
  get gaps(): number[] {
    return this.times.slice(1).map((time, index) => Math.floor((time - (this.times[index] ?? 0)) / 5) * 5);
  }
}

interface Line extends Rig {
  readonly exporter: TimedExporter;
}

function line(behave: Behaviour, options: Partial<ProcessorOptions> = {}): Line {
  const parts = rig();
  const exporter = new TimedExporter(behave);
  parts.router.addProcessor({ name: "default", exporter, ...options });
  return { ...parts, exporter };
}

const unbatched = { isBatchingEnabled: false };
const pairs = { queue: { maxBatchSpans: 2 } };

describe("a batch that an exporter cannot deliver now", () => {
  it("is queued until it goes again, before all that ended later, in batches as they were", async () => {
    const { end, ledger, exporter } = line(inTurn(unavailable(), unavailable()), pairs);
    for (const name of ["a", "b", "c"]) end(name);
    await settle();
    expect(exporter.batches).toEqual([["a", "b"]]);
    expect(ledger("default")).toMatchObject({ ended: 3, queued: 3, inFlight: 0, exported: 0, dropped: {} });
    end("d");
    await later(500);
    expect(exporter.batches).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
    expect(ledger("default")).toMatchObject({ queued: 4, inFlight: 0 });
    await later(2 * SECOND);
    expect(exporter.batches.slice(2)).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(ledger("default")).toMatchObject({ ended: 4, queued: 0, exported: 4, dropped: {} });
  });

  it("goes again after half a second, then after twice the time before, half a minute at most", async () => {
    const { end, exporter } = line(unavailable(), unbatched);
    end("a");
    await later(160 * SECOND);
    expect(exporter.gaps).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  });

  it("goes again up to half the time sooner, by chance", async () => {
    jest.spyOn(Math, "random").mockReturnValue(0.998);
    const { end, exporter } = line(unavailable(), unbatched);
    end("a");
    await later(2 * SECOND);
    expect(exporter.gaps).toEqual([250, 500, 1_000]);
  });

  it("starts at half a second again when one was delivered in between", async () => {
    const { end, exporter } = line(inTurn(unavailable(), unavailable(), succeed, unavailable()), unbatched);
    end("a");
    await later(2 * SECOND);
    expect(exporter.gaps).toEqual([500, 1_000]);
    end("b");
    await later(SECOND);
    expect(exporter.gaps.slice(3)).toEqual([500]);
  });

  it("starts at half a second again when one was refused in between: whoever refuses is there", async () => {
    const refuse: Behaviour = (answer) => answer({ code: 1, rejected: 1 });
    const { end, exporter } = line(inTurn(unavailable(), unavailable(), refuse, unavailable()), unbatched);
    end("a");
    await later(2 * SECOND);
    end("b");
    await later(SECOND);
    expect(exporter.gaps.slice(3)).toEqual([500]);
  });

  it.each([
    ["a minute", 60 * SECOND],
    ["a hundred days, which no timer can hold", 100 * DAY],
  ])("waits as long as the destination asks: %s", async (_what, asked) => {
    const { end, exporter, ledger } = line(inTurn(unavailable(asked)), unbatched);
    end("a");
    await later(asked - SECOND);
    expect(exporter.batches).toHaveLength(1);
    end("b");
    expect(ledger("default")).toMatchObject({ queued: 2, dropped: {} });
    await later(SECOND + 10);
    expect(exporter.batches).toEqual([["a"], ["a"], ["b"]]);
    expect(exporter.gaps[0]).toBe(asked);
  });

  it("waits for the back-off when the destination asks for less", async () => {
    const { end, exporter } = line(inTurn(unavailable(100), unavailable(100)), unbatched);
    end("a");
    await later(3 * SECOND);
    expect(exporter.gaps).toEqual([500, 1_000]);
  });

  it("goes again by itself, although the delay of its spans was over while it was in flight", async () => {
    const parts = rig();
    const exporter = FakeExporter.held();
    parts.router.addProcessor({ name: "default", exporter, ...pairs });
    for (const name of ["a", "b"]) parts.end(name);
    await later(1_500);
    exporter.answer({ code: 1, retryAfterMillis: 0 });
    await later(600);
    expect(exporter.batches).toHaveLength(2);
  });

  it("goes again as it was: without the spans that could not be redacted, and redacted once", async () => {
    const seen: string[] = [];
    const redact = (span: ReadableSpan): ReadableSpan => {
      seen.push(span.name);
      if (span.name === "broken") throw new Error("no");
      return { ...span, name: `${span.name}*`, spanContext: () => span.spanContext() };
    };
    const { router, end, ledger } = rig({ redact });
    const exporter = new FakeExporter(inTurn(unavailable(), unavailable()));
    router.addProcessor({ name: "default", exporter, queue: { maxBatchSpans: 3 } });
    for (const name of ["a", "broken", "b"]) end(name);
    await later(2 * SECOND);
    expect(seen).toEqual(["a", "broken", "b"]);
    expect(exporter.batches).toEqual(Array(3).fill(["a*", "b*"]));
    expect(ledger("default")).toMatchObject({ exported: 2, queued: 0, dropped: { redaction_failed: 1 } });
  });

  it("goes again whole although the exporter has emptied the array that it was given", async () => {
    const steal: Behaviour = (answer, spans, call) => {
      spans.length = 0;
      unavailable()(answer, spans, call);
    };
    const { end, ledger, exporter } = line(inTurn(steal, steal), pairs);
    for (const name of ["a", "b"]) end(name);
    await later(2 * SECOND);
    expect(exporter.batches).toEqual(Array(3).fill(["a", "b"]));
    expect(ledger("default").exported).toBe(2);
  });

  it("is said once per processor, with the reason", async () => {
    const { end, said } = line(unavailable(), unbatched);
    for (const name of ["a", "b"]) end(name);
    await later(10 * SECOND);
    expect(said).toEqual([expect.stringMatching(/SPANDREL_EXPORT_PUT_OFF: processor "default".*: try again\n$/)]);
  });

  it("keeps no process alive while it waits", async () => {
    const spy = jest.spyOn(globalThis, "setTimeout");
    const { end } = line(unavailable(100 * DAY), unbatched);
    end("a");
    await settle();
    const timers = spy.mock.results.map(({ value }) => value as NodeJS.Timeout);
    expect(timers.length).toBeGreaterThanOrEqual(2);
    expect(timers.filter((timer) => timer.hasRef())).toEqual([]);
  });
});

describe("a batch goes again", () => {
  const fail: Behaviour = (answer) => answer({ code: 1, error: new Error("boom") });
  const hang: Behaviour = () => undefined;

  it.each<[string, Behaviour, Record<string, unknown>]>([
    ["that it failed without a word about another attempt", fail, { dropped: { export_failed: 1 } }],
    ["null about another attempt", (answer) => answer({ code: 1, retryAfterMillis: null as never }), {}],
    ["a time that is none", (answer) => answer({ code: 1, retryAfterMillis: NaN }), {}],
    ["a time before now", (answer) => answer({ code: 1, retryAfterMillis: -1 }), {}],
    ["a time in words", (answer) => answer({ code: 1, retryAfterMillis: "5" as never }), {}],
    ["nothing in time", hang, { dropped: { export_timeout: 1 } }],
    [
      "that spans were refused for good",
      (answer) => answer({ code: 1, rejected: 1, retryAfterMillis: 0 }),
      { rejected: 1, dropped: {} },
    ],
    [
      "that more spans were refused than there were",
      (answer) => answer({ code: 1, rejected: 99 }),
      { rejected: 1, dropped: {} },
    ],
  ])("never when the exporter has answered %s", async (_what, behave, counted) => {
    const { end, ledger, exporter } = line(inTurn(behave), { ...unbatched, queue: { exportTimeoutMillis: TIMEOUT } });
    end("a");
    await later(60 * SECOND);
    expect(exporter.batches).toHaveLength(1);
    const expected = { queued: 0, inFlight: 0, exported: 0, rejected: 0, dropped: { export_failed: 1 }, ...counted };
    expect(ledger("default")).toMatchObject(expected);
  });

  it("when no answer came in time and the exporter accepts repeats", async () => {
    const parts = rig();
    const exporter = Object.assign(new TimedExporter(inTurn(hang, hang)), { acceptsRepeats: true });
    parts.router.addProcessor({ name: "default", exporter, ...unbatched, queue: { exportTimeoutMillis: TIMEOUT } });
    parts.end("a");
    await later(TIMEOUT);
    expect(parts.ledger("default")).toMatchObject({ queued: 1, inFlight: 0, dropped: {} });
    await later(10 * SECOND);
    expect(exporter.gaps).toEqual([TIMEOUT + 500, TIMEOUT + 1_000]);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 1, dropped: {} });
    expect(parts.said).toEqual([expect.stringMatching(/PUT_OFF.*no answer within 2000 ms/)]);
  });

  it("and an answer to the attempt before does not count for it", async () => {
    const answers: (() => void)[] = [];
    const parts = rig();
    const hold: Behaviour = (answer) => void answers.push(() => answer({ code: 0 }));
    const exporter = Object.assign(new FakeExporter(hold), { acceptsRepeats: true });
    parts.router.addProcessor({ name: "default", exporter, ...unbatched, queue: { exportTimeoutMillis: TIMEOUT } });
    parts.end("a");
    await later(TIMEOUT + 600);
    expect(exporter.batches).toHaveLength(2);
    answers[0]?.();
    expect(parts.ledger("default")).toMatchObject({ inFlight: 1, exported: 0 });
    answers[1]?.();
    expect(parts.ledger("default")).toMatchObject({ inFlight: 0, exported: 1 });
  });

  it("less what was refused of it: that counts as rejected, and the rest as failed", async () => {
    const { end, ledger, said } = line((answer) => answer({ code: 1, rejected: 1, error: new Error("400") }), pairs);
    for (const name of ["a", "b"]) end(name);
    await settle();
    expect(ledger("default")).toMatchObject({ rejected: 1, exported: 0, dropped: { export_failed: 1 } });
    expect(said).toEqual([
      expect.stringMatching(
        /EXPORT_REJECTED: the destination has refused 1 spans of processor "default" for good: .*400/,
      ),
      expect.stringMatching(/EXPORT_FAILED: .* 1 spans are lost: .*400/),
    ]);
  });
});

describe("a queue in which a batch waits for another attempt", () => {
  const queue = { maxSpans: 4, maxBatchSpans: 2, exportTimeoutMillis: TIMEOUT };

  it("counts it, and lets it give way when a new span needs the room", async () => {
    const { end, ledger, exporter } = line(inTurn(unavailable(10 * SECOND)), { queue });
    for (const name of ["a", "b"]) end(name);
    await settle();
    for (const name of ["c", "d"]) end(name);
    expect(ledger("default")).toMatchObject({ queued: 4, dropped: {} });
    end("e");
    expect(ledger("default")).toMatchObject({ queued: 3, dropped: { export_failed: 2 } });
    for (const name of ["f", "g"]) end(name);
    expect(ledger("default")).toMatchObject({ queued: 4, dropped: { export_failed: 2, queue_full: 1 } });
    await later(11 * SECOND);
    expect(exporter.batches.slice(1)).toEqual([
      ["c", "d"],
      ["e", "f"],
    ]);
    expect(imbalance(ledger("default"))).toBe(0);
  });

  it("lets it give way to bytes as well, and not to a span for which that would not make room", async () => {
    const small = { maxBytes: 10_000, maxBatchSpans: 2 };
    const { end, ledger } = line(unavailable(10 * SECOND), { queue: small });
    const weigh = (length: number): object => ({ attributes: { text: "x".repeat(length) } });
    for (const name of ["a", "b"]) end(name, weigh(2_000));
    await settle();
    end("too large for any queue", weigh(20_000));
    expect(ledger("default")).toMatchObject({ queued: 2, dropped: { queue_full: 1 } });
    end("c", weigh(7_000));
    expect(ledger("default")).toMatchObject({ queued: 1, dropped: { queue_full: 1, export_failed: 2 } });
  });

  it("drops the newest while the batch is in flight", async () => {
    const hold: Behaviour = () => undefined;
    const { end, ledger } = line(inTurn(unavailable(), hold), { queue });
    for (const name of ["a", "b"]) end(name);
    await later(600);
    for (const name of ["c", "d", "e", "f", "g"]) end(name);
    expect(ledger("default")).toMatchObject({ inFlight: 2, queued: 4, dropped: { queue_full: 1 } });
  });

  it("keeps it, beyond its bounds, when it has filled up meanwhile and giving way would make no room", async () => {
    const { end, router, ledger } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ name: "default", exporter, queue });
    for (const name of ["a", "b"]) end(name);
    await settle();
    for (const name of ["c", "d", "e", "f"]) end(name);
    exporter.answer({ code: 1, retryAfterMillis: 0 });
    expect(ledger("default")).toMatchObject({ queued: 6, inFlight: 0, dropped: {} });
    end("g");
    expect(ledger("default")).toMatchObject({ queued: 6, dropped: { queue_full: 1 } });
    for (let batch = 0; batch < 3; batch++) {
      await later(600);
      exporter.answer();
    }
    expect(exporter.batches.slice(1)).toEqual([
      ["a", "b"],
      ["c", "d"],
      ["e", "f"],
    ]);
  });

  it("counts it no more when it is delivered in the end", async () => {
    const { end, ledger } = line(inTurn(unavailable()), { queue });
    for (const name of ["a", "b"]) end(name);
    await later(SECOND);
    for (const name of ["c", "d", "e", "f"]) end(name);
    expect(ledger("default")).toMatchObject({ exported: 2, queued: 4, dropped: {} });
  });
});

describe("a processor that does not batch", () => {
  it("does not call the exporter in a pause, and sends what has gathered in two batches after it", async () => {
    const { end, ledger, exporter } = line(inTurn(unavailable()), unbatched);
    for (const name of ["a", "b", "c"]) end(name);
    expect(exporter.batches).toEqual([["a"]]);
    expect(ledger("default")).toMatchObject({ queued: 3, inFlight: 0 });
    await later(510);
    expect(exporter.batches).toEqual([["a"], ["a"], ["b", "c"]]);
    expect(ledger("default")).toMatchObject({ queued: 0, exported: 3 });
  });
});

describe("an exporter that two processors share", () => {
  function shared(behave: Behaviour): Rig & { exporter: TimedExporter } {
    const parts = rig();
    const exporter = new TimedExporter(behave);
    parts.router.addProcessor({ name: "one", exporter, ...unbatched });
    parts.router.addProcessor({ name: "two", exporter, ...unbatched });
    return { ...parts, exporter };
  }

  it("is left alone by both while one's batch waits", async () => {
    const { end, ledger, exporter } = shared(inTurn(unavailable(5 * SECOND)));
    end("a", { tag: "one" });
    end("b", { tag: "two" });
    await later(4 * SECOND);
    expect(exporter.batches).toEqual([["a"]]);
    expect(ledger("two")).toMatchObject({ queued: 1, inFlight: 0 });
    await later(1_100);
    expect([...exporter.names].sort()).toEqual(["a", "a", "b"]);
    expect([ledger("one").exported, ledger("two").exported]).toEqual([1, 1]);
  });

  it("makes no flush wait for the pause, not of the one whose spans were not tried either", async () => {
    const { router, end, ledger } = shared(unavailable(100 * DAY));
    const flushed = router.forceFlush();
    end("a", { tag: ["one", "two"] });
    const both = watch(Promise.all([flushed, router.forceFlush()]));
    await settle();
    expect(both.isDone).toBe(true);
    expect([ledger("one").queued, ledger("two").queued]).toEqual([1, 1]);
  });

  it("makes no flush wait that began while the other's batch was in flight", async () => {
    const parts = rig();
    const exporter = FakeExporter.held();
    for (const name of ["one", "two"]) parts.router.addProcessor({ name, exporter });
    parts.end("a", { tag: ["one", "two"] });
    const flushed = watch(parts.router.forceFlush());
    await settle();
    expect(exporter.heldCount).toBe(1);
    exporter.answer({ code: 1, retryAfterMillis: 100 * DAY });
    await settle();
    expect(flushed.isDone).toBe(true);
  });

  it("goes on for the one that stays when the other is removed in a pause", async () => {
    const parts = rig();
    const exporter = new FakeExporter(inTurn(unavailable(20 * SECOND)));
    const handle = parts.router.addProcessor({ name: "one", exporter, ...unbatched });
    parts.router.addProcessor({ name: "two", exporter, ...unbatched });
    parts.end("a", { tag: "one" });
    parts.end("b", { tag: "two" });
    await handle.remove();
    expect(parts.ledger("one")).toMatchObject({ queued: 0, dropped: { shutdown: 1 } });
    await later(21 * SECOND);
    expect(exporter.batches).toEqual([["a"], ["b"]]);
    expect(exporter.calls).toEqual(["export", "export"]);
  });
});

describe("forceFlush", () => {
  it("cuts a back-off short, and resolves when the spans of the call are delivered", async () => {
    const { router, end, ledger, exporter } = line(inTurn(unavailable()), pairs);
    for (const name of ["a", "b"]) end(name);
    await settle();
    end("c");
    const flushed = watch(router.forceFlush());
    await settle();
    expect(flushed.isDone).toBe(true);
    expect(exporter.batches.slice(1)).toEqual([["a", "b"], ["c"]]);
    expect(ledger("default")).toMatchObject({ exported: 3, queued: 0 });
  });

  it("goes on trying where it was given a time, as at the end of a process", async () => {
    const { router, end, ledger } = line(inTurn(unavailable(), unavailable(300)));
    end("a");
    const flushed = watch(router.forceFlush(2_000));
    await settle();
    expect(flushed.isDone).toBe(false);
    await later(1_900);
    expect(flushed.isDone).toBe(true);
    expect(ledger("default")).toMatchObject({ exported: 1, queued: 0 });
  });

  it("resolves when the time it was given is up, or too short for what the destination has asked for", async () => {
    const { router, end, ledger } = line(inTurn(unavailable(5_000)));
    end("a");
    const flushed = watch(router.forceFlush(2_000));
    await settle();
    expect(flushed.isDone).toBe(true);
    expect(ledger("default")).toMatchObject({ exported: 0, queued: 1 });
  });

  it("resolves when a batch was tried and put off, at every call again", async () => {
    const { router, end, ledger, exporter } = line(unavailable());
    end("a");
    for (let call = 1; call <= 5; call++) {
      const flushed = watch(router.forceFlush());
      await settle();
      expect(flushed.isDone).toBe(true);
      expect(exporter.batches).toHaveLength(call);
    }
    expect(ledger("default")).toMatchObject({ queued: 1, inFlight: 0, dropped: {} });
  });

  it("starts the back-off anew: whoever asks for an attempt may ask for the next", async () => {
    const { router, end, exporter } = line(unavailable(), unbatched);
    end("a");
    await later(70 * SECOND);
    await router.forceFlush();
    const { length } = exporter.times;
    await later(4 * SECOND);
    expect(exporter.gaps.slice(length - 1)).toEqual([500, 1_000, 2_000]);
  });

  it("leaves a destination alone that has asked for it, and resolves", async () => {
    const { router, end, ledger, exporter } = line(inTurn(unavailable(60 * SECOND)));
    end("a");
    await router.forceFlush();
    end("b");
    const flushed = watch(router.forceFlush());
    await settle();
    expect(flushed.isDone).toBe(true);
    expect(exporter.batches).toEqual([["a"]]);
    expect(exporter.calls).toEqual(["export", "forceFlush", "forceFlush"]);
    expect(ledger("default")).toMatchObject({ queued: 2, dropped: {} });
    await later(61 * SECOND);
    expect(exporter.batches).toEqual([["a"], ["a"], ["b"]]);
  });

  it("cuts the rest of a back-off short when the time that was asked for is over", async () => {
    const quick = unavailable(100);
    const { router, end, exporter } = line(inTurn(quick, quick, quick, quick), unbatched);
    end("a");
    await later(3_600);
    expect(exporter.gaps).toEqual([500, 1_000, 2_000]);
    await later(200);
    await Promise.all([router.forceFlush(), settle()]);
    expect(exporter.batches).toHaveLength(5);
  });

  it("does not send a batch twice that is in flight", async () => {
    const parts = rig();
    const exporter = FakeExporter.held();
    parts.router.addProcessor({ name: "default", exporter, ...unbatched });
    parts.end("a");
    const flushed = [parts.router.forceFlush(), parts.router.forceFlush()].map(watch);
    parts.end("b");
    await settle();
    expect(exporter.batches).toEqual([["a"]]);
    expect(flushed.map(({ isDone }) => isDone)).toEqual([false, false]);
    exporter.answer();
    await settle();
    expect(flushed.map(({ isDone }) => isDone)).toEqual([true, true]);
  });

  it("resolves for all who wait when a batch is put off, however many", async () => {
    const parts = rig();
    const exporter = FakeExporter.held();
    parts.router.addProcessor({ name: "default", exporter, queue: { maxBatchSpans: 1 } });
    const flushes: { isDone: boolean }[] = [];
    for (let index = 0; index < 100; index++) {
      parts.end("a");
      flushes.push(watch(parts.router.forceFlush()));
    }
    await settle();
    exporter.answer({ code: 1, retryAfterMillis: 5 * SECOND });
    await settle();
    expect(flushes.filter(({ isDone }) => !isDone)).toEqual([]);
    expect(exporter.batches).toHaveLength(1);
  });
});

describe("exportAtOnce", () => {
  it("does not wait for a back-off, and tries each batch once", () => {
    const { router, end, ledger, exporter } = line(inTurn(unavailable(), succeed, unavailable()), unbatched);
    for (const name of ["a", "b", "c"]) end(name);
    router.exportAtOnce();
    expect(exporter.batches).toEqual([["a"], ["a"], ["b", "c"]]);
    expect(ledger("default")).toMatchObject({ exported: 1, queued: 2 });
  });

  it("leaves a destination alone that has asked for it", () => {
    const { router, end, exporter } = line(unavailable(SECOND), unbatched);
    end("a");
    router.exportAtOnce();
    expect(exporter.batches).toEqual([["a"]]);
  });
});

describe("shutdown", () => {
  it("goes on trying within its deadline, at once to begin with, after however long an outage", async () => {
    const { router, end, ledger, exporter } = line(unavailable(), unbatched);
    end("a");
    await later(300 * SECOND);
    const before = exporter.times.length;
    const closed = watch(router.shutdown());
    await later(8 * SECOND);
    expect(exporter.gaps.slice(before)).toEqual([500, 1_000, 2_000, 4_000]);
    expect(closed.isDone).toBe(true);
    expect(exporter.calls.at(-1)).toBe("shutdown");
    expect(ledger("default")).toMatchObject({ queued: 0, exported: 0, dropped: { shutdown: 1 } });
  });

  it("delivers what the destination takes at a later attempt, all of it", async () => {
    const { router, end, ledger, exporter } = line(inTurn(unavailable(), unavailable(), unavailable()), pairs);
    for (const name of ["a", "b", "c"]) end(name);
    const closed = watch(router.shutdown());
    await later(4 * SECOND);
    expect(closed.isDone).toBe(true);
    expect(exporter.batches).toEqual([["a", "b"], ["a", "b"], ["a", "b"], ["a", "b"], ["c"]]);
    expect(ledger("default")).toMatchObject({ exported: 3, dropped: {} });
  });

  it("waits for a time that was asked for and is within its deadline, whatever the back-off", async () => {
    const { router, end, ledger, exporter } = line((answer, spans, call) => {
      if (call >= 12) return succeed(answer, spans, call);
      return unavailable(call === 11 ? 5 * SECOND : 0)(answer, spans, call);
    }, unbatched);
    end("a");
    while (exporter.times.length < 12) await later(SECOND);
    const closed = watch(router.shutdown());
    await later(3_900);
    expect(closed.isDone).toBe(false);
    await later(1_200);
    expect(closed.isDone).toBe(true);
    expect(ledger("default")).toMatchObject({ exported: 1, dropped: {} });
    expect(exporter.gaps.at(-1)).toBe(5 * SECOND);
  });

  it.each([
    ["before", true],
    ["during", false],
  ])("does not wait for a time beyond its deadline that was asked for %s it", async (_when, isBefore) => {
    const { router, end, ledger, exporter } = line(unavailable(60 * SECOND));
    end("a");
    if (isBefore) await router.forceFlush();
    const closed = watch(router.shutdown());
    await settle();
    expect(closed.isDone).toBe(true);
    expect(exporter.batches).toHaveLength(1);
    expect(exporter.calls.at(-1)).toBe("shutdown");
    expect(ledger("default")).toMatchObject({ queued: 0, dropped: { shutdown: 1 } });
    expect(jest.getTimerCount()).toBe(0);
  });

  it("does not wait in vain for the other processor of a shared exporter either", async () => {
    const parts = rig();
    const exporter = new FakeExporter(unavailable(60 * SECOND));
    for (const name of ["one", "two"]) parts.router.addProcessor({ name, exporter });
    parts.end("a", { tag: ["one", "two"] });
    const closed = watch(parts.router.shutdown());
    await settle();
    expect(closed.isDone).toBe(true);
    expect([parts.ledger("one").dropped, parts.ledger("two").dropped]).toEqual([{ shutdown: 1 }, { shutdown: 1 }]);
  });

  it.each([
    ["success", { code: 0 }],
    ["that it may be sent again", { code: 1, retryAfterMillis: 0 }],
    ["a time to wait", { code: 1, retryAfterMillis: 100 * DAY }],
    ["a refusal", { code: 1, rejected: 1 }],
  ])("ignores an answer that comes after it has given up: %s", async (_what, answer) => {
    const parts = rig();
    const exporter = FakeExporter.held();
    parts.router.addProcessor({ name: "default", exporter, queue: { maxBatchSpans: 1 } });
    for (const name of ["a", "b"]) parts.end(name);
    const closed = watch(parts.router.shutdown());
    await later(9_000);
    expect(closed.isDone).toBe(true);
    const counted = { queued: 0, inFlight: 0, exported: 0, rejected: 0, dropped: { shutdown: 2 } };
    expect(parts.ledger("default")).toMatchObject(counted);
    exporter.answer(answer);
    await settle();
    expect(jest.getTimerCount()).toBe(0);
    await later(60 * SECOND);
    expect(parts.ledger("default")).toMatchObject(counted);
    expect(exporter.calls).toEqual(["export", "shutdown"]);
  });

  it("is over with a removal that has begun before", async () => {
    const parts = rig();
    const exporter = new FakeExporter(unavailable());
    const handle = parts.router.addProcessor({ name: "default", exporter, ...unbatched });
    parts.end("a");
    const closed = watch(Promise.all([handle.remove(), parts.router.shutdown(), handle.remove()]));
    await later(8 * SECOND);
    expect(closed.isDone).toBe(true);
    expect(exporter.calls.filter((call) => call === "shutdown")).toHaveLength(1);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, dropped: { shutdown: 1 } });
    expect(jest.getTimerCount()).toBe(0);
  });

  it("leaves no timer of a pause behind", async () => {
    const { router, end } = line(unavailable(), unbatched);
    end("a");
    await Promise.all([router.shutdown(2 * SECOND), later(2 * SECOND)]);
    expect(jest.getTimerCount()).toBe(0);
    expect(containedFaults()).toEqual({});
  });
});

describe("a redaction that ends a span itself", () => {
  it("loses neither batch, although the new span would start an export of its own", async () => {
    const seen: string[] = [];
    const { router, end, ledger } = rig({
      redact: (span) => {
        seen.push(span.name);
        if (span.name === "a") end("from inside");
        return span;
      },
    });
    const exporter = FakeExporter.held();
    router.addProcessor({ name: "default", exporter, ...unbatched });
    end("a");
    expect(exporter.batches).toEqual([["a"]]);
    expect(ledger("default")).toMatchObject({ inFlight: 1, queued: 1 });
    exporter.answer();
    await settle();
    exporter.answer();
    await settle();
    expect(exporter.batches).toEqual([["a"], ["from inside"]]);
    expect(ledger("default")).toMatchObject({ ended: 2, exported: 2, inFlight: 0, queued: 0 });
  });
});
