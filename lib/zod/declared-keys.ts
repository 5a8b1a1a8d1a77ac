import { definitionOf, fieldsOf } from "./schema-definition.js";

/** Where a definition of zod 3 or 4 has other schemas. Other fields may be getters that run code of the user's, as `defaultValue` is. */
const PARTS: readonly string[] = [
  "catchall",
  "element",
  "type",
  "items",
  "rest",
  "options",
  "left",
  "right",
  "valueType",
  "innerType",
  "schema",
  "in",
  "out",
];

/**
 * The names of all properties that a schema declares, however deep. They are the program's own words, which the keys of
 * records and maps are not.
 */
export function declaredKeys(schema: unknown): ReadonlySet<string> {
  const keys = new Set<string>();
  const seen = new Set<unknown>();
  const waiting: unknown[] = [schema];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value)) waiting.push(...(value as unknown[]));
    const definition = definitionOf(value);
    if (definition === undefined || seen.has(value)) continue;
    seen.add(value);
    const members = fieldsOf(resolve(definition["shape"]));
    for (const key of Object.keys(members)) keys.add(key);
    waiting.push(...Object.values(members), resolve(definition["getter"]));
    for (const part of PARTS) waiting.push(definition[part]);
  }
  return keys;
}

/** The shape of an object of zod 3, and what is lazy in either, is behind a function. */
function resolve(part: unknown): unknown {
  return typeof part === "function" ? (part as () => unknown)() : part;
}
