import { SchemaError } from "../errors.js";
import { annotate, splitConstraints } from "./describe-constraints.js";
import { checkSupported, definitionName, isNever, propertyPath } from "./json-schema.js";
import type { JsonSchema } from "./json-schema.js";
import { SchemaMerger } from "./merge-schemas.js";

const NULL: JsonSchema = { type: "null" };
const NOT_STRICT = 'or use mode "tools", "json" or "md_json", which are not strict';

function typesOf(node: JsonSchema): readonly string[] {
  return [node.type ?? []].flat();
}

function typeOfValue(value: unknown): string {
  return value === null ? "null" : typeof value;
}

/**
 * This writes a JSON Schema in the subset of OpenAI's strict mode: every object closed and all of its properties
 * required, optional ones nullable; `anyOf` for `oneOf` and `allOf`; `$ref` without siblings; constraints that the
 * subset does not have in words, in the description. Defaults go: a null is dropped before validation, which applies them.
 *
 * A tuple of one kind becomes an array of fixed length; any other an object with the keys `0`, `1`, … and `rest`, as
 * strict mode has no positions. Throws a `SchemaError` for open maps and for what has no shape.
 *
 * The service's limits (10 levels of nesting, 5000 properties, 1000 enum values) are left to the service, which
 * changes them.
 */
export function toStrictSchema(root: JsonSchema): JsonSchema {
  return new StrictWriter(root).write();
}

class StrictWriter {
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

