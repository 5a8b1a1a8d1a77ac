/* eslint-disable @typescript-eslint/no-deprecated -- what rxjs advises against is in use all the same */
import { trace } from "@opentelemetry/api";
import {
  BehaviorSubject,
  Observable,
  type Observer,
  Subject,
  type Subscriber,
  asapScheduler,
  combineLatest,
  concat,
  config,
  connectable,
  defer,
  firstValueFrom,
  from,
  isObservable,
  lastValueFrom,
  merge,
  observeOn,
  of,
  zip,
} from "rxjs";
import {
  catchError,
  concatMap,
  delayWhen,
  endWith,
  exhaustMap,
  filter,
  finalize,
  first,
  map,
  materialize,
  mergeMap,
  repeat,
  retry,
  share,
  shareReplay,
  startWith,
  subscribeOn,
  switchMap,
  take,
  takeUntil,
  tap,
  throwIfEmpty,
  toArray,
} from "rxjs/operators";
import { StreamingTask, Task, Workflow, propagateAttributes, traced } from "../../lib/index.js";
import { collect, collectUntil } from "../support/garbage.js";
import { type SpanNode, failureOf, macrotask, stream, useStillClock, useTraces } from "../support/traces.js";

const traces = useTraces();
const step = traced("step", () => "done");
const foreign = (name: string): void => trace.getTracer("foreign").startSpan(name).end();

class Model {
  @Task("stream") stream<T>(open: () => T): T {
    return open();
  }
  @Task("stream") async promised<T>(open: () => T): Promise<T> {
    await null;
    return open();
  }
}
const model = new Model();

/** Says in `log` what happens to it and when, and makes a span at each value. */
interface Source {
  readonly log: string[];
  readonly open: () => Observable<string>;
}

/** A cold producer, which emits while it is being subscribed or in later turns. */
function source(isLater: boolean, failures = 0): Source {
  const log: string[] = [];
  let subscriptions = 0;
  const open = (): Observable<string> =>
    new Observable<string>((subscriber) => {
      const number = ++subscriptions;
      log.push(`${number} subscribed`);
      let isTornDown = false;
      const values = ["a", "b", "c"];
      const emit = (): boolean => {
        const value = values.shift();
        if (isTornDown || subscriber.closed) return false;
        if (value !== undefined) {
          step();
          subscriber.next(value);
        } else if (number <= failures) subscriber.error(new Error(`cut ${number}`));
        else subscriber.complete();
        return value !== undefined;
      };
      const emitLater = async (): Promise<void> => {
        do await null;
        while (emit());
      };
      if (isLater) void emitLater();
      else while (emit());
      return () => {
        isTornDown = true;
        log.push(`${number} torn down`);
      };
    });
  return { log, open };
}

/** An observer that logs everything. */
const logging = (log: string[], name = "got"): Observer<unknown> => ({
  next: (value) => void log.push(`${name} ${JSON.stringify(value)}`),
  error: (error) => void log.push(`${name} error ${(error as Error).message}`),
  complete: () => void log.push(`${name} complete`),
});

type Consume = (values: Observable<string>, log: string[]) => unknown;

