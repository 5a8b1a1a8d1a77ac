import { PartialJsonError } from "../errors.js";
import type { Fields } from "../instruments/index.js";
import { PartialAnswer } from "../partial-answer/index.js";
import {
  formatIssues,
  type ResponseSchema,
  type ValidationIssue,
  type ValidationResult,
  type ValueSchema,
} from "../response-schema/index.js";
import type { AnswerFormat, ItemReader, ListFormat, PartialReader } from "./answer-format.js";
import { declaredKeys } from "./declared-keys.js";
import type { JsonChannel } from "./json-channel.js";
import { ListItems } from "./list-items.js";
import { malformed, malformedAt, parseAnswer } from "./parse-answer.js";
import { toFunction } from "./tool-calls.js";

/** Issues with the answer, not with a place in its value. */
const ANSWER_CODES = ["no_tool_call", "multiple_tool_calls", "no_json", "invalid_json"];

/** This asks for one JSON value, whatever way it takes. */
export class SingleAnswer<T> implements AnswerFormat<T> {
  readonly functions: string;
  readonly keys: ReadonlySet<string>;
  readonly fields: Fields;
  protected readonly channel: JsonChannel;
  protected readonly schema: ResponseSchema<T>;

  constructor(channel: JsonChannel, schema: ResponseSchema<T>) {
    this.channel = channel;
    this.schema = schema;
    this.functions = JSON.stringify([toFunction(schema)]);
    this.keys = declaredKeys(schema.jsonSchema);
    this.fields = channel.fields(schema);
  }

  instruct(messages: readonly Fields[]): readonly Fields[] {
    return this.channel.instruct(messages, this.schema);
  }

  async read(message: Fields): Promise<ValidationResult<T>> {
    const { text, issues } = this.channel.read(message, this.schema);
    if (text === undefined) return { success: false, issues };
    const { value, issue } = parseAnswer(text);
    if (issue !== undefined) return { success: false, issues: [issue] };
    return this.schema.validate(this.schema.unwrap(value));
  }

  openPartial(): PartialReader<T> {
    return new SinglePartial(this.channel, this.schema);
  }

  correct(message: Fields, issues: readonly ValidationIssue[]): readonly Fields[] {
    const { wrapperKey } = this.schema;
    const isOfAnswer = issues.some(({ code }) => ANSWER_CODES.includes(code));
    const prefix = wrapperKey === undefined || isOfAnswer ? [] : [wrapperKey];
    return this.channel.correct(message, formatIssues(issues, prefix), this.schema);
  }
}

/** This asks for a list whose items are read one by one. */
export class ListAnswer<Item> extends SingleAnswer<Item[]> implements ListFormat<Item> {
  readonly #itemSchema: ValueSchema<Item>;

  constructor(channel: JsonChannel, schema: ResponseSchema<Item[]>, itemSchema: ValueSchema<Item>) {
    super(channel, schema);
    this.#itemSchema = itemSchema;
  }

  openItems(): ItemReader<Item> {
    return new ListItems(this.channel, this.schema, this.#itemSchema);
  }
}

class SinglePartial<T> implements PartialReader<T> {
  readonly #channel: JsonChannel;
  readonly #schema: ResponseSchema<T>;
  readonly #feed: (delta: Fields) => string;
  readonly #answer: PartialAnswer<T>;
  #issue: ValidationIssue | undefined;

  constructor(channel: JsonChannel, schema: ResponseSchema<T>) {
    this.#channel = channel;
    this.#schema = schema;
    this.#feed = channel.openFeed(schema);
    this.#answer = new PartialAnswer(schema);
  }

  read(delta: Fields): void {
    const text = this.#feed(delta);
    if (text !== "" && this.#issue === undefined) this.#issue = malformed(() => this.#answer.push(text));
  }

  get snapshot(): unknown {
    return this.#answer.snapshot;
  }

  async validateFinished(): Promise<readonly ValidationIssue[]> {
    return this.#issue === undefined ? this.#answer.validateFinished() : [this.#issue];
  }

  async finish(message: Fields): Promise<ValidationResult<T>> {
    const { issues } = this.#channel.read(message, this.#schema);
    if (issues !== undefined) return { success: false, issues };
    if (this.#issue !== undefined) return { success: false, issues: [this.#issue] };
    return finishAnswer(this.#answer);
  }
}

/** The validated value; text that ends before its JSON does is an issue like any other. */
export async function finishAnswer<T>(answer: PartialAnswer<T>): Promise<ValidationResult<T>> {
  try {
    return await answer.finish();
  } catch (error) {
    if (error instanceof PartialJsonError) return { success: false, issues: [malformedAt(error)] };
    throw error;
  }
}
