export { runningTelemetry, startTelemetry, startTelemetryIn } from "./start-telemetry.js";
export type { Surroundings } from "./start-telemetry.js";
export type { CaptureOptions, RedactOptions, TelemetryOptions } from "./telemetry-options.js";
export type { Telemetry, TelemetryStatus } from "./telemetry.js";
