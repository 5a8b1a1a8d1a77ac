export type { DurableOptions } from "./durable-options.js";
export { compileExportFilter } from "./export-filter.js";
export type { DropReason, ProcessorLedger } from "./ledger.js";
export type { ProcessorOptions, QueueOptions } from "./processor-options.js";
export type { SpanProcessor } from "./span-processor.js";
export { SpanRouter } from "./span-router.js";
export type { AutoFlush, ProcessorHandle, SpanRouterOptions } from "./span-router.js";
