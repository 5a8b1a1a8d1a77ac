import { definitionName } from "./json-schema.js";
import type { JsonSchema } from "./json-schema.js";

/** Branches of a union of intersections that are written out. */
const MAX_BRANCHES = 32;
/** Two recursive schemas that are one would be written out for ever. */
const MAX_DEPTH = 32;

const TIGHTEST: Readonly<Record<string, (a: number, b: number) => number>> = {
  minimum: Math.max,
  exclusiveMinimum: Math.max,
  minLength: Math.max,
  minItems: Math.max,
  maximum: Math.min,
  exclusiveMaximum: Math.min,
  maxLength: Math.min,
  maxItems: Math.min,
};

/** This merges the members of an `allOf` into the one schema that they are together. */
export class SchemaMerger {
  readonly #root: JsonSchema;
  #depth = 0;

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  /** The node without `allOf`, or none where its members say what one schema cannot. */
  merge(node: JsonSchema): JsonSchema | undefined {
    const { allOf = [], ...own } = node;
    let merged: JsonSchema | undefined = own;
    for (const member of allOf) merged = merged && this.#both(merged, member);
    return merged;
  }

  #both(a: JsonSchema, b: JsonSchema): JsonSchema | undefined {
    if (this.#depth >= MAX_DEPTH) return undefined;
    this.#depth += 1;
    try {
      return this.#join(a, b);
    } finally {
      this.#depth -= 1;
    }
  }

  #join(a: JsonSchema, b: JsonSchema): JsonSchema | undefined {
    const left = this.#resolve(a);
    const right = this.#resolve(b);
    if (left === undefined || right === undefined) return undefined;
    if (left.anyOf !== undefined) return this.#distribute(left, right);
    if (right.anyOf !== undefined) return this.#distribute(right, left);
    const merged: Record<string, unknown> = { ...left };
    for (const [key, value] of Object.entries(right)) {
      const both = key in left ? this.#keyword(key, left, right) : value;
      if (both === undefined) return undefined;
      merged[key] = both;
    }
    return merged;
  }

  #resolve(node: JsonSchema): JsonSchema | undefined {
    if (node.allOf !== undefined) return this.merge(node);
    if (node.oneOf !== undefined) {
      const { oneOf, ...rest } = node;
      return { ...rest, anyOf: oneOf };
    }
    if (node.$ref === undefined) return node;
    const { $ref, ...rest } = node;
    const name = definitionName($ref);
    const found = name === undefined ? this.#root : this.#root.$defs?.[name];
    return found && this.#resolve({ ...found, ...rest });
  }

  #distribute(union: JsonSchema, other: JsonSchema): JsonSchema | undefined {
    const { anyOf = [], ...own } = union;
    const rest = this.#both(own, other);
    if (rest === undefined) return undefined;
    const { description, title, ...shared } = rest;
    const branches = anyOf.map((branch) => this.#both(shared, branch)).filter((branch) => branch !== undefined);
    if (branches.length === 0 || branches.length > MAX_BRANCHES) return undefined;
    return {
      ...(title !== undefined && { title }),
      ...(description !== undefined && { description }),
      anyOf: branches,
    };
  }

  #keyword(key: string, left: JsonSchema, right: JsonSchema): unknown {
    const a = left[key];
    const b = right[key];
    if (JSON.stringify(a) === JSON.stringify(b)) return a;
    const tightest = TIGHTEST[key];
    if (tightest !== undefined && typeof a === "number" && typeof b === "number") return tightest(a, b);
    switch (key) {
      case "type":
        return [a, b].includes("integer") && [a, b].includes("number") ? "integer" : undefined;
      case "description":
        return `${left.description ?? ""}\n${right.description ?? ""}`;
      case "pattern":
      case "multipleOf":
        // A list, for the walk to write as the mode allows.
        return [a, b].flat();
      case "required":
        return [...new Set([...(left.required ?? []), ...(right.required ?? [])])];
      case "properties":
        return this.#properties(left.properties ?? {}, right.properties ?? {});
      case "items":
        return typeof a === "object" && typeof b === "object"
          ? this.#both(a as JsonSchema, b as JsonSchema)
          : undefined;
      case "enum":
        return this.#common(left.enum ?? [], right.enum ?? []);
      case "additionalProperties":
        return typeof a === "object" && Object.keys(a ?? {}).length > 0 ? a : b;
      case "title":
      case "default":
      case "examples":
        return a;
      default:
        return undefined;
    }
  }

  #common(a: readonly unknown[], b: readonly unknown[]): readonly unknown[] | undefined {
    const both = a.filter((value) => b.includes(value));
    return both.length === 0 ? undefined : both;
  }

  #properties(
    left: Readonly<Record<string, JsonSchema>>,
    right: Readonly<Record<string, JsonSchema>>,
  ): Readonly<Record<string, JsonSchema>> | undefined {
    const merged: [string, JsonSchema][] = [];
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const a = left[key];
      const b = right[key];
      const both = a !== undefined && b !== undefined ? this.#both(a, b) : (a ?? b);
      if (both === undefined) return undefined;
      merged.push([key, both]);
    }
    return Object.fromEntries(merged);
  }
}
