import type { $ZodType } from "zod/v4/core";
import { definitionOf, dropsNulls, innerInput, restorePresent, standsForMissing } from "../response-schema/index.js";

/** The name of a member: an item's is a number. */
export type Key = string | number;

/** This is what a schema says of the members of an array or object, each for itself. */
export interface ValueStructure {
  /** Undefined for a member that is taken as it is. */
  schemaAt(key: Key): $ZodType | undefined;
  /** True where a null stands for a member left out. */
  dropsNullAt(key: Key): boolean;
}

/** Members that are taken as they are. */
export const plain: ValueStructure = { schemaAt: () => undefined, dropsNullAt: () => false };

/**
 * The structure of an array or object that the schema reads, or of an object. Undefined where the members' schemas
 * depend on the value as a whole (unions, intersections), or it is to become another (a tuple written as object).
 */
export function structureOf(schema: $ZodType | undefined, isArray: boolean): ValueStructure | undefined {
  if (schema === undefined) return plain;
  const def = definitionOf(schema);
  switch (def.type) {
    case "object":
      return isArray ? plain : objectStructure(def.shape, def.catchall);
    case "record":
      return isArray ? plain : { schemaAt: () => def.valueType, dropsNullAt: () => dropsNulls(def) };
    case "array":
      return isArray ? { schemaAt: () => def.element, dropsNullAt: () => false } : plain;
    case "tuple":
      return isArray ? tupleStructure(def.items, def.rest) : undefined;
    case "union":
    case "intersection":
      return undefined;
    case "nullable":
      return structureOf(def.innerType, isArray);
    default: {
      const inner = innerInput(schema);
      return inner === undefined ? plain : structureOf(inner, isArray);
    }
  }
}

function objectStructure(shape: Readonly<Record<string, $ZodType>>, catchall: $ZodType | undefined): ValueStructure {
  const schemaAt = (key: Key): $ZodType | undefined => {
    const schema = Object.hasOwn(shape, key) ? shape[key] : catchall;
    return schema === undefined || definitionOf(schema).type === "never" ? undefined : schema;
  };
  return { schemaAt, dropsNullAt: (key) => isOptional(schemaAt(key)) };
}

function tupleStructure(items: readonly $ZodType[], rest: $ZodType | null): ValueStructure {
  return {
    schemaAt: (key) => items[Number(key)] ?? rest ?? undefined,
    dropsNullAt: (key) => isOptional(items[Number(key)]),
  };
}

function isOptional(schema: $ZodType | undefined): boolean {
  return schema !== undefined && standsForMissing(schema, null);
}

/** A member that is closed, as the schema wants it; undefined for one that counts as left out. */
export function restoreMember(structure: ValueStructure, key: Key, member: unknown): unknown {
  if (member === null) return structure.dropsNullAt(key) ? undefined : null;
  if (typeof member !== "object") return member;
  const schema = structure.schemaAt(key);
  return schema === undefined ? member : restorePresent(schema, member);
}