/** Everything a consumer may do with an Observable, and what the spans of its subscriptions then say. */
const whole = ["abc completed"];
const consumers: Record<string, readonly [Consume, spans: readonly string[]]> = {
  "an observer": [(values, log) => void values.subscribe(logging(log)), whole],
  callbacks: [
    (values, log) => {
      const { next, error, complete } = logging(log);
      values.subscribe(next, error, complete);
    },
    whole,
  ],
  "a callback": [(values, log) => void values.subscribe((value) => log.push(value)), whole],
  "an observer of the end": [(values, log) => void values.subscribe({ complete: () => log.push("end") }), whole],
  "an observer whose methods come later": [
    (values, log) => {
      const observer: Partial<Observer<string>> = {};
      values.subscribe(observer);
      Object.assign(observer, logging(log));
    },
    whole,
  ],
  "a frozen observer with a `this`": [
    (values, log) => {
      class Frozen {
        next(value: string): void {
          log.push(`${String(this === frozen)} ${value}`);
        }
      }
      const frozen = Object.freeze(new Frozen());
      values.subscribe(frozen);
    },
    whole,
  ],
  "an observer that throws": [
    (values) =>
      void values.subscribe(() => {
        throw new Error("thrown by the observer");
      }),
    whole,
  ],
  nobody: [(values) => void values.subscribe(), whole],
  "a subject": [
    (values, log) => {
      const subject = new Subject<string>();
      subject.subscribe(logging(log));
      values.subscribe(subject);
    },
    whole,
  ],
  forEach: [(values, log) => values.forEach((value) => log.push(value)), whole],
  toPromise: [(values) => values.toPromise(), whole],
  firstValueFrom: [(values) => firstValueFrom(values), ["a returned"]],
  lastValueFrom: [(values) => lastValueFrom(values), whole],
  from: [(values, log) => void from(values).subscribe(logging(log)), whole],
  "map, filter and tap": [
    (values, log) =>
      values
        .pipe(
          map((value) => value.toUpperCase()),
          filter((value) => value !== "B"),
          tap((value) => log.push(`tap ${value}`)),
        )
        .subscribe(logging(log)),
    whole,
  ],
  "an operator that throws": [
    (values, log) =>
      values
        .pipe(
          map((value) => {
            if (value === "b") throw new Error("mapped");
            return value;
          }),
        )
        .subscribe(logging(log)),
    ["ab returned"],
  ],
  take: [(values, log) => void values.pipe(take(2)).subscribe(logging(log)), ["ab returned"]],
  "take, then finalize": [
    (values, log) =>
      values
        .pipe(
          finalize(() => log.push("inner finalized")),
          take(1),
          finalize(() => log.push("finalized")),
        )
        .subscribe(logging(log)),
    ["a returned"],
  ],
  first: [(values, log) => void values.pipe(first((value) => value === "b")).subscribe(logging(log)), ["ab returned"]],
  takeUntil: [
    (values, log) => {
      const stop = new Subject<void>();
      values
        .pipe(
          takeUntil(stop),
          tap((value) => value === "b" && stop.next()),
        )
        .subscribe(logging(log));
    },
    ["ab returned"],
  ],
  toArray: [(values, log) => void values.pipe(toArray()).subscribe(logging(log)), whole],
  materialize: [(values, log) => void values.pipe(materialize()).subscribe(logging(log)), whole],
  "startWith and endWith": [
    (values, log) => void values.pipe(startWith("<"), endWith(">"), throwIfEmpty()).subscribe(logging(log)),
    whole,
  ],
  "share, two subscribers": [
    (values, log) => {
      const shared = values.pipe(share());
      shared.subscribe(logging(log, "one"));
      shared.pipe(take(2)).subscribe(logging(log, "two"));
    },
    [],
  ],
  "shareReplay, a late subscriber": [
    async (values, log) => {
      const shared = values.pipe(shareReplay(2));
      await lastValueFrom(shared);
      shared.subscribe(logging(log));
    },
    whole,
  ],
  connectable: [
    (values, log) => {
      const connection = connectable(values);
      connection.subscribe(logging(log, "one"));
      connection.subscribe(logging(log, "two"));
      connection.connect();
    },
    whole,
  ],
  "two subscriptions": [
    (values, log) => {
      values.subscribe(logging(log, "one"));
      values.subscribe(logging(log, "two"));
    },
    ["abc completed", "abc completed"],
  ],
  "itself again": [
    (values, log) => void concat(values, values).subscribe(logging(log)),
    ["abc completed", "abc completed"],
  ],
  repeat: [(values, log) => void values.pipe(repeat(2)).subscribe(logging(log)), ["abc completed", "abc completed"]],
  "zip with itself": [
    (values, log) => void zip(values, values.pipe(take(2))).subscribe(logging(log)),
    // The order of their ends is the producer's affair; see below.
    [],
  ],
  combineLatest: [(values, log) => void combineLatest({ values, one: of(1) }).subscribe(logging(log)), whole],
  "merge with another": [(values, log) => void merge(of("x"), values).subscribe(logging(log)), whole],
  mergeMap: [
    (values, log) =>
      void of(1, 2)
        .pipe(mergeMap(() => values))
        .subscribe(logging(log)),
    ["abc completed", "abc completed"],
  ],
  concatMap: [
    (values, log) =>
      void of(1, 2)
        .pipe(concatMap(() => values))
        .subscribe(logging(log)),
    ["abc completed", "abc completed"],
  ],
  "mergeMap of its values": [
    (values, log) => void values.pipe(mergeMap((value) => of(value, value))).subscribe(logging(log)),
    whole,
  ],
  switchMap: [
    (values, log) =>
      void of(1, 2)
        .pipe(switchMap(() => values))
        .subscribe(logging(log)),
    [],
  ],
  exhaustMap: [
    (values, log) =>
      void of(1, 2)
        .pipe(exhaustMap(() => values))
        .subscribe(logging(log)),
    [],
  ],
  defer: [(values, log) => void defer(() => values).subscribe(logging(log)), whole],
  "catchError into it": [
    (values, log) => {
      const broken = new Observable<string>((subscriber) => subscriber.error(new Error("first")));
      broken.pipe(catchError(() => values)).subscribe(logging(log));
    },
    whole,
  ],
  "a subscriber that is passed on": [
    (values, log) => {
      const outer = new Observable<string>((subscriber) => {
        subscriber.next("before");
        return values.subscribe(subscriber);
      });
      outer.subscribe(logging(log));
    },
    whole,
  ],
  "one subscriber for two sources": [
    (values, log) => {
      const outer = new Observable<string>((subscriber: Subscriber<string>) => {
        values.subscribe({ next: (value) => subscriber.next(value) });
        values.subscribe(subscriber);
      });
      outer.subscribe(logging(log));
    },
    ["abc completed", "abc completed"],
  ],
  subscribeOn: [(values, log) => void values.pipe(subscribeOn(asapScheduler)).subscribe(logging(log)), whole],
  observeOn: [(values, log) => void values.pipe(observeOn(asapScheduler)).subscribe(logging(log)), whole],
  delayWhen: [(values, log) => void values.pipe(delayWhen(() => Promise.resolve(1))).subscribe(logging(log)), whole],
  "unsubscribe after a value": [
    (values, log) => {
      const subscription = values.subscribe((value) => {
        log.push(value);
        queueMicrotask(() => subscription.unsubscribe());
      });
      subscription.add(() => log.push("torn down by its consumer"));
    },
    [],
  ],
};

