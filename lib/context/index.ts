export { injectContext, withExtractedContext } from "./carrier.js";
export type { CarriedAttribute, Carrier } from "./carrier.js";
export { bindContext, holdAttributes, propagateAttributes } from "./propagate-attributes.js";
export type { OnlyKnown, RunWithHeld } from "./propagate-attributes.js";
export { effectiveAttributes, setDefaultAttributes } from "./propagated-attributes.js";
export type { PropagatedAttributes } from "./propagated-attributes.js";
export { ScopedContext, peekSpan, scopeOf } from "./scoped-context.js";
export type { Scope } from "./scoped-context.js";
export { inheritedTag, stampSpan } from "./stamp-span.js";
