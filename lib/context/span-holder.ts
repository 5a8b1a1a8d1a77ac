import { type Context, context, createContextKey } from "@opentelemetry/api";
import { sharedSlot } from "../internal/index.js";

/** This keeps ended spans from being exported, for as long as its owner likes. */
export interface SpanHolder {
  /** The trace of roots that start in its context: 32 lower-case hex digits. */
  readonly traceId: string;
  /** True when it has taken this ended span. `isOwn` is false for one that has only ended in its context. */
  hold(span: object, isOwn: boolean): boolean;
}

const HOLDER_KEY = createContextKey("spandrel.holder.v1");

/** Until the first holder, spans are not looked up in vain. */
const held = sharedSlot<{ isUsed: boolean; readonly bySpan: WeakMap<object, SpanHolder> }>("span-holders", () => ({
  isUsed: false,
  bySpan: new WeakMap(),
}));

/** A context like `parent` whose spans are the holder's. */
export function enterHolder(parent: Context, holder: SpanHolder): Context {
  held.isUsed = true;
  return parent.setValue(HOLDER_KEY, holder);
}

/** The innermost holder in this context. */
export function holderIn(active: Context): SpanHolder | undefined {
  return held.isUsed ? (active.getValue(HOLDER_KEY) as SpanHolder | undefined) : undefined;
}

/** This remembers in whose context a span starts; it may end in another's, as those of a shared connection do. */
export function assignHolder(span: object, parent: Context): void {
  const holder = holderIn(parent);
  if (holder !== undefined) held.bySpan.set(span, holder);
}

/** Offers an ended span to the holder it has started with or, without one, that it ends with; true when it was taken. */
export function holdSpan(span: object): boolean {
  if (!held.isUsed) return false;
  const own = held.bySpan.get(span);
  return own === undefined ? holderIn(context.active())?.hold(span, false) === true : own.hold(span, true);
}