/** Runs a consumer and everything that it has left to later turns. */
async function run(consume: Consume, { open, log }: Source, through: (open: Source["open"]) => unknown): Promise<void> {
  config.onUnhandledError = (error: Error) => void log.push(`unhandled ${error.message}`);
  const given = await Promise.resolve(consume(through(open) as Observable<string>, log)).catch(
    (error: unknown) => error,
  );
  if (typeof given === "string" || given instanceof Error) log.push(`settled ${String(given)}`);
  for (let turn = 0; turn < 4; turn++) await macrotask();
  // An error that nobody takes is reported by a timer, and timers of one length go off in their order.
  await new Promise((resolve) => setTimeout(resolve, 1));
}

const steps = (count: number): object =>
  count === 0
    ? {}
    : { children: Array.from({ length: count }, () => ({ name: "step", kind: "task", output: '"done"' })) };

/** `ab returned` as the node of its span. */
function node(described: string): SpanNode {
  const [text = "", outcome] = described.split(" ");
  return {
    name: "stream",
    kind: "task",
    output: JSON.stringify(text),
    chunks: text.length,
    outcome,
    ...(outcome === "failed" ? { error: "Error" } : {}),
    ...steps(text.length),
  };
}

describe("an Observable", () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  const subscriptions = (log: readonly string[]): number => log.filter((line) => /^\d subscribed/.test(line)).length;

  it.each(Object.keys(consumers))("behaves alike, ends alike, and has a span per subscription: %s", async (how) => {
    const [consume, spans] = consumers[how]!;
    for (const isLater of [false, true]) {
      for (const failures of [0, 9]) {
        const [plain, followed] = [source(isLater, failures), source(isLater, failures)];
        await run(consume, plain, (open) => open());
        traces.current.reset();
        await run(consume, followed, (open) => model.stream(open));
        const where = `${isLater ? "emits later" : "emits while it is subscribed"}, ${failures ? "fails" : "ends"}`;
        expect({ where, log: followed.log }).toEqual({ where, log: plain.log });
        const tree = traces.current.tree(stream);
        expect({ where, spans: tree.map(({ name }) => name) }).toEqual({
          where,
          spans: Array.from({ length: subscriptions(plain.log) }, () => "stream"),
        });
        if (failures === 0 && spans.length > 0) expect({ where, tree }).toEqual({ where, tree: spans.map(node) });
      }
    }
    expect(traces.current.faults).toEqual({});
  });
});

