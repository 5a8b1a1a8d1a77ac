import type { JsonSchema } from "./json-schema.js";

/** The formats of OpenAI's strict mode (platform.openai.com/docs/guides/structured-outputs, "Supported properties"). */
const FORMATS = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];
/** zod's own names for what the pattern beside them says. */
const PATTERN_FORMATS = ["includes", "starts_with", "ends_with", "lowercase", "uppercase", "regex", "template_literal"];
/** A strict grammar has no look-around, back-reference, named group or Unicode class. */
const UNPORTABLE = /\(\?[=!<]|\\[1-9]|\\[pPk]/;
/** Kept as they are, as long as they hold one value. */
const KEPT = ["multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"];
/** Keywords that only `.meta()` can have written: said as they stand. */
const SAID = ["not", "if", "then", "else", "contains", "minContains", "maxContains", "dependentRequired"].concat([
  "dependentSchemas",
  "contentMediaType",
  "unevaluatedItems",
  "unevaluatedProperties",
]);

function range(low: unknown, high: unknown, one: string, many: string): string[] {
  const say = (count: number): string => `${count} ${count === 1 ? one : many}`;
  if (typeof low === "number" && low === high) return [`exactly ${say(low)}`];
  const words: string[] = [];
  if (typeof low === "number") words.push(`at least ${say(low)}`);
  if (typeof high === "number") words.push(`at most ${say(high)}`);
  return words;
}

/** What strict mode keeps of a leaf's or an array's constraints, and the words for what it does not. */
export function splitConstraints(node: JsonSchema): { kept: Record<string, unknown>; words: string[] } {
  const kept: Record<string, unknown> = {};
  const words = [
    ...range(node["minLength"], node["maxLength"], "character", "characters"),
    ...range(node["minProperties"], node["maxProperties"], "property", "properties"),
  ];
  if (node["uniqueItems"] === true) words.push("no item twice");
  for (const key of KEPT) {
    const [first, ...more] = [node[key]].flat();
    if (first === undefined) continue;
    kept[key] = first;
    for (const value of more) words.push(`a multiple of ${String(value)}`);
  }
  const { format } = node;
  if (format !== undefined && FORMATS.includes(format)) kept["format"] = format;
  else if (format !== undefined && !PATTERN_FORMATS.includes(format)) words.push(`format ${format}`);
  splitPatterns(node, kept, words);
  for (const key of SAID) if (key in node) words.push(`${key}: ${JSON.stringify(node[key])}`);
  return { kept, words };
}

function splitPatterns(node: JsonSchema, kept: Record<string, unknown>, words: string[]): void {
  const patterns = [node.pattern ?? []].flat();
  if ("format" in kept) {
    // The format says it shorter, but for one thing: zod wants UTC unless told otherwise.
    if (kept["format"] === "date-time" && patterns.some((one) => one.endsWith("(?:Z))$")))
      words.push("in UTC, ending in Z");
    return;
  }
  for (const pattern of patterns) {
    if (kept["pattern"] === undefined && !UNPORTABLE.test(pattern)) kept["pattern"] = pattern;
    else words.push(`matching /${pattern}/`);
  }
}

/** The title and description of a node, with the words added to the latter. */
export function annotate(node: JsonSchema, words: readonly string[] = []): { title?: unknown; description?: string } {
  const said = words.join("; ");
  const description =
    node.description === undefined || said === "" ? (node.description ?? said) : `${node.description} (${said})`;
  return { ...("title" in node && { title: node["title"] }), ...(description !== "" && { description }) };
}
