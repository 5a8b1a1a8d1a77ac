import { $ZodObject } from "zod/v4/core";
import type { $ZodType } from "zod/v4/core";

import { InvalidOptionError, SchemaError } from "../errors.js";
import { definitionName, readJsonSchema } from "./json-schema.js";
import type { JsonSchema } from "./json-schema.js";
import { toPlainSchema } from "./plain-schema.js";
import { restoreValue } from "./restore-values.js";
import { toStrictSchema } from "./strict-schema.js";
import { validateValue } from "./validation-issues.js";
import type { ValidationResult } from "./validation-issues.js";
import { definitionOf, findMeta, peelInput } from "./zod-input.js";

/** This schema reads a model's JSON: first `unwrap`, then `validate`. */
export interface ValueSchema<T> {
  readonly zodSchema: $ZodType<T>;
  /** The JSON as the zod schema wants it; takes unfinished and invalid JSON too, and never throws. */
  unwrap(parsed: unknown): unknown;
  /** The typed value, or what is wrong with what `unwrap` gave. Refinements may be asynchronous. */
  validate(value: unknown): Promise<ValidationResult<T>>;
}

/** This schema is what a model is asked to answer with, as it goes over the wire and as it comes back. */
export interface ResponseSchema<T> extends ValueSchema<T> {
  /** The name of the function or schema, valid for OpenAI. */
  readonly name: string;
  readonly description: string | undefined;
  /** Its root is always an object. */
  readonly jsonSchema: JsonSchema;
  readonly isStrict: boolean;
  /** True where the zod schema is no object, and was put under `wrapperKey` of one. */
  readonly isWrapped: boolean;
  readonly wrapperKey: "items" | "value" | undefined;
  /** The schema of an item where the root is an array. */
  readonly itemSchema: ValueSchema<ItemOf<T>> | undefined;
}

/** The item of an array, and never of anything else. */
export type ItemOf<T> = T extends readonly (infer Item)[] ? Item : never;

export interface ResponseSchemaOptions {
  /** 1 to 64 letters, digits, `_` or `-`. Default: the schema's title or id from `.meta()`, or `response`. */
  readonly name?: string;
  /** True for OpenAI's strict subset, which `json_schema` mode needs. */
  readonly strict: boolean;
}

/**
 * Makes of a zod 4 schema (`zod`, `zod/mini` or `zod/v4/core`) what a model is asked for. The wire has the schema's
 * input: a transform runs on what comes back. Throws a `SchemaError` for what has no JSON form, and in strict mode for
 * open maps and values of any shape; an `InvalidOptionError` for a name that the API would refuse.
 */
export function createResponseSchema<T>(zodSchema: $ZodType<T>, options: ResponseSchemaOptions): ResponseSchema<T> {
  if (!isZodSchema(zodSchema)) {
    throw new SchemaError("", "is no zod 4 schema", 'Make it with z of "zod" 4, or of "zod/v4" of the 3.25 line');
  }
  const write = options.strict ? toStrictSchema : toPlainSchema;
  const bare = inlineRoot(readJsonSchema(zodSchema));
  const written = hasObjectRoot(bare) ? write(bare) : undefined;
  const peeled = definitionOf(peelInput(zodSchema));
  const wrapperKey = written?.["type"] === "object" ? undefined : peeled.type === "array" ? "items" : "value";
  const unwrap = (parsed: unknown): unknown => restoreValue(zodSchema, takeOut(parsed, wrapperKey));
  return {
    zodSchema,
    name: options.name === undefined ? deriveName(zodSchema) : checkName(options.name),
    description: findMeta(zodSchema, "description"),
    jsonSchema: wrapperKey === undefined ? (written ?? {}) : write(readJsonSchema(wrap(zodSchema, wrapperKey))),
    isStrict: options.strict,
    isWrapped: wrapperKey !== undefined,
    wrapperKey,
    itemSchema: peeled.type === "array" ? readItems(peeled.element as $ZodType<ItemOf<T>>) : undefined,
    unwrap,
    validate: (value) => validateValue(zodSchema, value),
  };
}

/** Those of zod 3 and of other libraries have no `_zod`. */
function isZodSchema(value: unknown): boolean {
  return typeof value === "object" && value !== null && "_zod" in value;
}

function readItems<Item>(zodSchema: $ZodType<Item>): ValueSchema<Item> {
  return {
    zodSchema,
    unwrap: (parsed) => restoreValue(zodSchema, parsed),
    validate: (value) => validateValue(zodSchema, value),
  };
}

/** An id or a recursion makes the root a reference, which no API takes there. */
function inlineRoot(json: JsonSchema): JsonSchema {
  const { $ref, ...own } = json;
  const name = $ref === undefined ? undefined : definitionName($ref);
  const definition = name === undefined ? undefined : json.$defs?.[name];
  return definition === undefined ? json : inlineRoot({ ...definition, ...own });
}

/** An intersection is written before it shows whether it is an object. */
function hasObjectRoot(json: JsonSchema): boolean {
  return json.type === "object" || json.allOf !== undefined;
}

function wrap(schema: $ZodType, key: string): $ZodType {
  return new $ZodObject({ type: "object", shape: { [key]: schema } });
}

/** A model that answers with the bare value is understood as well. */
function takeOut(parsed: unknown, key: string | undefined): unknown {
  if (key === undefined || typeof parsed !== "object" || parsed === null || !Object.hasOwn(parsed, key)) return parsed;
  return Reflect.get(parsed, key);
}

function deriveName(schema: $ZodType): string {
  return givenName(schema) ?? "response";
}

/** The name that the schema gives itself by title or id, as the API takes names. */
export function givenName(schema: $ZodType): string | undefined {
  return toName(findMeta(schema, "title") ?? findMeta(schema, "id") ?? "");
}

/** A text with what no name may have replaced; undefined where nothing is left. */
export function toName(text: string): string | undefined {
  const name = text.replaceAll(/[^a-zA-Z0-9_-]+/g, "_").replaceAll(/^_+|_+$/g, "");
  return name.slice(0, 64) || undefined;
}

function checkName(name: string): string {
  if (/^[a-zA-Z0-9_-]{1,64}$/.test(name)) return name;
  throw new InvalidOptionError("name", "1 to 64 letters, digits, _ or -", name);
}