describe.each([
  ["while it is subscribed", false],
  ["in later turns", true],
])("an Observable that emits %s", (_when, isLater) => {
  it("has a span per attempt below retry", async () => {
    const retried: Consume = (values, log) => void values.pipe(retry(2)).subscribe(logging(log));
    const [plain, followed] = [source(isLater, 2), source(isLater, 2)];
    await run(retried, plain, (open) => open());
    traces.current.reset();
    await run(retried, followed, (open) => model.stream(open));
    expect(followed.log).toEqual(plain.log);
    expect(traces.current.tree(stream)).toEqual(["abc failed", "abc failed", "abc completed"].map(node));
    const [span] = traces.current.spans.filter(({ name }) => name === "stream");
    expect(failureOf(span!)).toEqual({
      isError: true,
      message: "cut 1",
      type: "Error",
      events: [{ type: "Error", message: "cut 1" }],
    });
  });

  it("is one span below share, which ends when the last has gone", async () => {
    const { open, log } = source(isLater);
    const shared = model.stream(open).pipe(share());
    shared.pipe(take(1)).subscribe(logging(log, "one"));
    shared.pipe(take(2)).subscribe(logging(log, "two"));
    await macrotask();
    // Those that come while it is subscribed have it to themselves.
    expect(traces.current.tree(stream)).toEqual((isLater ? ["ab returned"] : ["a returned", "ab returned"]).map(node));
  });

  it("keeps the span of its call for the first subscription when it was promised, and others go unseen", async () => {
    const { open } = source(isLater);
    const values = await model.promised(open);
    await lastValueFrom(values);
    expect(await lastValueFrom(values)).toBe("c");
    expect(traces.current.tree(stream)).toEqual([
      node("abc completed"),
      ...["step", "step", "step"].map((name) => ({ name, kind: "task", output: '"done"' })),
    ]);
  });
});

describe("what is returned", () => {
  class Tokens extends Observable<string> {
    readonly model = "small";
  }

  it("is the very object, of its own class, with nothing to see on it", () => {
    const tokens = new Tokens();
    const keys = Object.keys(tokens);
    expect(model.stream(() => tokens)).toBe(tokens);
    expect(tokens).toBeInstanceOf(Tokens);
    expect(isObservable(tokens)).toBe(true);
    expect(Object.keys(tokens)).toEqual(keys);
    expect(tokens.subscribe.length).toBe(0);
  });

  it("is a value where it is frozen", async () => {
    const tokens = Object.freeze(of("a"));
    expect(await lastValueFrom(model.stream(() => tokens))).toBe("a");
    expect(traces.current.tree()).toEqual([{ name: "stream", kind: "task" }]);
  });

  it("gives its subscriber's own subscription", () => {
    let isSame = false;
    const outer = new Observable<string>((subscriber) => {
      isSame = model.stream(() => of("a")).subscribe(subscriber) === subscriber;
    });
    outer.subscribe();
    expect(isSame).toBe(true);
  });
});

