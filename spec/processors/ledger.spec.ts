import fs from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";

import type { ReadableSpan } from "../../lib/otlp/index.js";
import { makeFolder, removeFolders } from "../spool/spool-folder.js";
import { FakeExporter, fakeClock, imbalance, realClock, rig, succeed, unavailable } from "./fakes.js";
import type { Behaviour, Rig, SpanSketch } from "./fakes.js";

beforeEach(fakeClock);
afterEach(realClock);

const TIMEOUT = 2_000;
const PROCESSORS = ["default", "debug", "processor-1", "processor-2", "kept", "tight"] as const;
const DURABLE: readonly string[] = ["kept", "tight"];
type Name = (typeof PROCESSORS)[number];

const OUTCOMES = {
  succeed,
  fail: (answer) => answer({ code: 1 }),
  throw: () => {
    throw new Error("boom");
  },
  reject: () => Promise.reject(new Error("boom")),
  hang: () => undefined,
  late: (answer) => void setTimeout(() => answer({ code: 0 }), TIMEOUT + 500),
  retry: unavailable(),
  retrySoon: unavailable(900),
  retryLate: unavailable(60_000),
  refuse: (answer, spans) => answer({ code: 1, rejected: spans.length }),
  refuseOne: (answer) => answer({ code: 1, rejected: 1, retryAfterMillis: 0 }),
  rejectOne: (answer) => answer({ code: 0, rejected: 1 }),
  poison: (answer, spans) => {
    if (spans.some(({ attributes }) => attributes["size"] === "big")) throw new Error("boom");
    answer({ code: 0 });
  },
  slow: (answer) => void setTimeout(() => answer({ code: 0 }), 300),
  twice: (answer) => {
    answer({ code: 0 });
    answer({ code: 1 });
  },
  undefined: (answer) => answer(undefined as never),
  steal: (answer, spans) => {
    spans.splice(0);
    answer({ code: 0 });
  },
} satisfies Record<string, Behaviour>;
type Outcome = keyof typeof OUTCOMES;

type Step =
  | {
      readonly do: "end";
      readonly tag?: string[];
      readonly size: "small" | "broken" | "big";
      readonly refused: boolean;
      readonly secret: boolean;
    }
  | { readonly do: "wait"; readonly millis: number }
  | { readonly do: "flush" }
  | { readonly do: "exit" }
  | { readonly do: "delete" }
  | { readonly do: "remove" }
  | { readonly do: "shutdown" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record(
      {
        do: fc.constant("end" as const),
        tag: fc.subarray(["default", "debug", "typo"]),
        size: fc.constantFrom("small" as const, "broken" as const, "big" as const),
        refused: fc.boolean(),
        secret: fc.nat(9).map((number) => number === 0),
      },
      { requiredKeys: ["do", "size", "refused", "secret"] },
    ),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), millis: fc.constantFrom(1, 100, 1_500) }) },
  { weight: 1, arbitrary: fc.constant({ do: "flush" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "exit" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "delete" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "remove" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "shutdown" as const }) },
);

/** What of the span reaches which processor, written from the contract and not from the code. */
function expectedOffers(tag: readonly string[], isDebugThere: boolean): Name[] {
  const known = tag.filter((name) => name === "default" || (name === "debug" && isDebugThere)) as Name[];
  if (tag.length === 0) return ["default", "processor-1", "processor-2", "kept", "tight"];
  return [...(known.length === 0 ? (["default", "kept", "tight"] as const) : known), "processor-2"];
}

const filter = (span: ReadableSpan): boolean => {
  if (span.attributes["size"] === "broken") throw new Error("boom");
  return span.attributes["size"] === "big";
};

/** Every ledger balances and holds no negative number; called at each step and inside every callback. */
function audit({ router }: Rig): void {
  for (const ledger of router.status().processors) {
    const { name, dropped, isDurable: _, ...counts } = ledger;
    const numbers = [...Object.values(counts), ...Object.values(dropped)];
    if (imbalance(ledger) !== 0 || numbers.some((count) => count < 0)) {
      throw new Error(`the ledger of ${name} does not balance: ${JSON.stringify(ledger)}`);
    }
  }
}