  #node(node: JsonSchema, path: string): JsonSchema {
    checkSupported(node, path);
    if (node.allOf !== undefined) return this.#merged(node, path);
    if (node.$ref !== undefined) return this.#reference(node, node.$ref, path);
    const union = node.anyOf ?? node.oneOf;
    if (union !== undefined) return this.#union(node, union, path);
    if (isNever(node)) throw new SchemaError(path, "accepts nothing", "Leave it out, or make it optional");
    if ("const" in node) return this.#enum(node, [node["const"]]);
    if (node.enum !== undefined) return this.#enum(node, node.enum);
    const types = typesOf(node);
    if (types.includes("object")) return this.#object(node, path);
    if (types.includes("array")) return this.#array(node, path);
    if (types.length === 0) {
      const mend = `Say what may be in it (a union of what is expected), ${NOT_STRICT}`;
      throw new SchemaError(path, "accepts anything, which strict mode cannot express", mend);
    }
    const { kept, words } = splitConstraints(node);
    return { type: oneOrAll(types), ...kept, ...annotate(node, words) };
  }

  #merged(node: JsonSchema, path: string): JsonSchema {
    const merged = this.#merger.merge(node);
    if (merged !== undefined) return this.#node(merged, path);
    const mend = `Write one object, with .extend() or a spread shape, ${NOT_STRICT}`;
    throw new SchemaError(path, "is an intersection that is not one object, which strict mode cannot express", mend);
  }

  #reference(node: JsonSchema, ref: string, path: string): JsonSchema {
    const name = definitionName(ref);
    const definition = name === undefined ? undefined : this.#root.$defs?.[name];
    if (name !== undefined && definition !== undefined && !this.#definitions.has(name)) {
      // Named before it is written: it may refer to itself.
      this.#definitions.set(name, {});
      this.#definitions.set(name, this.#node(definition, path));
    }
    const said = annotate(node);
    return Object.keys(said).length === 0 ? { $ref: ref } : { ...said, anyOf: [{ $ref: ref }] };
  }

  #union(node: JsonSchema, members: readonly JsonSchema[], path: string): JsonSchema {
    const possible = members.filter((member) => !isNever(member));
    if (possible.length === 0) throw new SchemaError(path, "accepts nothing", "Leave it out, or make it optional");
    return { ...annotate(node), anyOf: possible.map((member) => this.#node(member, path)) };
  }

  #enum(node: JsonSchema, values: readonly unknown[]): JsonSchema {
    const types = typesOf(node).length > 0 ? typesOf(node) : [...new Set(values.map(typeOfValue))];
    if (types.every((type) => type === "null")) return { ...NULL, ...annotate(node) };
    return { type: oneOrAll(types), enum: values, ...annotate(node) };
  }

  #object(node: JsonSchema, path: string): JsonSchema {
    const { words } = splitConstraints(node);
    const properties: [string, JsonSchema][] = [];
    for (const [key, property] of Object.entries(this.#properties(node, path))) {
      const isRequired = node.required?.includes(key) === true;
      // Nothing can be written there, and nothing need be.
      if (isNever(property) && !isRequired) continue;
      const written = this.#node(property, propertyPath(path, key));
      properties.push([key, isRequired ? written : this.#nullable(written)]);
    }
    return closedObject(properties, annotate(node, words));
  }

  /** The properties by name; those of a record, when it is known which there are. */
  #properties(node: JsonSchema, path: string): Readonly<Record<string, JsonSchema>> {
    const { properties = {}, additionalProperties: extra, propertyNames } = node;
    if (Object.keys(properties).length > 0) return properties;
    const names = propertyNames?.enum ?? (propertyNames && "const" in propertyNames ? [propertyNames["const"]] : []);
    if (typeof extra === "object" && names.length > 0)
      return Object.fromEntries(names.map((name) => [String(name), extra]));
    const isOpen = extra === true || typeof extra === "object" || "patternProperties" in node;
    if (!isOpen) return properties;
    const mend = `Write an array of { key, value } objects, ${NOT_STRICT}`;
    throw new SchemaError(path, "is a map with open keys, which strict mode cannot express", mend);
  }

  #array(node: JsonSchema, path: string): JsonSchema {
    if (node.prefixItems !== undefined) return this.#tuple(node, node.prefixItems, path);
    const items = typeof node.items === "object" ? node.items : {};
    const { kept, words } = splitConstraints(node);
    return { type: "array", items: this.#node(items, `${path}[]`), ...kept, ...annotate(node, words) };
  }

  #tuple(node: JsonSchema, positions: readonly JsonSchema[], path: string): JsonSchema {
    const required = node.minItems ?? 0;
    const rest = typeof node.items === "object" ? this.#node(node.items, `${path}[]`) : undefined;
    const written = positions.map((position, index) => this.#node(position, `${path}[${index}]`));
    const [first] = written;
    if (first !== undefined && rest === undefined && required === written.length && written.every(isSameAs(first))) {
      return { type: "array", items: first, minItems: required, maxItems: required, ...annotate(node) };
    }
    const keyed = written.map((one, index): [string, JsonSchema] => [
      String(index),
      index < required ? one : this.#nullable(one),
    ]);
    if (rest !== undefined) keyed.push(["rest", { type: "array", items: rest }]);
    return closedObject(keyed, annotate(node));
  }

  #nullable(node: JsonSchema): JsonSchema {
    if (this.#acceptsNull(node)) return node;
    if (node.anyOf !== undefined) return { ...node, anyOf: [...node.anyOf, NULL] };
    const types = typesOf(node);
    if (node.$ref !== undefined || types.includes("object") || types.includes("array")) return { anyOf: [node, NULL] };
    return { ...node, type: [...types, "null"], ...(node.enum !== undefined && { enum: [...node.enum, null] }) };
  }

  #acceptsNull(node: JsonSchema): boolean {
    if (node.anyOf !== undefined) return node.anyOf.some((branch) => this.#acceptsNull(branch));
    if (node.$ref === undefined) return typesOf(node).includes("null");
    const name = definitionName(node.$ref);
    const target = name === undefined ? undefined : this.#definitions.get(name);
    return target !== undefined && this.#acceptsNull(target);
  }
}

function oneOrAll(types: readonly string[]): string | readonly string[] {
  const [first, ...more] = types;
  return first !== undefined && more.length === 0 ? first : types;
}

function isSameAs(one: JsonSchema): (other: JsonSchema) => boolean {
  const text = JSON.stringify(one);
  return (other) => JSON.stringify(other) === text;
}

function closedObject(properties: readonly [string, JsonSchema][], said: JsonSchema): JsonSchema {
  return {
    type: "object",
    ...said,
    properties: Object.fromEntries(properties),
    required: properties.map(([key]) => key),
    additionalProperties: false,
  };
}
