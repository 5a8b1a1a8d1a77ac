import type { JsonSchema } from "./json-schema.js";

/** A place of a schema that wants a value, with everything that tells what is meant by it. */
export interface Field {
  /** The name in words: `unit_price_usd` and `unitPriceUsd` are "unit price usd". */
  readonly label: string;
  /** The words around it, the nearest first: its object's, its neighbours', those of the objects farther out. */
  readonly context: readonly string[];
  readonly schema: JsonSchema;
  readonly description: string;
}

/** The fields of an object that stands in a field itself. */
export function fieldsOf({ properties = {}, title = "" }: JsonSchema, outer: Field): [string, Field][] {
  const names = Object.keys(properties);
  return Object.entries(properties).map(([name, schema]) => {
    const neighbours = names.filter((other) => other !== name).map(toWords);
    const context = [outer.label, toWords(title), ...neighbours, ...outer.context];
    return [name, { label: toWords(name), context, schema, description: schema.description ?? "" }];
  });
}

export function toWords(name: string): string {
  return name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .toLowerCase();
}
