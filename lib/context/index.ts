export {
  adoptiveParent,
  callOf,
  claimCall,
  enterCall,
  isLeftOut,
  leftOutCounts,
  resetOwnership,
  settleOwnership,
  takeOver,
} from "./call-ownership.js";
export type { Claim, OwnedCall } from "./call-ownership.js";
export { extractLinks, injectContext, readSpanContext, withExtractedContext } from "./carrier.js";
export type { CarriedAttribute, Carrier } from "./carrier.js";
export { SCOPE_NAME, currentTracer, runtime } from "./facade-runtime.js";
export { bindContext, holdAttributes, propagateAttributes } from "./propagate-attributes.js";
export type { OnlyKnown, RunWithHeld } from "./propagate-attributes.js";
export { effectiveAttributes, readAttributes, setDefaultAttributes } from "./propagated-attributes.js";
export type { PropagatedAttributes } from "./propagated-attributes.js";
export {
  ScopedContext,
  enterScope,
  leaveTrace,
  peekSpan,
  scopeOf,
  scopeValue,
  setScopeValue,
} from "./scoped-context.js";
export type { Scope } from "./scoped-context.js";
export { assignHolder, enterHolder, holdSpan, holderIn } from "./span-holder.js";
export type { SpanHolder } from "./span-holder.js";
export { inheritedTag, scopeAttributes, stampSpan } from "./stamp-span.js";
