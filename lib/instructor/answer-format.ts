import type { Fields } from "../instruments/index.js";
import type { ValidationIssue, ValidationResult } from "../response-schema/index.js";

/** An item of a streamed list that has come to its end. */
export interface FoundItem<Item> {
  /** Its place in the list. */
  readonly index: number;
  validate(): Promise<ValidationResult<Item>>;
}

/** This reads a streamed list item by item. What is malformed is told by `finish`, never thrown. */
export interface ItemReader<Item> {
  /** Reads one delta, and gives the items that it finished. */
  read(delta: Fields): readonly FoundItem<Item>[];
  /** Takes the message that the deltas made, and tells what is wrong with it beside its items. */
  finish(message: Fields): readonly ValidationIssue[];
}

/** This reads a streamed value as it grows. */
export interface PartialReader<T> {
  read(delta: Fields): void;
  /** What is known by now; the same object as before where nothing was added, and never changed afterwards. */
  readonly snapshot: unknown;
  /** What is wrong with the parts that are finished; each is validated once. */
  validateFinished(): Promise<readonly ValidationIssue[]>;
  /** Takes the message that the deltas made. */
  finish(message: Fields): Promise<ValidationResult<T>>;
}

/**
 * This is how a value of one type is asked for in one mode, and how it is read from the answer. Messages, deltas and
 * request fields are as the API has them.
 */
export interface AnswerFormat<T> {
  /** JSON for the trace, the schema as functions: `[{ type, function: { name, description, parameters } }]`. */
  readonly functions: string;
  /** The names of properties that the schema declares: any other is the model's own word. */
  readonly keys: ReadonlySet<string>;
  /** What the request has beside model and messages. */
  readonly fields: Fields;
  instruct(messages: readonly Fields[]): readonly Fields[];
  read(message: Fields): Promise<ValidationResult<T>>;
  openPartial(): PartialReader<T>;
  /** The turns that ask the model to put its answer right. */
  correct(message: Fields, issues: readonly ValidationIssue[]): readonly Fields[];
}

/** A format for a list of items. */
export interface ListFormat<Item> extends AnswerFormat<Item[]> {
  openItems(): ItemReader<Item>;
}
