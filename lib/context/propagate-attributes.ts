import { context } from "@opentelemetry/api";
import { contain } from "../internal/index.js";
import {
  type Propagated,
  type PropagatedAttributes,
  layerAttributes,
  readAttributes,
} from "./propagated-attributes.js";
import { type ScopeValues, enterScope, scopeOf } from "./scoped-context.js";

/** Rejects keys that are not attributes even where the object is a variable rather than a literal. */
export type OnlyKnown<A> = A & { readonly [K in Exclude<keyof A, keyof PropagatedAttributes>]: never };

/**
 * This runs `fn` so that every span started inside it, by any tracer, carries these attributes; it returns what `fn`
 * returns and throws what `fn` throws. Scopes nest: an inner value replaces the outer one key by key, `metadata` merges
 * shallowly, and the outer scope is back when `fn` (or the promise it returns) is done. Calls that run at the same time
 * do not see one another's. Values are copied at once. They stay in this process: see `injectContext`.
 *
 * @example
 * ```ts
 * await propagateAttributes({ customerIdentifier: "c-1", metadata: { plan: "pro" } }, () => desk.handle(message));
 * ```
 */
export function propagateAttributes<const A extends PropagatedAttributes, R>(attributes: OnlyKnown<A>, fn: () => R): R {
  return runWithAttributes(attributes, fn);
}

/** `propagateAttributes` for callers that hold the attributes as data. */
export function runWithAttributes<R>(attributes: PropagatedAttributes, fn: () => R): R {
  return holdAttributes(attributes)(fn);
}

/** Runs a function with attributes that were read earlier, over whatever context it is called in. */
export type RunWithHeld = <R>(fn: () => R) => R;

/** Reads attributes now, for functions to run with later: a generator's body runs in pieces, each in its puller's context. */
export function holdAttributes(attributes: PropagatedAttributes): RunWithHeld {
  const held = tryRead(attributes);
  if (held === undefined) return (fn) => fn();
  let values: ScopeValues | undefined;
  return (fn) => {
    const active = context.active();
    const scope = scopeOf(active);
    values ??= { current: scope.values?.current };
    const given = {
      entityPath: scope.entityPath,
      workflowName: scope.workflowName,
      tag: scope.tag,
      propagated: layerAttributes(scope.propagated, held.propagated),
      isContentCaptured: scope.isContentCaptured && held.isContentCaptured,
      isSampleDecided: scope.isSampleDecided,
    };
    return context.with(enterScope(active, given, values), fn);
  };
}

interface Held {
  readonly propagated: Propagated;
  readonly isContentCaptured: boolean;
}

function tryRead(attributes: PropagatedAttributes): Held | undefined {
  try {
    return { propagated: readAttributes(attributes), isContentCaptured: attributes.captureContent !== false };
  } catch (error) {
    contain("SPANDREL_ATTRIBUTES_FAILED", "reading the attributes given to propagateAttributes", error);
    return undefined;
  }
}

/**
 * This returns a function that runs `fn` in the context of now (active span, attributes, tag), whoever calls it later:
 * for job queues, event emitters and callbacks of libraries, which otherwise run in the context of whoever triggers
 * them. `this`, arguments and result pass through.
 */
export function bindContext<This, Args extends unknown[], R>(
  fn: (this: This, ...args: Args) => R,
): (this: This, ...args: Args) => R {
  return context.bind(context.active(), fn);
}
