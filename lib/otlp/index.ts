export type { ReadableEvent, ReadableSpan } from "./readable-span.js";
