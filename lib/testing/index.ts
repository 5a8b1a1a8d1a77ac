/**
 * Spandrel for tests: telemetry that stays in memory, and what it has recorded.
 *
 * @packageDocumentation
 */
export { createTestTelemetry } from "./create-test-telemetry.js";
export type { TestTelemetryOptions } from "./create-test-telemetry.js";
export type { FixedClockOptions } from "./fixed-clock.js";
export type { TestSpanEvent, TestSpanNode, TestTreeOptions } from "./test-span-tree.js";
export type { TestTelemetry } from "./test-telemetry.js";
