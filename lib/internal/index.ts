export { readBoolean, readVariable, readWord } from "./environment.js";
export type { Environment } from "./environment.js";
export type { ExportFilter, ExportFilterCondition, ExportFilterOperator } from "./export-filter.js";
export { randomSpanId, randomTraceId } from "./ids.js";
export { containedFaults, contain, errorText, isLogLevel, log, resetLog, setLogLevel } from "./log.js";
export type { LogLevel } from "./log.js";
export { shadowMethod } from "./shadow-method.js";
export { sharedSlot } from "./shared-state.js";
export { VERSION } from "./version.js";
