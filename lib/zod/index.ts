/**
 * Spandrel for `zod`: what a schema was given, and what was wrong with it, in the trace.
 *
 * @packageDocumentation
 */
export { InvalidOptionError } from "../errors.js";
export { traceSchema } from "./trace-schema.js";
export type { SchemaRecord, TraceSchemaOptions, TraceableSchema } from "./trace-schema.js";
