import fc from "fast-check";
import { traced } from "../../lib/index.js";
import { useTraces } from "../support/traces.js";

const traces = useTraces();

/** One move of a consumer; what it sends is looked for again by identity. */
type Move = readonly ["next" | "throw" | "return", unknown] | readonly ["next"];
/** What the body does at one of its steps. */
type Step = "yield" | "throw" | "await" | "delegate" | "return";
interface Body {
  readonly steps: readonly Step[];
  readonly onError: "go on" | "rethrow" | "return";
  readonly isYieldingAtTheEnd: boolean;
}

const sent = fc.oneof(fc.integer(), fc.constant(undefined), fc.object());
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant("next" as const), sent) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("next" as const)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("throw" as const), sent) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("return" as const), sent) },
);
const moves = fc.array(move, { maxLength: 8 });
const body: fc.Arbitrary<Body> = fc.record({
  steps: fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constant("yield" as const) },
      {
        weight: 1,
        arbitrary: fc.constantFrom("throw" as const, "await" as const, "delegate" as const, "return" as const),
      },
    ),
    { maxLength: 6 },
  ),
  onError: fc.constantFrom("go on", "rethrow", "return"),
  isYieldingAtTheEnd: fc.boolean(),
});

type Log = unknown[];
const failure = { failed: true };

function* delegate(log: Log): Generator<string, string> {
  try {
    log.push("inner", yield "inner");
  } finally {
    log.push("inner closed");
  }
  return "inner end";
}

function* syncBody(this: unknown, { steps, onError, isYieldingAtTheEnd }: Body, log: Log): Generator<unknown, unknown> {
  log.push(this);
  for (const [index, step] of steps.entries()) {
    try {
      if (step === "yield") log.push("got", yield index);
      else if (step === "throw") throw failure;
      else if (step === "delegate") log.push(yield* delegate(log));
      else if (step === "return") return "early";
    } catch (error) {
      log.push("caught", error);
      if (onError === "rethrow") throw error;
      if (onError === "return") return error;
    } finally {
      log.push("finally", index);
      if (isYieldingAtTheEnd) log.push(yield "at the end");
    }
  }
  return "end";
}

async function* asyncBody(
  this: unknown,
  { steps, onError, isYieldingAtTheEnd }: Body,
  log: Log,
): AsyncGenerator<unknown, unknown> {
  log.push(this);
  for (const [index, step] of steps.entries()) {
    try {
      if (step === "yield") log.push("got", yield index);
      else if (step === "throw") throw failure;
      else if (step === "await") await null;
      else if (step === "delegate") log.push(yield* delegate(log));
      else if (step === "return") return "early";
    } catch (error) {
      log.push("caught", error);
      if (onError === "rethrow") throw error;
      if (onError === "return") return error;
    } finally {
      log.push("finally", index);
      if (isYieldingAtTheEnd) log.push(yield "at the end");
    }
  }
  return "end";
}

const tracedSync = traced("generator", syncBody);
const tracedAsync = traced("generator", asyncBody);
const self = { any: "this" };

interface Stepper {
  next(...args: unknown[]): unknown;
  throw(error: unknown): unknown;
  return(value: unknown): unknown;
}

/** How a step turned out, in a form in which two runs can be compared by identity. */
type Outcome = readonly ["result", unknown, unknown] | readonly ["threw", unknown];

function take(generator: Stepper, [kind, ...value]: Move): unknown {
  return Reflect.apply(generator[kind], generator, value);
}

function runSync(generator: Generator<unknown, unknown>, sequence: readonly Move[]): Outcome[] {
  return sequence.map((one) => {
    try {
      const { done, value } = take(generator as Stepper, one) as IteratorResult<unknown>;
      return ["result", done, value];
    } catch (error) {
      return ["threw", error];
    }
  });
}

async function settled(step: unknown): Promise<Outcome> {
  try {
    const { done, value } = (await step) as IteratorResult<unknown>;
    return ["result", done, value];
  } catch (error) {
    return ["threw", error];
  }
}

async function runAsync(generator: Stepper, sequence: readonly Move[], isQueued: boolean): Promise<Outcome[]> {
  if (isQueued) return Promise.all(sequence.map((one) => settled(take(generator, one))));
  const outcomes: Outcome[] = [];
  for (const one of sequence) outcomes.push(await settled(take(generator, one)));
  return outcomes;
}

function expectSame(given: readonly unknown[], wanted: readonly unknown[]): void {
  expect(given.length).toBe(wanted.length);
  given.forEach((value, index) => {
    const other = wanted[index];
    if (Array.isArray(value) && Array.isArray(other)) expectSame(value, other);
    else expect(Object.is(value, other)).toBe(true);
  });
}

