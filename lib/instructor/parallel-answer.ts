import type { Fields } from "../instruments/index.js";
import { formatIssues, validateValue, type ValidationIssue, type ValidationResult } from "../response-schema/index.js";
import type { ItemReader, ListFormat, PartialReader } from "./answer-format.js";
import { declaredKeys } from "./declared-keys.js";
import { answerIssue } from "./json-channel.js";
import { below, readCall } from "./parallel-calls.js";
import { ParallelItems } from "./parallel-items.js";
import { ParallelPartial } from "./parallel-partial.js";
import type { ParallelSchemas } from "./parallel-schemas.js";
import { type ToolCall, readToolCalls, toAssistantTurn, toFunction, toToolTurn } from "./tool-calls.js";

/** This asks for any number of calls of several functions: each call is an item, and its arguments are its value. */
export class ParallelAnswer<Item> implements ListFormat<Item> {
  readonly functions: string;
  readonly keys: ReadonlySet<string>;
  readonly fields: Fields;
  readonly #schemas: ParallelSchemas<Item>;

  constructor(schemas: ParallelSchemas<Item>) {
    this.#schemas = schemas;
    const tools = [...schemas.members.values()].map(toFunction);
    this.functions = JSON.stringify(tools);
    this.keys = declaredKeys(tools);
    this.fields = { tools, tool_choice: "required" };
  }

  instruct(messages: readonly Fields[]): readonly Fields[] {
    return messages;
  }

  read(message: Fields): Promise<ValidationResult<Item[]>> {
    return this.#validate(message, (call) => readCall(call, this.#schemas));
  }

  openItems(): ItemReader<Item> {
    return new ParallelItems(this.#schemas, (message) => this.#missing(message));
  }

  openPartial(): PartialReader<Item[]> {
    return new ParallelPartial(this.#schemas, (message, read) => this.#validate(message, read));
  }

  correct(message: Fields, issues: readonly ValidationIssue[]): readonly Fields[] {
    const calls = readToolCalls(message);
    const general = issues.filter(({ path }) => typeof path[0] !== "number");
    if (calls.length === 0) return [toAssistantTurn(message), { role: "user", content: describe(issues) }];
    const turns = calls.map((call, index) => {
      const own = issues
        .filter(({ path }) => path[0] === index)
        .map((issue) => ({ ...issue, path: issue.path.slice(1) }));
      const all = index === 0 ? [...own, ...general] : own;
      return toToolTurn(
        call,
        all.length === 0 ? "This call is valid. Make it again beside the others." : describe(all),
      );
    });
    return [toAssistantTurn(message), ...turns];
  }

  async #validate(
    message: Fields,
    read: (call: ToolCall, index: number) => Promise<ValidationResult<Item>>,
  ): Promise<ValidationResult<Item[]>> {
    const missing = this.#missing(message);
    if (missing.length > 0) return { success: false, issues: missing };
    const values: Item[] = [];
    const issues: ValidationIssue[] = [];
    for (const [index, call] of readToolCalls(message).entries()) {
      const result = await read(call, index);
      if (result.success) values.push(result.data);
      else issues.push(...below(index, result.issues));
    }
    return issues.length > 0 ? { success: false, issues } : validateValue(this.#schemas.listSchema, values);
  }

  #missing(message: Fields): readonly ValidationIssue[] {
    if (readToolCalls(message).length > 0) return [];
    return [answerIssue("no_tool_call", `Call ${[...this.#schemas.members.keys()].join(" or ")}`)];
  }
}

function describe(issues: readonly ValidationIssue[]): string {
  return `This is not valid:\n${formatIssues(issues)}\nMake all calls again, with all of it put right.`;
}
