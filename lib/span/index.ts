export { methodLabel } from "./entity-name.js";
export type { MethodIdentity } from "./entity-name.js";
export { SCOPE_NAME, runtime } from "./facade-runtime.js";
export type { AnyFunction } from "./run-call.js";
export type { EntityKind, ProcessorName, Register, SpanOptions, StreamOptions } from "./span-options.js";
export { createSpanPlan } from "./span-plan.js";
export type { AnyOptions } from "./span-plan.js";
export { shadowMethod } from "./shadow-method.js";
export { imitate, returnsGenerator, wrapFunction } from "./wrap-function.js";
