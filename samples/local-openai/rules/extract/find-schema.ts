import { isSchema, type JsonSchema } from "./json-schema.js";

/** The first JSON object in a text that looks like a schema. */
export function findSchema(text: string): JsonSchema | undefined {
  for (let start = text.indexOf("{"); start >= 0; start = text.indexOf("{", start + 1)) {
    const value = parse(text.slice(start, endOfObject(text, start)));
    if (isSchema(value)) return value;
  }
  return undefined;
}

/** The index after the brace that closes the one at `start`; braces inside strings do not count. */
function endOfObject(text: string, start: number): number {
  const marks = /"(?:\\.|[^"\\])*"|[{}]/gs;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === "{") depth++;
    if (mark[0] === "}" && --depth === 0) return marks.lastIndex;
  }
  return start;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
