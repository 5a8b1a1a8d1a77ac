import { absent, given, scoreOf, sumUp, type Extraction, type Scope } from "./extraction.js";
import { fieldsOf, type Field } from "./field.js";
import { fillLeaf, readValues } from "./fill-leaf.js";
import { followRef, readAlternatives, typesOf, type JsonSchema } from "./json-schema.js";
import { distinct } from "./passage.js";
import { readerFor } from "./reader-for.js";
import type { Reader } from "./reader.js";
import { splitItems } from "./split-items.js";

/** An item of a list, with the place in the text that it was read from. */
export interface Item extends Extraction {
  readonly start: number;
}

/** Fills a JSON Schema from a text: each leaf with what the reader for its name and type finds there. */
export function fill(schema: JsonSchema, field: Field, scope: Scope): Extraction {
  const { branches, isNullable } = readAlternatives(followRef(schema, scope.root));
  const open = branches.filter(({ $ref }) => $ref === undefined || !scope.open.includes($ref));
  const inside = schema.$ref === undefined ? scope : enter(scope, schema.$ref);
  const filled = open.map((branch) => fillBranch(branch, field, inside));
  const [best = absent(null)] = filled.sort((left, right) => scoreOf(right) - scoreOf(left));
  const isUnfounded = best.isGuess === true || (best.evidence === 0 && best.missing > 0);
  return isNullable && isUnfounded ? given(null) : best;
}

/** The items of a list: of each passage that could hold one, what the text supports. */
export function fillItems(schema: JsonSchema, field: Field, scope: Scope): Item[] {
  const { branches } = readAlternatives(followRef(schema, scope.root));
  if (branches.length > 1) return keepBest(branches.map((branch) => fillItems(branch, field, scope)));
  const readers = readersOf(schema, field, scope.root);
  const passages = splitItems(
    readers.map(({ kind }) => kind),
    scope.text,
  );
  const items = passages.map(({ text, start }) => ({ ...fill(schema, field, { ...scope, text }), start }));
  const needsEvidence = readers.some(({ isWeak }) => isWeak !== true);
  const fitting = items.filter(({ evidence, missing }) => !needsEvidence || evidence > missing);
  const whole = fitting.filter(({ missing }) => missing === 0);
  return whole.length > 0 ? whole : fitting;
}

/** Of items of several kinds in the order of the text: where two kinds take the same place, what finds more there. */
export function keepBest<T extends Item>(kinds: readonly (readonly T[])[]): T[] {
  const isBeaten = (item: T, kind: readonly T[]) =>
    kinds.some(
      (other) => other !== kind && other.some((one) => one.start === item.start && one.evidence > item.evidence),
    );
  return kinds
    .flatMap((kind) => kind.filter((item) => !isBeaten(item, kind)))
    .sort((left, right) => left.start - right.start);
}

function fillBranch(branch: JsonSchema, field: Field, scope: Scope): Extraction {
  const schema = followRef(branch, scope.root);
  if (schema.anyOf ?? schema.oneOf) return fill(schema, field, scope);
  const inside = branch.$ref === undefined ? scope : enter(scope, branch.$ref);
  const [type] = typesOf(schema);
  if (type === "object") return fillObject(schema, field, inside);
  return type === "array" ? fillList(schema, field, inside) : fillLeaf(schema, field, inside);
}

function fillObject(schema: JsonSchema, field: Field, scope: Scope): Extraction {
  const parts = fieldsOf(schema, field).map(([name, inner]) => ({ name, ...fill(inner.schema, inner, scope) }));
  const kept = parts.filter(({ name, missing }) => missing === 0 || schema.required?.includes(name));
  return sumUp(Object.fromEntries(kept.map(({ name, value }) => [name, value])), kept);
}

function fillList(schema: JsonSchema, field: Field, scope: Scope): Extraction {
  const { items = {} } = schema;
  if (items.$ref !== undefined && scope.open.includes(items.$ref)) return given([]);
  const resolved = followRef(items, scope.root);
  const [first = resolved] = readAlternatives(resolved).branches;
  if (typesOf(followRef(first, scope.root))[0] === "object") {
    const found = fillItems(items, field, scope);
    return {
      ...sumUp(
        found.map(({ value }) => value),
        found,
      ),
      missing: 0,
    };
  }
  const found = readValues(first, field, scope);
  // A name said twice is one name; a number may be there twice.
  const values = typesOf(first)[0] === "string" ? distinct(found) : found;
  return { value: values, evidence: readerFor(field, first).isWeak ? 0 : values.length, missing: 0 };
}

/** The readers of the leaves that an item has. */
function readersOf(schema: JsonSchema, field: Field, root: JsonSchema): Reader[] {
  const { branches } = readAlternatives(followRef(schema, root));
  return branches.flatMap((branch) =>
    fieldsOf(followRef(branch, root), field).flatMap(([, inner]) => {
      const [leaf = {}] = readAlternatives(followRef(inner.schema, root)).branches;
      const isRead = leaf.enum === undefined && ["string", "number", "integer"].includes(typesOf(leaf)[0] ?? "");
      return isRead ? [readerFor(inner, leaf)] : [];
    }),
  );
}

function enter(scope: Scope, ref: string): Scope {
  return { ...scope, open: [...scope.open, ref] };
}
