/**
 * Spandrel's structured extraction: typed values out of a model, on `openai` and `zod` 4, with retries that can be seen.
 *
 * @packageDocumentation
 */
export { InvalidOptionError, PartialJsonError, SchemaError, SpandrelError } from "../errors.js";
export type { InstructorMode } from "./answer-formats.js";
export type { Attempt, ExtractionRecord, TokenUsage } from "./attempt.js";
export type {
  CompletionOf,
  CompletionsClient,
  ExtractionOptions,
  IterableOptions,
  OwnField,
  PartialOf,
  PartialValue,
  RequestOf,
  StreamOptions,
} from "./call-types.js";
export type { InvalidItem } from "./extract-items.js";
export { fromOpenAI } from "./from-openai.js";
export type { InstructorOptions } from "./from-openai.js";
export type { AttemptEvent, Hook, HookName, InstructorEvents, InstructorHooks } from "./hooks.js";
export type { Instructor } from "./instructor.js";
export {
  ContentFilterError,
  IncompleteOutputError,
  InstructorError,
  InstructorRetryError,
  RefusalError,
  StreamCutError,
  extractionOf,
} from "./instructor-error.js";
export type { RetryStop } from "./instructor-error.js";
export { PartialJsonParser } from "../partial-json/index.js";
export { validationContext } from "./validation-context.js";
export type { ValidationIssue } from "../response-schema/index.js";
