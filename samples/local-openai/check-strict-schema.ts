import { ApiError } from "./api-error.js";

/** Throws an `ApiError`, as OpenAI answers, unless every object in the schema is closed and requires all that it has. */
export function checkStrictSchema(
  schema: unknown,
  where: string,
  param: string,
  context: readonly string[] = [],
): void {
  if (typeof schema !== "object" || schema === null) return;
  if (Array.isArray(schema)) {
    schema.forEach((item, index) => checkStrictSchema(item, where, param, [...context, String(index)]));
    return;
  }
  const { properties, required, additionalProperties } = schema as Record<string, unknown>;
  const refuse = (problem: string): never => {
    const place = context.map((key) => `'${key}'`).join(", ");
    throw new ApiError(400, `${where}: In context=(${place}), ${problem}`, "invalid_json_schema", param);
  };
  if (isObject(properties)) {
    if (additionalProperties !== false) refuse("'additionalProperties' is required to be supplied and to be false.");
    const missing = Object.keys(properties).find((key) => !Array.isArray(required) || !required.includes(key));
    if (missing !== undefined) {
      refuse(
        "'required' is required to be supplied and to be an array including every key in properties. " +
          `Missing '${missing}'.`,
      );
    }
  }
  for (const keyword of ["properties", "$defs", "definitions"]) {
    const inner = (schema as Record<string, unknown>)[keyword];
    if (!isObject(inner)) continue;
    for (const [key, value] of Object.entries(inner)) {
      checkStrictSchema(value, where, param, [...context, keyword, key]);
    }
  }
  for (const keyword of ["items", "anyOf"]) {
    checkStrictSchema((schema as Record<string, unknown>)[keyword], where, param, [...context, keyword]);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
