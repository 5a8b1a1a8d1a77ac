import { toJSONSchema } from "zod/v4/core";
import type { $ZodType } from "zod/v4/core";

import { SchemaError } from "../errors.js";
import { definitionOf } from "./zod-input.js";

/** This JSON Schema has the keywords that are read here typed, and any other as it is. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema | boolean;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly description?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/** Where a schema that no JSON can satisfy carries its zod type, until the walk comes by and knows the path. */
const UNSUPPORTED = "x-spandrel-unsupported";

const LEAVE_OUT = "Leave it out of the schema, or add it to the result afterwards";
const MENDS: Readonly<Record<string, string>> = {
  date: "Write z.iso.datetime(), or z.coerce.date() for a Date as result",
  bigint: "Write z.int(), or z.coerce.bigint() for a bigint as result",
  map: "Write an array of { key, value } objects, with a .transform() to a Map",
  set: "Write z.array(…), with a .transform() to a Set",
  undefined: "Write .optional() where the property may be missing",
  void: "Write .optional() where the property may be missing",
  literal: "Literals undefined and bigint are not in JSON: write .optional(), or a number or string",
  custom: 'Say what the model is to write with .meta({ type: "string" }), or write a plain schema with .refine()',
  transform: "Write what goes into it: z.string().transform(…)",
  symbol: LEAVE_OUT,
  function: LEAVE_OUT,
  file: LEAVE_OUT,
  nan: LEAVE_OUT,
};

/** What JSON a schema reads that zod takes for unrepresentable: the constructors that coerce take text. */
const COERCED: Readonly<Record<string, JsonSchema>> = {
  date: { type: "string", format: "date-time" },
  bigint: { type: "string", pattern: "^-?\\d+$" },
};

/** Keywords by which `.meta()` on a custom schema says what the model is to write. */
const SHAPES = ["type", "enum", "const", "anyOf", "$ref"];

function amend(schema: $ZodType, json: Record<string, unknown>): void {
  // The bounds of z.int() say that it is an integer once more.
  if (json["minimum"] === Number.MIN_SAFE_INTEGER) delete json["minimum"];
  if (json["maximum"] === Number.MAX_SAFE_INTEGER) delete json["maximum"];
  const def = definitionOf(schema);
  if (MENDS[def.type] === undefined) return;
  if (def.type === "literal" && !def.values.some((value) => value === undefined || typeof value === "bigint")) return;
  const coerced = "coerce" in def && def.coerce ? COERCED[def.type] : undefined;
  if (coerced !== undefined) return void Object.assign(json, coerced);
  if ((def.type === "custom" || def.type === "transform") && SHAPES.some((key) => key in json)) return;
  json[UNSUPPORTED] = def.type;
}

/** The schema of what goes into the zod schema, in draft 2020-12. Throws a `SchemaError` where zod has none. */
export function readJsonSchema(schema: $ZodType): JsonSchema {
  try {
    return toJSONSchema(schema, {
      io: "input",
      target: "draft-2020-12",
      unrepresentable: "any",
      override: ({ zodSchema, jsonSchema }) => amend(zodSchema, jsonSchema),
    }) as JsonSchema;
  } catch (cause) {
    throw new SchemaError("", "cannot be written as JSON Schema", "See the cause of this error", { cause });
  }
}

/** Throws for a schema that no JSON satisfies. */
export function checkSupported(node: JsonSchema, path: string): void {
  const type = node[UNSUPPORTED];
  if (typeof type === "string")
    throw new SchemaError(path, `is z.${type}(), which JSON cannot express`, `${MENDS[type]}`);
}

/** True for the schema of nothing, such as `z.never()`. */
export function isNever(node: JsonSchema): boolean {
  return typeof node["not"] === "object" && node["not"] !== null && Object.keys(node["not"]).length === 0;
}

/** The definition's name in a `$ref`; `#` has none. */
export function definitionName(ref: string): string | undefined {
  const found = /^#\/\$defs\/(.*)$/.exec(ref)?.[1];
  return found?.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** The path of a property, as messages show it. */
export function propertyPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
