import { $ZodArray, $ZodUnknown } from "zod/v4/core";
import type { $ZodType } from "zod/v4/core";

import { SchemaError } from "../errors.js";
import {
  createResponseSchema,
  definitionOf,
  givenName,
  peelInput,
  type ResponseSchema,
  toName,
  unionMembers,
} from "../response-schema/index.js";

/** The functions that an array of a union stands for, and the array without its items. */
export interface ParallelSchemas<Item> {
  readonly members: ReadonlyMap<string, ResponseSchema<Item>>;
  /** The array's own bounds and refinements, over items that have been validated. */
  readonly listSchema: $ZodType<Item[]>;
}

const MEND = "Write z.array(z.union([z.object({ … }), …])), or use another mode";

/** Reads what `parallel_tools` asks for. Throws a `SchemaError` where that is not an array of objects. */
export function readParallelSchemas<Item>(schema: $ZodType<Item[]>): ParallelSchemas<Item> {
  // Refuses what is no schema of zod 4, which has no definition to look at.
  createResponseSchema(schema, { strict: false });
  const definition = definitionOf(schema);
  if (definition.type !== "array") throw new SchemaError("", "is no array, as parallel_tools needs it", MEND);
  const members = new Map<string, ResponseSchema<Item>>();
  for (const [index, member] of unionMembers(definition.element).entries()) {
    const name = uniqueName(givenName(member) ?? tagOf(member) ?? `function_${index + 1}`, members);
    const response = createResponseSchema(member as $ZodType<Item>, { name, strict: false });
    if (response.isWrapped) throw new SchemaError("[]", "is no object, as parallel_tools needs it", MEND);
    members.set(name, response);
  }
  const element = new $ZodUnknown({ type: "unknown" });
  return { members, listSchema: new $ZodArray({ ...definition, element }) as unknown as $ZodType<Item[]> };
}

/** The literal by which a member of a discriminated union is known. */
function tagOf(member: $ZodType): string | undefined {
  const definition = definitionOf(peelInput(member));
  if (definition.type !== "object") return undefined;
  for (const property of Object.values(definition.shape)) {
    const tag = definitionOf(property);
    const [value] = tag.type === "literal" && tag.values.length === 1 ? tag.values : [];
    if (typeof value === "string") return toName(value);
  }
  return undefined;
}

function uniqueName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let unique = name;
  for (let count = 2; taken.has(unique); count++) unique = `${name.slice(0, 60)}_${count}`;
  return unique;
}
