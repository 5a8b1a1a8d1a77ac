export { methodLabel } from "./entity-name.js";
export type { MethodIdentity } from "./entity-name.js";
export type { EntityKind, ProcessorName, Register, SpanOptions, StreamOptions } from "./span-options.js";
export { createSpanPlan } from "./span-plan.js";
export type { AnyOptions } from "./span-plan.js";
export { imitate, returnsGenerator } from "./imitate.js";
export type { AnyFunction } from "./imitate.js";
export { wrapFunction } from "./wrap-function.js";
