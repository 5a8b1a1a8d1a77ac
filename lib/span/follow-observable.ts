import { type Context, context } from "@opentelemetry/api";
import { peekSpan } from "../context/index.js";
import { contain, shadowMethod } from "../internal/index.js";
import { ObservedSubscription } from "./observed-subscription.js";
import { findMethod } from "./result-kind.js";
import type { SpanPlan } from "./span-plan.js";
import { type Reopen, StreamRecord } from "./stream-record.js";

type Method = (...args: unknown[]) => unknown;

/** A subject that is handed out again and again knows so many of the calls that returned it. */
const MAX_CALLS = 16;

/** A call that returned an Observable. */
interface ReturningCall {
  readonly caller: Context;
  /** What the method ran in. */
  readonly scope: Context | undefined;
  readonly reopen: Reopen;
  /** The record that the call itself has made: its first subscription's. */
  first: StreamRecord | undefined;
}

/** What a method ran in, by what its producer runs in at another subscription. */
const formerScopes = new WeakMap<Context, Context | undefined>();

/** By Observable and method: one that passes on what another has returned has spans of its own. */
const followed = new WeakMap<object, WeakMap<SpanPlan, ReturningCall[]>>();

/**
 * This follows an Observable (of rxjs, or any object with `subscribe` and `Symbol.observable`) by its `subscribe`, which
 * operators, `forEach` and `toPromise` call as well. We never subscribe. A subscription is what runs the producer, and
 * so each has a span; of a promised Observable only the first, which has that of the call.
 */
export function followObservable(observable: object, record: StreamRecord, reopen: Reopen): boolean {
  const { plan } = record;
  const byPlan = followed.get(observable) ?? new WeakMap<SpanPlan, ReturningCall[]>();
  const calls = byPlan.get(plan) ?? [];
  if (!byPlan.has(plan)) {
    const subscribe = findMethod(observable, "subscribe");
    if (subscribe === undefined) return false;
    if (!shadowMethod(observable, "subscribe", followSubscribe(subscribe, plan, calls))) return false;
    followed.set(observable, byPlan.set(plan, calls));
  }
  calls.push({ caller: context.active(), scope: record.scope, reopen, first: record });
  if (calls.length > MAX_CALLS) calls.shift()?.first?.abandon();
  record.watch(observable);
  return true;
}

function followSubscribe(original: Method, plan: SpanPlan, calls: readonly ReturningCall[]): Method {
  return function subscribe(this: unknown, ...args: unknown[]): unknown {
    const subscription = observe(plan, calls, args);
    if (subscription === undefined) return Reflect.apply(original, this, args);
    let result: unknown;
    try {
      result = context.with(subscription.scope, () => Reflect.apply(original, this, subscription.args));
    } catch (error) {
      subscription.record.fail(error);
      throw error;
    }
    return subscription.opened(result);
  };
}

/** Opens the span of a subscription; undefined when there is nothing to record. */
function observe(
  plan: SpanPlan,
  calls: readonly ReturningCall[],
  args: readonly unknown[],
): ObservedSubscription | undefined {
  const subscriber = context.active();
  const call = callFor(subscriber, calls);
  if (call === undefined) return undefined;
  const { caller, first, reopen } = call;
  call.first = undefined;
  const record = first ?? new StreamRecord(plan, undefined);
  try {
    const subscription = new ObservedSubscription(record, subscriber, args);
    // Subscribed by the producer of a method around this one, which runs once more, it belongs to that one's new span.
    const parent = formerScopes.get(subscriber) === caller ? subscriber : caller;
    if (!subscription.open(reopen && (() => reopen(parent)))) return undefined;
    if (first === undefined) formerScopes.set(subscription.scope, call.scope);
    return subscription;
  } catch (error) {
    record.abandon();
    contain("SPANDREL_FOLLOW_FAILED", "following a subscription", error);
    return undefined;
  }
}

/**
 * Of several calls that returned the same object, a subscription belongs to the latest that was made in its own context
 * (of the same request, say), else in its own span, else at all.
 */
function callFor(subscriber: Context, calls: readonly ReturningCall[]): ReturningCall | undefined {
  if (calls.length < 2) return calls[0];
  const span = peekSpan(subscriber);
  return (
    calls.findLast(({ caller }) => caller === subscriber) ??
    calls.findLast(({ caller }) => span !== undefined && peekSpan(caller) === span) ??
    calls.at(-1)
  );
}
