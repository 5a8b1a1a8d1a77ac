import type { Fields } from "../instruments/index.js";
import type { ResponseSchema, ValidationIssue } from "../response-schema/index.js";

/** The JSON text of an answer, or what is wrong with an answer that has none. */
export type JsonAnswer =
  | { readonly text: string; readonly issues?: undefined }
  | { readonly text?: undefined; readonly issues: readonly ValidationIssue[] };

/**
 * This is a way of asking a model for one JSON value: as the arguments of a function, or as the text of its answer.
 * Messages are as the API has them.
 */
export interface JsonChannel {
  /** True where the provider itself keeps the answer to the schema, which has to be in its strict subset. */
  readonly isStrict: boolean;
  /** What the request has beside model and messages. */
  fields(schema: ResponseSchema<unknown>): Fields;
  /** The messages with what the model needs to be told. */
  instruct(messages: readonly Fields[], schema: ResponseSchema<unknown>): readonly Fields[];
  /** The JSON in a whole message. */
  read(message: Fields, schema: ResponseSchema<unknown>): JsonAnswer;
  /** Makes a reader that gives the JSON text which each delta of a streamed message adds. */
  openFeed(schema: ResponseSchema<unknown>): (delta: Fields) => string;
  /** The turns that show the model its answer and what is wrong with it: a line for each issue. */
  correct(message: Fields, issues: string, schema: ResponseSchema<unknown>): readonly Fields[];
}

/** An issue with the answer as a whole. */
export function answerIssue(code: string, message: string): ValidationIssue {
  return { path: [], code, message };
}
