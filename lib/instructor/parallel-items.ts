import type { Fields } from "../instruments/index.js";
import { PartialJsonParser } from "../partial-json/index.js";
import type { ResponseSchema, ValidationIssue } from "../response-schema/index.js";
import type { FoundItem, ItemReader } from "./answer-format.js";
import { below, unknownFunction } from "./parallel-calls.js";
import type { ParallelSchemas } from "./parallel-schemas.js";
import { malformed } from "./parse-answer.js";
import { StreamedCalls } from "./streamed-calls.js";

interface CallItem<Item> {
  readonly schema: ResponseSchema<Item> | undefined;
  readonly parser: PartialJsonParser;
  issue: ValidationIssue | undefined;
  isFound: boolean;
}

/** This reads streamed calls one by one: each is an item as soon as its arguments are whole. */
export class ParallelItems<Item> implements ItemReader<Item> {
  readonly #calls: StreamedCalls<CallItem<Item>>;
  readonly #schemas: ParallelSchemas<Item>;
  readonly #missing: (message: Fields) => readonly ValidationIssue[];

  constructor(schemas: ParallelSchemas<Item>, missing: (message: Fields) => readonly ValidationIssue[]) {
    this.#schemas = schemas;
    this.#missing = missing;
    this.#calls = new StreamedCalls((name) => ({
      schema: schemas.members.get(String(name)),
      parser: new PartialJsonParser(),
      issue: undefined,
      isFound: false,
    }));
  }

  read(delta: Fields): readonly FoundItem<Item>[] {
    const found: FoundItem<Item>[] = [];
    this.#calls.read(delta, (call, text, index) => {
      const { schema, parser } = call;
      call.issue ??= malformed(() => parser.push(text));
      if (call.isFound || call.issue !== undefined || schema === undefined || !parser.isComplete([])) return;
      call.isFound = true;
      found.push({ index, validate: () => schema.validate(schema.unwrap(parser.value)) });
    });
    return found;
  }

  finish(message: Fields): readonly ValidationIssue[] {
    const issues = this.#calls.parts.flatMap(({ schema, parser, issue }, index) => {
      const found = schema === undefined ? unknownFunction(this.#schemas) : (issue ?? malformed(() => parser.finish()));
      return found === undefined ? [] : below(index, [found]);
    });
    return [...this.#missing(message), ...issues];
  }
}