describe("an Observable that nobody subscribes to", () => {
  it("makes no span and is not kept, nor are the arguments of its call", async () => {
    const producer = jest.fn();
    const held = ((): WeakRef<object>[] => {
      const open = (): Observable<string> => new Observable<string>(producer);
      return [new WeakRef(open), new WeakRef(model.stream(open))];
    })();
    expect(await collectUntil(() => held.every((ref) => ref.deref() === undefined))).toBe(true);
    expect(producer).not.toHaveBeenCalled();
    expect(traces.current.tree()).toEqual([]);
  });

  it("leaves the span in which its method's own steps are, abandoned", async () => {
    model.stream(() => {
      step();
      return of("a");
    });
    expect(await collectUntil(() => traces.current.spans.length === 2)).toBe(true);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", chunks: 0, outcome: "abandoned", ...steps(1) },
    ]);
  });
});

describe("a subscription that is forgotten", () => {
  const silent = (): Observable<string> => new Observable((subscriber) => subscriber.next("a"));

  it.each<[string, (values: Observable<string>) => unknown]>([
    ["an observer's", (values) => values.subscribe(() => undefined)],
    ["an operator's", (values) => values.pipe(map((value) => value)).subscribe()],
  ])("ends abandoned when it is collected: %s", async (_whose, subscribe) => {
    subscribe(model.stream(silent));
    expect(traces.current.spans).toEqual([]);
    expect(await collectUntil(() => traces.current.spans.length === 1)).toBe(true);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"a"', chunks: 1, outcome: "abandoned" },
    ]);
  });

  it("ends returned when it is left, however long that takes", async () => {
    const subscriptions = [
      model.stream(silent).subscribe(() => undefined),
      model
        .stream(silent)
        .pipe(map((value) => value))
        .subscribe(),
      defer(() => model.stream(silent)).subscribe(),
    ];
    await collect();
    expect(traces.current.spans).toEqual([]);
    for (const subscription of subscriptions) subscription.unsubscribe();
    const returned = { name: "stream", kind: "task", output: '"a"', chunks: 1, outcome: "returned" };
    expect(traces.current.tree(stream)).toEqual([returned, returned, returned]);
  });
});

describe("a producer that does not look whether it is heard", () => {
  it("is recorded as far as it is", () => {
    const deaf = (): Observable<string> =>
      new Observable((subscriber) => {
        for (const value of ["a", "b", "c"]) subscriber.next(value);
        subscriber.complete();
      });
    const [plain, followed]: [string[], string[]] = [[], []];
    deaf().pipe(take(1)).subscribe(logging(plain));
    model.stream(deaf).pipe(take(1)).subscribe(logging(followed));
    expect(followed).toEqual(plain);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"a"', chunks: 1, outcome: "returned" },
    ]);
  });
});

describe("the context of an Observable", () => {
  it("is the span's for the producer and the subscriber's for its callbacks, below the call", async () => {
    class Service {
      @Workflow() start(): Observable<string> {
        return model.stream(source(true).open);
      }
      @Workflow() async finish(values: Observable<string>): Promise<void> {
        await lastValueFrom(values.pipe(tap(() => foreign("operator"))));
        await new Promise<void>((complete) => {
          values.subscribe({ next: () => foreign("observer"), complete });
        });
      }
    }
    const service = new Service();
    await service.finish(service.start());
    const thrice = (name: string): object[] => [1, 2, 3].map(() => ({ name, kind: "foreign" }));
    // The workflow returns the very Observable that its task does, and so is a stream itself: of two subscriptions.
    const start = {
      name: "Service.start",
      kind: "workflow",
      output: '"abc"',
      chunks: 3,
      outcome: "completed",
      children: [node("abc completed")],
    };
    expect(traces.current.tree(stream)).toEqual([
      start,
      start,
      { name: "Service.finish", kind: "workflow", children: [...thrice("operator"), ...thrice("observer")] },
    ]);
  });
});

