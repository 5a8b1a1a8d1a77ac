export type { ReadableParts } from "./readable-parts.js";
export type { RedactOptions } from "./redact-options.js";
export { createRedactor } from "./redactor.js";
export type { Redactor } from "./redactor.js";
export type { TextStreamRedactor } from "./text-stream.js";
