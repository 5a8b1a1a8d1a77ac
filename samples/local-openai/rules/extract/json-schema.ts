export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The keywords that the rules read, and any other as it is. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly pattern?: string;
  readonly format?: string;
  readonly $ref?: string;
}

/** The schema that a `$ref` points to inside the same document, with the parts of an `allOf` put together. */
export function followRef(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref, allOf, ...own } = schema;
  if ($ref === undefined && allOf === undefined) return schema;
  const keys = $ref?.split("/").slice(1) ?? [];
  const target = keys.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], root);
  const parts = [...($ref === undefined ? [] : [target as JsonSchema | undefined]), ...(allOf ?? [])];
  return [...parts.map((part) => part && followRef(part, root)), own].reduce<JsonSchema>(merge, {});
}

function merge(left: JsonSchema, right: JsonSchema | undefined): JsonSchema {
  const properties = { ...left.properties, ...right?.properties };
  const required = [...(left.required ?? []), ...(right?.required ?? [])];
  return {
    ...left,
    ...right,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

/** The alternatives of a schema with null left out, and whether it was among them. */
export function readAlternatives(schema: JsonSchema): {
  readonly branches: readonly JsonSchema[];
  isNullable: boolean;
} {
  const types = typesOf(schema);
  const options =
    schema.anyOf ?? schema.oneOf ?? (types.length < 2 ? [schema] : types.map((type) => ({ ...schema, type })));
  const branches = options.filter((option) => option.type !== "null");
  const isNullable = branches.length < options.length || schema.enum?.includes(null) === true;
  return { branches, isNullable };
}

export function typesOf(schema: JsonSchema): readonly string[] {
  if (schema.type !== undefined) return [schema.type].flat();
  if (schema.properties !== undefined) return ["object"];
  return schema.items === undefined ? [] : ["array"];
}

/** Whether a value that was found in some text is a JSON Schema for an answer. */
export function isSchema(value: unknown): value is JsonSchema {
  if (typeof value !== "object" || value === null) return false;
  return ["properties", "$ref", "anyOf", "oneOf"].some((keyword) => keyword in value);
}