describe("a subject", () => {
  class Bus {
    readonly subject = new Subject<string>();
    readonly state = new BehaviorSubject("first");
    @StreamingTask() events(): Subject<string> {
      return this.subject;
    }
    @StreamingTask() values(): BehaviorSubject<string> {
      return this.state;
    }
    @Workflow() async listen(id: string, heard: string[], until: Promise<void>): Promise<void> {
      const events = this.events();
      await macrotask();
      const subscription = events.subscribe((event) => {
        heard.push(`${id} ${event}`);
        foreign(id);
      });
      await until;
      subscription.unsubscribe();
    }
  }

  it("stays what it is: observer, observed, current value", () => {
    const bus = new Bus();
    const heard: string[] = [];
    expect(bus.events()).toBe(bus.subject);
    bus.events().next("unheard");
    const subscription = bus.events().subscribe((event) => heard.push(event));
    of("a", "b").subscribe({ next: (value) => bus.events().next(value) });
    expect([bus.subject.observed, bus.subject.closed]).toEqual([true, false]);
    subscription.unsubscribe();
    expect([bus.subject.observed, bus.values().getValue()]).toEqual([false, "first"]);
    bus.values().subscribe((event) => heard.push(event));
    bus.values().next("second");
    bus.values().complete();
    expect(heard).toEqual(["a", "b", "first", "second"]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "Bus.events", kind: "task", output: '"ab"', chunks: 2, outcome: "returned" },
      { name: "Bus.values", kind: "task", output: '"firstsecond"', chunks: 2, outcome: "completed" },
    ]);
  });

  it("has each subscription below the call of its own job, however many calls return it", async () => {
    const bus = new Bus();
    const heard: string[] = [];
    let end = (): void => undefined;
    const until = new Promise<void>((resolve) => (end = resolve));
    const jobs = ["one", "two", "three"].map((id) => bus.listen(id, heard, until));
    await macrotask();
    await macrotask();
    bus.subject.next("x");
    end();
    await Promise.all(jobs);
    expect(heard).toEqual(["one x", "two x", "three x"]);
    expect(traces.current.tree(stream)).toEqual(
      ["one", "two", "three"].map((id) => ({
        name: "Bus.listen",
        kind: "workflow",
        children: [
          { name: id, kind: "foreign" },
          { name: "Bus.events", kind: "task", output: '"x"', chunks: 1, outcome: "returned" },
        ],
      })),
    );
  });

  it("has each subscription below the call of its own request, where requests have no span", async () => {
    const bus = new Bus();
    const listen = (customerIdentifier: string): Promise<void> =>
      propagateAttributes({ customerIdentifier }, async () => {
        const events = bus.events();
        await macrotask();
        events.subscribe().unsubscribe();
      });
    await Promise.all(["c-1", "c-2", "c-3"].map(listen));
    const customers = traces.current.spans.map((span) => span.attributes["user.id"]);
    expect(customers).toEqual(["c-1", "c-2", "c-3"]);
  });

  it("has each subscription below the call of its own span, whatever has been set since", async () => {
    const bus = new Bus();
    class Job {
      @Workflow() async run(id: number): Promise<void> {
        const events = bus.events();
        await macrotask();
        propagateAttributes({ metadata: { id } }, () => events.subscribe()).unsubscribe();
      }
    }
    await Promise.all([1, 2, 3].map((id) => new Job().run(id)));
    const run = {
      name: "Job.run",
      kind: "workflow",
      children: [{ name: "Bus.events", kind: "task", chunks: 0, outcome: "returned" }],
    };
    expect(traces.current.tree(stream)).toEqual([run, run, run]);
  });

  it("keeps few of the calls that returned it, and ends the spans of the others that were seen", async () => {
    const subject = new Subject<string>();
    const returning = traced("stream", (_given: object) => {
      step();
      return subject;
    });
    const given: WeakRef<object>[] = [];
    for (let call = 0; call < 100; call++) {
      const argument = { call };
      returning(argument);
      given.push(new WeakRef(argument));
    }
    expect(await collectUntil(() => given.filter((ref) => ref.deref() !== undefined).length === 16)).toBe(true);
    expect(traces.current.tree(stream).filter(({ name }) => name === "stream")).toEqual(
      Array.from({ length: 84 }, () => ({
        name: "stream",
        kind: "task",
        chunks: 0,
        outcome: "abandoned",
        ...steps(1),
      })),
    );
  });
});

