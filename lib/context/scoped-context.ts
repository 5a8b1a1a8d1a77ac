import { type Context, INVALID_SPAN_CONTEXT, type Span, createContextKey, trace } from "@opentelemetry/api";
import type { Propagated } from "./propagated-attributes.js";

/**
 * What a decorated call, or a `propagateAttributes` scope, hands down to everything that starts inside it.
 * Immutable: an inner scope is a new object.
 */
export interface Scope {
  /** Names of the enclosing tasks and tools, dot-joined. */
  readonly entityPath: string;
  /** The nearest workflow or agent. */
  readonly workflowName: string | undefined;
  /** The `processors` tag of the nearest tagged call. */
  readonly tag: readonly string[] | undefined;
  readonly propagated: Propagated | undefined;
  /** False once anything above has switched content off; nothing below can switch it on again. */
  readonly isContentCaptured: boolean;
  /** True once a `sampleRate` has decided about this trace, so that it is decided once. */
  readonly isSampleDecided: boolean;
  /** Where values set in this scope are kept; undefined outside any scope. */
  readonly values: ScopeValues | undefined;
}

/**
 * These are the values that were set in one call or scope, and in those around it before it began. They are replaced,
 * never changed, so that what starts inside keeps those of its beginning.
 */
export interface ScopeValues {
  current: Readonly<Record<string, unknown>> | undefined;
}

const SCOPE_KEY = createContextKey("spandrel.scope.v1");
const SPAN_KEY = findSpanKey();

const ROOT_SCOPE: Scope = {
  entityPath: "",
  workflowName: undefined,
  tag: undefined,
  propagated: undefined,
  isContentCaptured: true,
  isSampleDecided: false,
  values: undefined,
};

/**
 * This context carries a span and a scope as plain fields over a base context that holds everything else. The API's
 * own context copies a Map and makes three closures for each value set (93 ns measured), and a call sets two.
 * The base never is another ScopedContext, so a chain of calls that start one another keeps no ancestor alive.
 */
export class ScopedContext implements Context, Scope {
  /** True once anyone has looked the span up here: a child was started, or user code asked for the active span. */
  isSpanObserved = false;
  /** The arguments as they were captured, for a span that is opened anew at the first pull of a stream. */
  input: string | undefined = undefined;
  /** Its own, or those of the scope of which it is a variation; undefined outside any. */
  values: ScopeValues | undefined = this;

  constructor(
    readonly base: Context,
    public span: Span | undefined,
    readonly entityPath: string,
    readonly workflowName: string | undefined,
    readonly tag: readonly string[] | undefined,
    readonly propagated: Propagated | undefined,
    readonly isContentCaptured: boolean,
    readonly isSampleDecided: boolean,
    public current: ScopeValues["current"],
  ) {}

  /** A stream's span that was opened at the call, and seen by nobody since, gives way to the one of the first pull. */
  giveWayTo(reopened: ScopedContext): void {
    this.span = reopened.span;
    reopened.values = this.values;
  }

  getValue(key: symbol): unknown {
    if (key === SPAN_KEY) {
      this.isSpanObserved = true;
      return this.span;
    }
    return key === SCOPE_KEY ? this : this.base.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    this.isSpanObserved = true;
    if (key === SPAN_KEY) return withScope(this.base, value as Span | undefined, this);
    if (key === SCOPE_KEY) return withScope(this.base, this.span, value as Scope);
    return withScope(this.base.setValue(key, value), this.span, this);
  }

  deleteValue(key: symbol): Context {
    this.isSpanObserved = true;
    if (key === SPAN_KEY) return withScope(this.base, undefined, this);
    if (key === SCOPE_KEY) return withScope(this.base, this.span, ROOT_SCOPE);
    return withScope(this.base.deleteValue(key), this.span, this);
  }
}

/** A variation of a scope: what is set in it is set in the scope. */
function withScope(base: Context, span: Span | undefined, scope: Scope): ScopedContext {
  const variation = newScope(base, span, scope, undefined);
  variation.values = scope.values;
  return variation;
}

function newScope(
  base: Context,
  span: Span | undefined,
  scope: Omit<Scope, "values">,
  values: ScopeValues["current"],
): ScopedContext {
  return new ScopedContext(
    base,
    span,
    scope.entityPath,
    scope.workflowName,
    scope.tag,
    scope.propagated,
    scope.isContentCaptured,
    scope.isSampleDecided,
    values,
  );
}

/** The scope in force in this context; an empty one outside any. Works on contexts of either copy of the package. */
export function scopeOf(context: Context): Scope {
  return (context.getValue(SCOPE_KEY) as Scope | undefined) ?? ROOT_SCOPE;
}

/** The span of a context, looked up without counting as having been seen there. */
export function peekSpan(context: Context): Span | undefined {
  const scope = context.getValue(SCOPE_KEY);
  return scope === context ? (scope as ScopedContext).span : trace.getSpan(context);
}

/**
 * A context like `parent` in which `scope` is in force, with values of its own (or those given, of a scope that is entered
 * in pieces), and the span is unchanged.
 */
export function enterScope(parent: Context, scope: Omit<Scope, "values">, values?: ScopeValues): Context {
  const entered = newScope(baseOf(parent), trace.getSpan(parent), scope, scopeOf(parent).values?.current);
  if (values !== undefined) entered.values = values;
  return entered;
}

/** A context like `parent` outside its trace: what remains are attributes, the veto on content, and the scope's values. */
export function leaveTrace(parent: Context): Context {
  const { propagated, isContentCaptured, values } = scopeOf(parent);
  return withScope(baseOf(parent), undefined, { ...ROOT_SCOPE, propagated, isContentCaptured, values });
}

/** Sets a value for the rest of the innermost scope and what starts in it from now on; false outside any scope. */
export function setScopeValue(active: Context, key: string, value: unknown): boolean {
  const { values } = scopeOf(active);
  if (values === undefined) return false;
  values.current = { __proto__: null, ...values.current, [key]: value };
  return true;
}

/** The value that was set in this scope, or in one around it before it began. */
export function scopeValue(active: Context, key: string): unknown {
  return scopeOf(active).values?.current?.[key];
}

/** The context below the Spandrel layer: what a new ScopedContext is laid over. */
function baseOf(context: Context): Context {
  const scope = context.getValue(SCOPE_KEY);
  return scope instanceof ScopedContext ? scope.base : context;
}

/** The API keeps the key of the active span to itself; a context that only listens learns it. */
function findSpanKey(): symbol {
  let found: symbol | undefined;
  const listener: Context = {
    getValue: () => undefined,
    setValue: (key) => ((found = key), listener),
    deleteValue: () => listener,
  };
  trace.setSpan(listener, trace.wrapSpanContext(INVALID_SPAN_CONTEXT));
  return found ?? createContextKey("OpenTelemetry Context Key SPAN");
}
