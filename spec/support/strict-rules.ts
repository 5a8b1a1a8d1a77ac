type Node = Readonly<Record<string, unknown>>;

const KEYWORDS = new Set(
  ["type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "$ref", "$defs"].concat(
    ["title", "description", "pattern", "format", "multipleOf", "minimum", "maximum"],
    ["exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"],
  ),
);
const TYPES = ["string", "number", "boolean", "integer", "object", "array", "null"];
const FORMATS = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What OpenAI's strict mode would refuse in a schema, each as `path: reason`. */
export function findStrictViolations(root: Node): string[] {
  const found: string[] = [];
  const definitions = isNode(root["$defs"]) ? root["$defs"] : {};
  const referred = new Set<string>();

  const visit = (node: unknown, path: string): void => {
    const say = (reason: string): void => void found.push(`${path}: ${reason}`);
    if (!isNode(node)) return say("is no schema");
    const keys = Object.keys(node);
    for (const key of keys) if (!KEYWORDS.has(key)) say(`has the keyword ${key}`);
    if ("$defs" in node && path !== "#") say("defines below the root");
    if (typeof node["$ref"] === "string") {
      if (keys.length > 1) say("has siblings of $ref");
      const name = /^#\/\$defs\/(.+)$/.exec(node["$ref"])?.[1]?.replaceAll("~1", "/").replaceAll("~0", "~");
      if (node["$ref"] !== "#" && (name === undefined || !Object.hasOwn(definitions, name))) say("refers to nothing");
      if (name !== undefined) referred.add(name);
      return;
    }
    if (Array.isArray(node["anyOf"])) {
      if (node["anyOf"].length === 0) say("has an empty anyOf");
      if ("type" in node || "enum" in node || "properties" in node) say("has a type beside anyOf");
      node["anyOf"].forEach((branch, index) => visit(branch, `${path}/anyOf/${index}`));
      return;
    }
    const types = [node["type"] ?? []].flat() as unknown[];
    if (types.length === 0) say("has no type");
    for (const type of types) if (!TYPES.includes(String(type))) say(`has the type ${String(type)}`);
    if (new Set(types).size !== types.length) say("has a type twice");
    if ("format" in node && !FORMATS.includes(String(node["format"]))) say(`has the format ${String(node["format"])}`);
    if (/\(\?[=!<]|\\[1-9]/.test(String(node["pattern"] ?? ""))) say("has a pattern with look-around");
    if ("enum" in node && !(Array.isArray(node["enum"]) && node["enum"].length > 0)) say("has an empty enum");
    if (types.includes("array")) visit(node["items"], `${path}/items`);
    if (!types.includes("object")) return;
    const properties = isNode(node["properties"]) ? node["properties"] : {};
    if (node["additionalProperties"] !== false) say("is an open object");
    if (JSON.stringify(node["required"]) !== JSON.stringify(Object.keys(properties)))
      say("does not require every property");
    for (const [key, property] of Object.entries(properties)) visit(property, `${path}/${key}`);
  };

  if (root["type"] !== "object" || "anyOf" in root) found.push("#: the root is no object");
  visit(root, "#");
  for (const [name, definition] of Object.entries(definitions)) visit(definition, `#/$defs/${name}`);
  for (const name of Object.keys(definitions)) if (!referred.has(name)) found.push(`#/$defs/${name}: is not used`);
  return found;
}
