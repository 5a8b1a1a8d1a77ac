import type { Fields } from "../instruments/index.js";
import { PartialAnswer } from "../partial-answer/index.js";
import type { ValidationIssue, ValidationResult } from "../response-schema/index.js";
import type { PartialReader } from "./answer-format.js";
import { below, readCall, unknownFunction } from "./parallel-calls.js";
import type { ParallelSchemas } from "./parallel-schemas.js";
import { malformed } from "./parse-answer.js";
import { finishAnswer } from "./single-answer.js";
import { StreamedCalls } from "./streamed-calls.js";
import type { ToolCall } from "./tool-calls.js";

interface CallPart<Item> {
  readonly answer: PartialAnswer<Item> | undefined;
  issue: ValidationIssue | undefined;
}

/** Makes a list of calls, each read by `read`. */
export type ValidateCalls<Item> = (
  message: Fields,
  read: (call: ToolCall, index: number) => Promise<ValidationResult<Item>>,
) => Promise<ValidationResult<Item[]>>;

/** This reads streamed calls as they grow. */
export class ParallelPartial<Item> implements PartialReader<Item[]> {
  readonly #calls: StreamedCalls<CallPart<Item>>;
  readonly #schemas: ParallelSchemas<Item>;
  readonly #validate: ValidateCalls<Item>;
  #snapshot: readonly unknown[] | undefined;

  constructor(schemas: ParallelSchemas<Item>, validate: ValidateCalls<Item>) {
    this.#schemas = schemas;
    this.#validate = validate;
    this.#calls = new StreamedCalls((name) => {
      const schema = schemas.members.get(String(name));
      const issue = schema === undefined ? unknownFunction(schemas) : undefined;
      return { answer: schema === undefined ? undefined : new PartialAnswer(schema), issue };
    });
  }

  read(delta: Fields): void {
    this.#calls.read(delta, (part, text) => {
      part.issue ??= malformed(() => part.answer?.push(text));
    });
  }

  get snapshot(): unknown {
    const parts = this.#calls.parts.map(({ answer }) => answer?.snapshot);
    // A call is an item from the first that is known of its value on.
    while (parts.length > 0 && parts.at(-1) === undefined) parts.pop();
    const last = this.#snapshot;
    if (parts.length === 0 || (last?.length === parts.length && parts.every((part, at) => part === last[at])))
      return last;
    this.#snapshot = parts;
    return parts;
  }

  async validateFinished(): Promise<readonly ValidationIssue[]> {
    const issues: ValidationIssue[] = [];
    for (const [index, { answer, issue }] of this.#calls.parts.entries()) {
      if (issue !== undefined) issues.push(...below(index, [issue]));
      else if (answer !== undefined) issues.push(...below(index, await answer.validateFinished()));
    }
    return issues;
  }

  finish(message: Fields): Promise<ValidationResult<Item[]>> {
    return this.#validate(message, async (call, index) => {
      const part = this.#calls.parts[index];
      if (part?.answer === undefined) return readCall(call, this.#schemas);
      return part.issue === undefined ? finishAnswer(part.answer) : { success: false, issues: [part.issue] };
    });
  }
}