async function run(steps: readonly Step[], outcomes: readonly Outcome[]): Promise<void> {
  const faults: unknown[] = [];
  const dir = makeFolder();
  const parts = rig({
    autoFlush: "root",
    postprocess: () => check(),
    redact: (span) => {
      check();
      if (span.attributes["secret"] === true) throw new Error("boom");
      return span;
    },
  });
  const check = (): void => {
    try {
      audit(parts);
    } catch (error) {
      faults.push(error);
    }
  };
  let calls = 0;
  const behave: Behaviour = (answer, spans, call) => {
    check();
    const outcome = outcomes[calls++ % outcomes.length] ?? "succeed";
    return OUTCOMES[outcome](
      (result) => {
        check();
        answer(result);
        check();
      },
      spans,
      call,
    );
  };
  const shared = new FakeExporter(behave);
  const queue = { maxSpans: 4, maxBatchSpans: 2, exportTimeoutMillis: TIMEOUT, scheduledDelayMillis: 700 };
  const checkedFilter = (span: ReadableSpan): boolean => {
    check();
    return filter(span);
  };
  parts.router.addProcessor({ name: "default", exporter: shared, queue });
  const debug = parts.router.addProcessor({
    name: "debug",
    exporter: new FakeExporter(behave),
    filter: checkedFilter,
    queue,
  });
  parts.router.addProcessor({ exporter: new FakeExporter(behave), queue: { ...queue, maxSpans: 100 } });
  parts.router.addProcessor({ exporter: shared, filter: checkedFilter, isBatchingEnabled: false, queue });
  const repeatable = Object.assign(new FakeExporter(behave), { acceptsRepeats: true });
  for (const [name, maxBytes] of [
    ["kept", 1_000_000],
    ["tight", 2_000],
  ] as const) {
    const durable = { dir: join(dir, name), maxBytes };
    parts.router.addProcessor({ name, isDefault: true, exporter: repeatable, queue, durable });
  }

  const offered: Record<Name, number> = { default: 0, debug: 0, "processor-1": 0, "processor-2": 0, kept: 0, tight: 0 };
  const broken: Record<string, number> = {};
  let ended = 0;
  let endedBeforeRemoval: number | undefined;
  for (const action of steps) {
    if (action.do === "wait") await jest.advanceTimersByTimeAsync(action.millis);
    if (action.do === "flush") void parts.router.forceFlush();
    if (action.do === "exit") parts.router.exportAtOnce();
    if (action.do === "delete") fs.rmSync(dir, { recursive: true, force: true });
    if (action.do === "shutdown") void parts.router.shutdown();
    if (action.do === "remove") {
      void debug.remove();
      endedBeforeRemoval ??= ended;
    }
    if (action.do === "end") {
      ended++;
      const sketch: SpanSketch = {
        attributes: { size: action.size, secret: action.secret },
        ...(action.tag && { tag: action.tag }),
        ...(action.refused && { exportFilter: { name: { operator: "equal", value: "another" } } }),
      };
      parts.end("span", sketch);
      for (const name of action.refused ? [] : expectedOffers(action.tag ?? [], endedBeforeRemoval === undefined)) {
        const isFiltering = name === "debug" || name === "processor-2";
        if (isFiltering && action.size === "broken") broken[name] = (broken[name] ?? 0) + 1;
        if (!isFiltering || action.size !== "small") offered[name]++;
      }
    }
    check();
  }
  const closed = parts.router.shutdown();
  check();
  await jest.advanceTimersByTimeAsync(20_000);
  await closed;
  check();
  expect(faults).toEqual([]);
  for (const name of PROCESSORS) {
    const ledger = parts.ledger(name);
    const total = name === "debug" ? (endedBeforeRemoval ?? ended) : ended;
    expect(ledger).toMatchObject({
      ended: total,
      filtered: total - offered[name],
      inFlight: 0,
      ...(DURABLE.includes(name) ? {} : { queued: 0 }),
    });
    expect(ledger.dropped["filter_error"]).toBe(broken[name]);
    if (DURABLE.includes(name)) expectKept(join(dir, name), ledger.queued);
  }
}

