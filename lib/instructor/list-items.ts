import { type Fields, fieldsOf } from "../instruments/index.js";
import { PartialJsonParser } from "../partial-json/index.js";
import type { ResponseSchema, ValidationIssue, ValueSchema } from "../response-schema/index.js";
import type { FoundItem, ItemReader } from "./answer-format.js";
import { type JsonChannel, answerIssue } from "./json-channel.js";
import { malformed } from "./parse-answer.js";

/** This reads the items of a list that is streamed as one JSON value. */
export class ListItems<Item> implements ItemReader<Item> {
  readonly #channel: JsonChannel;
  readonly #schema: ResponseSchema<Item[]>;
  readonly #itemSchema: ValueSchema<Item>;
  readonly #feed: (delta: Fields) => string;
  readonly #parser = new PartialJsonParser();
  #count = 0;
  #issue: ValidationIssue | undefined;

  constructor(channel: JsonChannel, schema: ResponseSchema<Item[]>, itemSchema: ValueSchema<Item>) {
    this.#channel = channel;
    this.#schema = schema;
    this.#itemSchema = itemSchema;
    this.#feed = channel.openFeed(schema);
  }

  read(delta: Fields): readonly FoundItem<Item>[] {
    const text = this.#feed(delta);
    if (text === "") return [];
    this.#issue = malformed(() => this.#parser.push(text));
    return this.#takeFinished();
  }

  finish(message: Fields): readonly ValidationIssue[] {
    const { issues } = this.#channel.read(message, this.#schema);
    if (issues !== undefined) return issues;
    this.#issue ??= malformed(() => this.#parser.finish());
    if (this.#issue !== undefined) return [this.#issue];
    return this.#list === undefined ? [answerIssue("invalid_type", "expected a list")] : [];
  }

  #takeFinished(): readonly FoundItem<Item>[] {
    const list = this.#list;
    const found: FoundItem<Item>[] = [];
    while (list !== undefined && this.#parser.isComplete([...list.path, this.#count])) {
      const index = this.#count++;
      const item = list.items[index];
      found.push({ index, validate: () => this.#itemSchema.validate(this.#itemSchema.unwrap(item)) });
    }
    return found;
  }

  /** Under its key, or bare: some models leave the object around it out. */
  get #list(): { items: readonly unknown[]; path: readonly string[] } | undefined {
    const { value } = this.#parser;
    if (Array.isArray(value)) return { items: value, path: [] };
    const key = this.#schema.wrapperKey ?? "items";
    const items = fieldsOf(value)[key];
    return Array.isArray(items) ? { items, path: [key] } : undefined;
  }
}
