export { containedFaults, contain, errorText, isLogLevel, log, resetLog, setLogLevel } from "./log.js";
export type { LogLevel } from "./log.js";
export { sharedSlot } from "./shared-state.js";
