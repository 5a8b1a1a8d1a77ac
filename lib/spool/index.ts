export { Spool } from "./spool.js";
export type { SpoolBatch, SpoolLimits, SpoolStatus } from "./spool.js";
export type { SpoolOptions } from "./spool-options.js";
