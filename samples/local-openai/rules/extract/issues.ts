import type { Json } from "./json-schema.js";

/** What a validator says of one place of an answer. */
export interface Issue {
  /** Keys and indexes from the root; empty for the root itself. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const LINE = /^\s*[-*•]\s+(\(root\)|[\w$-]+(?:\.[\w$-]+|\[\d+\])*)\s*:\s+(.+)$/gm;

/** The issues in a message to the model: lines such as `- line_items[0].sku: Invalid code`. */
export function readIssues(text: string): Issue[] {
  return [...text.matchAll(LINE)].map(([, path = "", message = ""]) => ({ path: parsePath(path), message }));
}

export function valueAt(value: Json | undefined, path: Issue["path"]): Json | undefined {
  return path.reduce<Json | undefined>((node, key) => {
    return typeof node === "object" && node !== null ? (node as Record<string | number, Json>)[key] : undefined;
  }, value);
}

/** The value with another one at the path. */
export function replaceAt(value: Json, [key, ...rest]: Issue["path"], replacement: Json): Json {
  if (key === undefined) return replacement;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]: [string, Json]): [string, Json] => {
    return [name, name === String(key) ? replaceAt(inner, rest, replacement) : inner];
  });
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

function parsePath(path: string): (string | number)[] {
  if (path === "(root)") return [];
  return [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([key, index]) => (index === undefined ? key : Number(index)));
}
