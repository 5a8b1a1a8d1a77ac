import { shadowMethod } from "../internal/index.js";
import { fieldsOf } from "./schema-definition.js";

/** What a schema of zod 4 validates by. On a copy they are the original's, so that what somebody has put there holds. */
const INTERNALS = ["parse", "run", "check", "toJSONSchema"];

/**
 * This makes a schema that is to be told apart from the given one and is otherwise the same: of its classes, with its
 * definition, and validating by its very functions wherever it is part of others. For zod 4 it is a derived schema as
 * `.describe()` makes them, whose metadata are those of its `parent`; zod 3 knows no such thing, and needs none.
 */
export function copySchema(schema: object): object {
  const { _zod: internals, clone } = fieldsOf(schema);
  if (internals === undefined || typeof clone !== "function") return copyObject(schema);
  const copy: object = Reflect.apply(clone, schema, []) as object;
  const own = Reflect.get(copy, "_zod") as object;
  for (const key of INTERNALS) {
    if (Object.hasOwn(internals as object, key)) Reflect.set(own, key, Reflect.get(internals as object, key));
  }
  for (const key of Reflect.ownKeys(schema)) {
    const descriptor = Object.getOwnPropertyDescriptor(schema, key);
    if (descriptor !== undefined && !(key in copy)) Object.defineProperty(copy, key, descriptor);
  }
  // They ask their own `safeParse`, and are no validations.
  for (const key of ["isOptional", "isNullable"]) {
    if (key in schema)
      shadowMethod(copy, key, () => Reflect.apply(Reflect.get(schema, key) as () => boolean, schema, []));
  }
  return copy;
}

/** The methods of zod 3 are bound to the original, which is what derived schemas then are made of. */
function copyObject(schema: object): object {
  const descriptors = Object.getOwnPropertyDescriptors(schema);
  for (const descriptor of Object.values(descriptors)) descriptor.configurable = true;
  return Object.create(Object.getPrototypeOf(schema) as object, descriptors) as object;
}
