export { createResponseSchema, givenName, toName } from "./response-schema.js";
export type { ResponseSchema, ValueSchema } from "./response-schema.js";
export { dropsNulls, restorePresent, restoreUnfinished, standsForMissing } from "./restore-values.js";
export { formatIssues, readIssues, runContext, validateValue } from "./validation-issues.js";
export type { Path, ValidationIssue, ValidationResult } from "./validation-issues.js";
export { definitionOf, innerInput, peelInput, unionMembers } from "./zod-input.js";
