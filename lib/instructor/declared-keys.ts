import { fieldsOf } from "../instruments/index.js";

/** The names of all properties that a JSON Schema, or a list of functions, declares. */
export function declaredKeys(schema: unknown, keys = new Set<string>()): ReadonlySet<string> {
  if (typeof schema !== "object" || schema === null) return keys;
  for (const key of Object.keys(fieldsOf(fieldsOf(schema)["properties"]))) keys.add(key);
  for (const part of Object.values(schema)) declaredKeys(part, keys);
  return keys;
}
