import type { ValidationIssue, ValidationResult } from "../response-schema/index.js";
import { answerIssue } from "./json-channel.js";
import type { ParallelSchemas } from "./parallel-schemas.js";
import { parseAnswer } from "./parse-answer.js";
import type { ToolCall } from "./tool-calls.js";

/** The issues of one call, as issues of the list. */
export function below(index: number, issues: readonly ValidationIssue[]): readonly ValidationIssue[] {
  return issues.map((issue) => ({ ...issue, path: [index, ...issue.path] }));
}

/** A call of what nobody asked for. */
export function unknownFunction(schemas: ParallelSchemas<unknown>): ValidationIssue {
  return answerIssue("unknown_function", `Call ${[...schemas.members.keys()].join(" or ")}, and no other function`);
}

/** The value of one whole call. */
export async function readCall<Item>(
  { name, argumentsText }: ToolCall,
  schemas: ParallelSchemas<Item>,
): Promise<ValidationResult<Item>> {
  const schema = schemas.members.get(String(name));
  if (schema === undefined) return { success: false, issues: [unknownFunction(schemas)] };
  const { value, issue } = parseAnswer(argumentsText);
  return issue === undefined ? schema.validate(schema.unwrap(value)) : { success: false, issues: [issue] };
}