describe("the options of streams", () => {
  it("apply to each subscription", () => {
    const clock = useStillClock();
    class Options {
      @StreamingTask({ chunkEvents: true, reduce: (all: readonly number[]) => all.reduce((sum, n) => sum + n, 0) })
      numbers(): Observable<number> {
        return new Observable<number>((subscriber) => {
          for (const n of [1, 2, 3]) {
            clock.advance(5);
            subscriber.next(n);
          }
          subscriber.complete();
        });
      }
    }
    const numbers = new Options().numbers();
    clock.advance(1000);
    numbers.subscribe();
    numbers.subscribe();
    for (const span of traces.current.spans) {
      expect(span.attributes["traceloop.entity.output"]).toBe("6");
      expect(span.attributes["spandrel.stream.time_to_first_chunk_ms"]).toBeCloseTo(5, 5);
      expect(span.events.map((event) => event.attributes?.["spandrel.stream.chunk.index"])).toEqual([0, 1, 2]);
    }
    expect(traces.current.spans).toHaveLength(2);
  });
});

describe("an Observable that is not of rxjs", () => {
  interface Listener {
    start?(subscription: object): void;
    next?(value: string): void;
    error?(error: unknown): void;
    complete?(): void;
  }
  /** After the proposal: an error that nobody takes is thrown, the subscription can only be left. */
  class Native {
    readonly log: string[] = [];
    listener: Listener | undefined;
    ["@@observable"](): this {
      return this;
    }
    subscribe(listener: Listener): { unsubscribe(): void } {
      this.listener = listener;
      step();
      listener.start?.({});
      return { unsubscribe: () => void this.log.push("unsubscribed") };
    }
  }

  it("is followed by what its subscriber does", () => {
    const native = new Native();
    const heard: string[] = [];
    const subscription = model
      .stream(() => native)
      .subscribe({
        start: () => heard.push("started"),
        next: (value) => heard.push(value),
      });
    native.listener?.next?.("a");
    subscription.unsubscribe();
    native.listener?.next?.("late");
    expect([heard, native.log]).toEqual([["started", "a", "late"], ["unsubscribed"]]);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: '"a"', chunks: 1, outcome: "returned", ...steps(1) },
    ]);
  });

  it("throws the error that nobody takes, and what its subscribe throws", () => {
    const native = new Native();
    const error = new Error("cut");
    model.stream(() => native).subscribe({});
    expect(() => native.listener?.error?.(error)).toThrow(error);
    const broken = {
      [Symbol.for("x")]: 1,
      "@@observable": () => broken,
      subscribe(): void {
        throw error;
      },
    };
    expect(() => model.stream(() => broken).subscribe()).toThrow(error);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", chunks: 0, outcome: "failed", error: "Error", ...steps(1) },
      { name: "stream", kind: "task", chunks: 0, outcome: "failed", error: "Error" },
    ]);
  });

  it("is followed where the symbol is defined", () => {
    const symbol = Symbol("observable");
    Object.defineProperty(Symbol, "observable", { value: symbol, configurable: true });
    try {
      const native = {
        [symbol]: () => native,
        subscribe: (next: (value: string) => void) => next("a"),
      };
      model.stream(() => native).subscribe(() => undefined);
      expect(traces.current.spans).toEqual([]);
    } finally {
      Reflect.deleteProperty(Symbol, "observable");
    }
  });

  it("is a value where it can be asked for its state, or has no symbol", () => {
    const store = { getState: () => 1, subscribe: (listener: () => void) => listener(), "@@observable": () => store };
    const listener = jest.fn();
    model.stream(() => store).subscribe(listener);
    model.stream(() => ({ subscribe: () => undefined })).subscribe();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(traces.current.tree(stream)).toEqual([
      { name: "stream", kind: "task", output: expect.any(String) as string },
      { name: "stream", kind: "task", output: expect.any(String) as string },
    ]);
  });

  it("is handed on unseen to an observer that cannot be looked at", () => {
    const native = new Native();
    const hostile = new Proxy({}, { getOwnPropertyDescriptor: () => ({ value: 1 }), has: () => true });
    model.stream(() => native).subscribe(hostile);
    expect(native.listener).toBe(hostile);
    expect(traces.current.tree()).toEqual([{ name: "step", kind: "task" }]);
    expect(traces.current.faults).toEqual({ SPANDREL_FOLLOW_FAILED: 1 });
  });
});
