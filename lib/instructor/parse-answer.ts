import { PartialJsonError } from "../errors.js";
import { PartialJsonParser } from "../partial-json/index.js";
import type { ValidationIssue } from "../response-schema/index.js";
import { answerIssue } from "./json-channel.js";

/** A JSON value, or what is wrong with the text. */
export type ParsedAnswer =
  | { readonly value: unknown; readonly issue?: undefined }
  | { readonly value?: undefined; readonly issue: ValidationIssue };

/** Parses a whole JSON text. */
export function parseAnswer(text: string): ParsedAnswer {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    // Only our own parser tells where, in every version of Node.
    const parser = new PartialJsonParser();
    const issue = malformed(() => {
      parser.push(text);
      parser.finish();
    });
    return { issue: issue ?? answerIssue("invalid_json", "This is not JSON") };
  }
}

/** What is wrong with the JSON text that `parse` reads, if anything is. */
export function malformed(parse: () => void): ValidationIssue | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof PartialJsonError) return malformedAt(error);
    throw error;
  }
}

export function malformedAt({ offset }: PartialJsonError): ValidationIssue {
  return answerIssue("invalid_json", `This is not well-formed JSON at offset ${offset}`);
}