/** What a durable processor still calls queued is there for the next one, unless somebody deletes it. */
function expectKept(dir: string, spans: number): void {
  if (!fs.existsSync(dir)) return;
  const next = rig();
  next.router.addProcessor({ name: "next", exporter: new FakeExporter(), durable: { dir } });
  expect(next.ledger("next")).toMatchObject({ ended: spans, recovered: spans, queued: spans });
}

describe("the ledger", () => {
  afterAll(removeFolders);

  it("balances at every step and inside every callback, whatever ends, flushes, fails and hangs", async () => {
    const names = Object.keys(OUTCOMES) as Outcome[];
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 8 }),
        run,
      ),
      { numRuns: 300 },
    );
  }, 60_000);

  it("comes to rest without another span or call when the exporter works again, whatever was before", async () => {
    const ended = { do: fc.constant("end" as const), millis: fc.constant(0) };
    const waited = { do: fc.constant("wait" as const), millis: fc.constantFrom(1, 300, 700, 1_200) };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.record(ended), fc.record(ended), fc.record(waited)), { minLength: 1, maxLength: 30 }),
        fc.array(fc.constantFrom(...(Object.keys(OUTCOMES) as Outcome[])), { maxLength: 12 }),
        fc.constantFrom(1, 2, 5),
        fc.boolean(),
        async (steps, outcomes, maxBatchSpans, durable) => {
          const { router, end, ledger } = rig();
          const behave: Behaviour = (answer, spans, call) => OUTCOMES[outcomes[call] ?? "succeed"](answer, spans, call);
          const exporter = Object.assign(new FakeExporter(behave), { acceptsRepeats: true });
          const queue = { maxBatchSpans, exportTimeoutMillis: TIMEOUT };
          router.addProcessor({ name: "default", exporter, queue, durable: durable && { dir: makeFolder() } });
          router.addProcessor({ name: "other", exporter, queue, isDefault: true });
          for (const action of steps) {
            if (action.do === "end") end("span");
            else await jest.advanceTimersByTimeAsync(action.millis);
          }
          await jest.advanceTimersByTimeAsync(15 * 60_000);
          for (const name of ["default", "other"]) {
            expect(ledger(name)).toMatchObject({ queued: 0, inFlight: 0 });
            expect(imbalance(ledger(name))).toBe(0);
          }
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  it("counts every sampled span as ended in every processor that is registered then, and no earlier one", () => {
    const { router, end, ledger } = rig();
    router.addProcessor({ name: "first", exporter: new FakeExporter() });
    end("a");
    router.addProcessor({ name: "second", exporter: new FakeExporter() });
    end("b", { tag: "second" });
    expect(ledger("first")).toMatchObject({ ended: 2, filtered: 2, queued: 0 });
    expect(ledger("second")).toMatchObject({ ended: 1, filtered: 0, queued: 1 });
  });

  it("shows each span where it is: queued, in flight, exported", async () => {
    const { router, end, ledger } = rig();
    const exporter = FakeExporter.held();
    router.addProcessor({ name: "default", exporter, queue: { maxBatchSpans: 2 } });
    for (const name of ["a", "b", "c"]) end(name);
    expect(ledger("default")).toMatchObject({ ended: 3, queued: 3, inFlight: 0, exported: 0 });
    await jest.advanceTimersByTimeAsync(1);
    expect(ledger("default")).toMatchObject({ ended: 3, queued: 1, inFlight: 2, exported: 0 });
    exporter.answer();
    expect(ledger("default")).toMatchObject({ ended: 3, queued: 1, inFlight: 0, exported: 2 });
  });

  it("is a snapshot that later spans do not change", () => {
    const { router, end } = rig();
    router.addProcessor({ name: "default", exporter: new FakeExporter(), queue: { maxSpans: 1 } });
    for (const name of ["a", "b"]) end(name);
    const [before] = router.status().processors;
    end("c");
    expect(before).toMatchObject({ ended: 2, dropped: { queue_full: 1 } });
  });
});
