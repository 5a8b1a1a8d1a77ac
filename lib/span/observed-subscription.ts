import { type Context, context } from "@opentelemetry/api";
import { contain, shadowMethod } from "../internal/index.js";
import { findMethod } from "./result-kind.js";
import type { Reopen, StreamRecord } from "./stream-record.js";

type Method = (...args: unknown[]) => unknown;
type Signal = "next" | "error" | "complete";
const SIGNALS = ["next", "error", "complete"] as const;

/** What operators pass to `subscribe`: an observer and a subscription in one. */
interface Subscriber extends Record<Signal, Method> {
  readonly closed: boolean;
  add(teardown: () => void): void;
  remove(teardown: () => void): void;
  unsubscribe(): void;
}

/**
 * This is one subscription to an Observable: the record is told what the producer emits on its way to the observer, whose
 * callbacks run in the context of whoever subscribed. It is what the record watches, as it lives as long as the producer
 * or the consumer holds its end.
 */
export class ObservedSubscription {
  readonly record: StreamRecord;
  /** What is passed to `subscribe` instead of its caller's arguments. */
  readonly args: readonly unknown[];
  readonly #caller: Context;
  readonly #subscriber: Subscriber | undefined;
  #scope: Context;

  constructor(record: StreamRecord, caller: Context, args: readonly unknown[]) {
    this.record = record;
    this.#caller = caller;
    this.#scope = caller;
    const [observer] = args;
    if (isSubscriber(observer)) {
      this.#subscriber = observer;
      this.args = [this.#standInFor(observer), ...args.slice(1)];
    } else if (typeof observer === "object" && observer !== null) {
      this.args = [this.#observerFor(observer), ...args.slice(1)];
    } else {
      const callbacks = SIGNALS.map((signal, at) => this.#told(signal, () => args[at]));
      this.args = [...callbacks, ...args.slice(SIGNALS.length)];
    }
  }

  /** The context of the producer. */
  get scope(): Context {
    return this.#scope;
  }

  /** Opens the span; false when nothing is to be recorded. */
  open(reopen: Reopen): boolean {
    const scope = this.record.pull(this, reopen);
    if (scope !== undefined) this.#scope = scope;
    return scope !== undefined;
  }

  /** Looks out for its end from now on. Gives what the caller of `subscribe` gets for what it has returned. */
  opened(result: unknown): unknown {
    const subscription = result === this.args[0] ? this.#subscriber : result;
    try {
      if (this.record.scope !== undefined) this.#awaitEnd(this.#subscriber ?? subscription);
    } catch (error) {
      contain("SPANDREL_FOLLOW_FAILED", "following a subscription", error);
    }
    return subscription;
  }

  /** The end comes after the teardown of the producer, which was added while it was subscribed. */
  #awaitEnd(subscription: unknown): void {
    if (typeof subscription !== "object" || subscription === null) return;
    const leave = (): void => this.record.leave();
    const add = findMethod(subscription, "add");
    if (add !== undefined) return void Reflect.apply(add, subscription, [leave]);
    const unsubscribe = findMethod(subscription, "unsubscribe");
    if (unsubscribe === undefined) return;
    shadowMethod(subscription, "unsubscribe", function (this: unknown, ...args: unknown[]): unknown {
      try {
        return Reflect.apply(unsubscribe, this, args);
      } finally {
        leave();
      }
    });
  }

  #tell(signal: Signal, value: unknown): void {
    if (signal === "next") this.record.chunk(value);
    else if (signal === "error") this.record.fail(value);
    else this.record.complete();
  }

  /** A callback that is looked up when it is needed, as Observables do. An error that nobody takes is thrown. */
  #told(signal: Signal, find: () => unknown, self: (given: unknown) => unknown = (given) => given): Method {
    const tell = (value: unknown): void => this.#tell(signal, value);
    const caller = this.#caller;
    return function (this: unknown, ...values: unknown[]): unknown {
      tell(values[0]);
      const callback = find();
      if (callback) return context.with(caller, callback as Method, self(this), ...values);
      if (signal === "error") throw values[0];
      return undefined;
    };
  }

  #observerFor(observer: object): object {
    const self = (given: unknown): unknown => (given === told ? observer : given);
    const told: object = Object.create(
      observer,
      Object.fromEntries(
        SIGNALS.map((signal) => [signal, { value: this.#told(signal, () => Reflect.get(observer, signal), self) }]),
      ),
    ) as object;
    return told;
  }

  /**
   * A subscriber cannot be wrapped in an observer: that it has closed must show at once, even to a producer that emits
   * while it is being subscribed. It may be given to several sources, so that its own methods cannot be shadowed either.
   */
  #standInFor(subscriber: Subscriber): object {
    const signals = new Map<unknown, Method>(
      SIGNALS.map((signal) => [
        signal,
        (...values) => {
          if (!subscriber.closed) this.#tell(signal, values[0]);
          return context.with(this.#caller, () => subscriber[signal](...values));
        },
      ]),
    );
    return new Proxy<object>(subscriber, {
      get(_target, key) {
        const signal = signals.get(key);
        if (signal !== undefined) return signal;
        const member: unknown = Reflect.get(subscriber, key);
        return typeof member === "function" && key !== "constructor" ? (member as Method).bind(subscriber) : member;
      },
    });
  }
}

function isSubscriber(observer: unknown): observer is Subscriber {
  if (typeof observer !== "object" || observer === null || !("closed" in observer)) return false;
  return [...SIGNALS, "add", "remove", "unsubscribe"].every((key) => findMethod(observer, key) !== undefined);
}