/** A span as soon as a pull has started the body, and an end as soon as the generator has one. */
function expectSpan(sequence: readonly Move[], outcomes: readonly Outcome[]): void {
  const started = sequence.findIndex(([kind]) => kind === "next");
  const isStarted = started === 0;
  const end = outcomes.findIndex(([kind, done]) => kind === "threw" || done === true);
  const spans = traces.current.spans;
  expect(spans.length).toBe(isStarted && end >= 0 ? 1 : 0);
  const [span] = spans;
  if (span === undefined) return;
  const yielded = outcomes.slice(0, end).length;
  expect(span.attributes["spandrel.stream.chunk_count"]).toBe(yielded);
  const isFailed = outcomes[end]?.[0] === "threw";
  expect(span.attributes["spandrel.stream.outcome"]).toBe(
    isFailed ? "failed" : sequence[end]?.[0] === "return" ? "returned" : "completed",
  );
  expect(span.status.code).toBe(isFailed ? 2 : 0);
}

describe("the generator protocol", () => {
  it("sync: any sequence of next, throw and return gives what the native generator gives", () => {
    fc.assert(
      fc.property(body, moves, (plan, sequence) => {
        traces.current.reset();
        const [wantedLog, givenLog]: [Log, Log] = [[], []];
        const wanted = runSync(syncBody.call(self, plan, wantedLog), sequence);
        const given = runSync(tracedSync.call(self, plan, givenLog), sequence);
        expectSame(given, wanted);
        expectSame(givenLog, wantedLog);
        expectSpan(sequence, given);
      }),
      { numRuns: 300 },
    );
    expect(traces.current.faults).toEqual({});
  });

  it.each([
    ["one after the other", false],
    ["queued", true],
  ])("async, %s: gives what the native generator gives", async (_how, isQueued) => {
    await fc.assert(
      fc.asyncProperty(body, moves, async (plan, sequence) => {
        traces.current.reset();
        const [wantedLog, givenLog]: [Log, Log] = [[], []];
        const wanted = await runAsync(asyncBody.call(self, plan, wantedLog) as Stepper, sequence, isQueued);
        const given = await runAsync(tracedAsync.call(self, plan, givenLog) as Stepper, sequence, isQueued);
        expectSame(given, wanted);
        expectSame(givenLog, wantedLog);
        expectSpan(sequence, given);
      }),
      { numRuns: 300 },
    );
    expect(traces.current.faults).toEqual({});
  });

  it("yield* of a traced generator is that of the native one", () => {
    function* around(inner: Generator<unknown, unknown>, log: Log): Generator<unknown, unknown> {
      try {
        log.push("returned", yield* inner);
      } catch (error) {
        log.push("escaped", error);
        yield "after";
      } finally {
        log.push("closed");
      }
      return "outer end";
    }
    fc.assert(
      fc.property(body, moves, (plan, sequence) => {
        traces.current.reset();
        const [wantedLog, givenLog]: [Log, Log] = [[], []];
        const wanted = runSync(around(syncBody.call(self, plan, wantedLog), wantedLog), sequence);
        const given = runSync(around(tracedSync.call(self, plan, givenLog), givenLog), sequence);
        expectSame(given, wanted);
        expectSame(givenLog, wantedLog);
        if (given.some(([kind, done]) => kind === "threw" || done === true) && sequence[0]?.[0] === "next") {
          expect(traces.current.spans).toHaveLength(1);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("the object is of the native class, its protocol methods included", async () => {
    const native = syncBody.call(self, { steps: [], onError: "go on", isYieldingAtTheEnd: false }, []);
    const generator = tracedSync.call(self, { steps: [], onError: "go on", isYieldingAtTheEnd: false }, []);
    expect(Object.prototype.toString.call(generator)).toBe("[object Generator]");
    expect(generator[Symbol.iterator]()).toBe(generator);
    expect(generator).toBeInstanceOf(tracedSync);
    expect(Object.keys(generator)).toEqual([]);
    for (const step of ["next", "return", "throw"] as const) {
      expect([generator[step].name, generator[step].length]).toEqual([native[step].name, native[step].length]);
    }
    const chunks = tracedAsync.call(self, { steps: [], onError: "go on", isYieldingAtTheEnd: false }, []);
    expect(chunks[Symbol.asyncIterator]()).toBe(chunks);
    expect(chunks.next()).toBeInstanceOf(Promise);
    generator.next();
    await chunks.next();
    expect(traces.current.tree()).toEqual([
      { name: "generator", kind: "task" },
      { name: "generator", kind: "task" },
    ]);
  });
});
