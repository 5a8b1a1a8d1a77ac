import type { Attributes } from "@opentelemetry/api";

/** Any JSON object, as a request or a response is before it has been looked at. */
export type Fields = Readonly<Record<string, unknown>>;

const NONE: Fields = {};

/** The value as an object whose fields can be read; an empty one where it is none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : NONE;
}

/** The value as a list; an empty one where it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value where it is text that says something. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Sets an attribute where there is a value for it: a string, a number, a boolean or a list of strings. */
export function put(attributes: Attributes, name: string, value: unknown): void {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") attributes[name] = value;
  else if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string")) {
    attributes[name] = value;
  }
}

/** Arguments of a tool call, which travel as JSON text: as what they say, or as they are where they are no JSON. */
export function parseArguments(text: unknown): unknown {
  if (typeof text !== "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
