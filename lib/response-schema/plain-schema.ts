import { checkSupported, definitionName, propertyPath } from "./json-schema.js";
import type { JsonSchema } from "./json-schema.js";
import { SchemaMerger } from "./merge-schemas.js";

/** Keywords of a node that are not for the model: zod's registration, and what readers of a spec are told. */
const DROPPED = ["id", "$schema", "$defs", "readOnly"];

/**
 * This writes a JSON Schema for the modes that are not strict: as zod has it, but with `anyOf` for `oneOf` and, where
 * they are one object, for `allOf`; tuples also with `items`, without which the service takes no array; `$ref` without
 * siblings, which older drafts ignore. Definitions that nobody refers to go.
 */
export function toPlainSchema(root: JsonSchema): JsonSchema {
  return new PlainWriter(root).write();
}

class PlainWriter {
  readonly #root: JsonSchema;
  readonly #merger: SchemaMerger;
  readonly #definitions = new Map<string, JsonSchema>();

  constructor(root: JsonSchema) {
    this.#root = root;
    this.#merger = new SchemaMerger(root);
  }

  write(): JsonSchema {
    const { $defs: _, ...root } = this.#root;
    const written = this.#node(root, "");
    return this.#definitions.size === 0 ? written : { ...written, $defs: Object.fromEntries(this.#definitions) };
  }

  #node(given: JsonSchema, path: string): JsonSchema {
    checkSupported(given, path);
    const { oneOf, ...node } = (given.allOf && this.#merger.merge(given)) ?? given;
    const written: Record<string, unknown> = oneOf === undefined ? {} : { anyOf: this.#list(oneOf, path) };
    for (const [key, value] of Object.entries(node)) {
      if (!DROPPED.includes(key)) Object.assign(written, this.#keyword(key, value, node, path));
    }
    if (node.$ref === undefined) return written;
    this.#define(node.$ref, path);
    const { $ref: _, ...siblings } = written;
    const reference = { $ref: node.$ref };
    return Object.keys(siblings).length === 0 ? reference : { ...siblings, anyOf: [reference] };
  }

  #list(nodes: readonly JsonSchema[], path: string): JsonSchema[] {
    return nodes.map((node) => this.#node(node, path));
  }

  #keyword(key: string, value: unknown, node: JsonSchema, path: string): JsonSchema {
    switch (key) {
      case "anyOf":
      case "allOf":
        return { [key]: this.#list(value as readonly JsonSchema[], path) };
      case "properties": {
        const properties = Object.entries(value as Readonly<Record<string, JsonSchema>>);
        return {
          properties: Object.fromEntries(
            properties.map(([name, one]) => [name, this.#node(one, propertyPath(path, name))]),
          ),
        };
      }
      case "prefixItems":
        return this.#tuple(value as readonly JsonSchema[], node, path);
      case "items":
        if (node.prefixItems !== undefined) return {};
        return { items: this.#node(value as JsonSchema, `${path}[]`) };
      case "additionalProperties":
      case "propertyNames":
        return { [key]: typeof value === "object" ? this.#node(value as JsonSchema, propertyPath(path, "*")) : value };
      case "pattern":
      case "multipleOf":
        return Array.isArray(value) ? { allOf: value.map((one: unknown) => ({ [key]: one })) } : { [key]: value };
      default:
        return { [key]: value };
    }
  }

  #tuple(prefix: readonly JsonSchema[], node: JsonSchema, path: string): JsonSchema {
    const prefixItems = prefix.map((position, index) => this.#node(position, `${path}[${index}]`));
    const rest = typeof node.items === "object" ? [this.#node(node.items, `${path}[]`)] : [];
    const kinds = new Map([...prefixItems, ...rest].map((one) => [JSON.stringify(one), one]));
    const anyOf = rest.length > 0 ? rest : [...kinds.values()];
    const [only = {}] = anyOf;
    return { prefixItems, items: anyOf.length > 1 ? { anyOf } : only };
  }

  #define(ref: string, path: string): void {
    const name = definitionName(ref);
    const definition = name === undefined ? undefined : this.#root.$defs?.[name];
    if (name === undefined || definition === undefined || this.#definitions.has(name)) return;
    // Named before it is written: it may refer to itself.
    this.#definitions.set(name, {});
    this.#definitions.set(name, this.#node(definition, path));
  }
}
