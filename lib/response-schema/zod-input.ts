import { globalRegistry } from "zod/v4/core";
import type { $ZodLazy, $ZodType, $ZodTypes } from "zod/v4/core";

/** The definition of a schema, narrowed by its `type`. */
export function definitionOf(schema: $ZodType): $ZodTypes["_zod"]["def"] {
  return (schema as $ZodTypes)._zod.def;
}

/** The schema that reads the input in this one's place, or none where this one reads it itself. */
export function innerInput(schema: $ZodType): $ZodType | undefined {
  const def = definitionOf(schema);
  switch (def.type) {
    case "optional":
    case "nonoptional":
    case "default":
    case "prefault":
    case "catch":
    case "readonly":
    case "promise":
      return def.innerType;
    case "lazy":
      return (schema as $ZodLazy)._zod.innerType;
    case "pipe":
      // What a transform takes is not declared: a `z.preprocess` is described by what comes after it.
      return definitionOf(def.in).type === "transform" ? def.out : def.in;
    default:
      return undefined;
  }
}

/** The schema that reads the input, below defaults, pipes and the like. */
export function peelInput(schema: $ZodType): $ZodType {
  const inner = innerInput(schema);
  return inner === undefined ? schema : peelInput(inner);
}

/**
 * True where the input may leave the property out, as zod's own JSON Schema has it: that a transform or a catch would
 * also take a missing property does not make it optional.
 */
export function isOptionalInput(schema: $ZodType): boolean {
  const def = definitionOf(schema);
  if (def.type === "catch") return isOptionalInput(def.innerType);
  if (def.type === "pipe" && definitionOf(def.in).type === "transform") return isOptionalInput(def.out);
  return schema._zod.optin !== undefined;
}

/** True where null is a value of the schema. What coerces null into something else does not declare it. */
export function acceptsNull(schema: $ZodType): boolean {
  const def = definitionOf(schema);
  switch (def.type) {
    case "null":
    case "nullable":
    case "any":
    case "unknown":
      return true;
    case "literal":
      return def.values.includes(null);
    case "union":
      return def.options.some(acceptsNull);
    case "intersection":
      return acceptsNull(def.left) && acceptsNull(def.right);
    default: {
      const inner = innerInput(schema);
      return inner !== undefined && acceptsNull(inner);
    }
  }
}

/** The members of a union, of unions in it too, or the schema itself. */
export function unionMembers(schema: $ZodType): readonly $ZodType[] {
  const def = definitionOf(peelInput(schema));
  return def.type === "union" ? def.options.flatMap(unionMembers) : [schema];
}

/** What the schema, or the one that it wraps, says of itself in `.meta()` or `.describe()`. */
export function findMeta(schema: $ZodType, key: "title" | "id" | "description"): string | undefined {
  const found = globalRegistry.get(schema)?.[key];
  if (typeof found === "string" && found !== "") return found;
  // An id stays with the schema it was given to, while a copy of it is still the same definition.
  const { parent } = schema._zod;
  if (key === "id" && parent !== undefined && definitionOf(parent) === definitionOf(schema))
    return findMeta(parent, key);
  const inner = innerInput(schema);
  return inner === undefined ? undefined : findMeta(inner, key);
}
