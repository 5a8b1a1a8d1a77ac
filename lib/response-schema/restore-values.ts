import type { $ZodType } from "zod/v4/core";

import { fitsLeaf, passesOwnChecks } from "./fits-schema.js";
import { acceptsNull, definitionOf, innerInput, isOptionalInput } from "./zod-input.js";

/** What a branch of a union pays for what does not fit it; the cheapest branch is the one that was meant. */
const MISFIT = { kind: 100, tag: 10, leaf: 3, missing: 2, unknown: 1 };

interface Restored {
  readonly value: unknown;
  readonly misfit: number;
  /** Keys that the schema does not name: of an intersection, those that neither side names. */
  readonly unknown?: ReadonlySet<string>;
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for a null that stands for a value left out. */
export function standsForMissing(schema: $ZodType, value: unknown): boolean {
  return value === null && isOptionalInput(schema) && !acceptsNull(schema);
}

function priceOf({ misfit, unknown }: Restored): number {
  return misfit + MISFIT.unknown * (unknown?.size ?? 0);
}

/**
 * The value as the zod schema wants it: nulls that stand for a missing optional value dropped, tuples that were written
 * as objects made arrays, at every depth. In a union the branch is taken that the value fits best, of equals the first.
 * Takes unfinished and invalid values as well, and runs no code of the user's.
 */
export function restoreValue(schema: $ZodType, value: unknown): unknown {
  return standsForMissing(schema, value) ? undefined : new Restorer().restore(schema, value).value;
}

/** As `restoreValue`, for a value that is there: an item of an array is never left out, whatever its schema. */
export function restorePresent(schema: $ZodType, value: unknown): unknown {
  return new Restorer().restore(schema, value).value;
}

/** As `restorePresent`, for a value that is still being written: what may yet come speaks against no branch of a union. */
export function restoreUnfinished(schema: $ZodType, value: unknown): unknown {
  return new Restorer(true).restore(schema, value).value;
}

/** True where a null among a record's values stands for an entry left out. */
export function dropsNulls(def: { readonly valueType: $ZodType; readonly partial?: boolean }): boolean {
  return !acceptsNull(def.valueType) && (def.partial === true || isOptionalInput(def.valueType));
}

class Restorer {
  readonly #isUnfinished: boolean;
  readonly #missing: number;

  constructor(isUnfinished = false) {
    this.#isUnfinished = isUnfinished;
    this.#missing = isUnfinished ? 0 : MISFIT.missing;
  }

  /** Branches of unions share their parts: without this, nested unions would be walked once for every way down. */
  readonly #known = new Map<$ZodType, Map<unknown, Restored>>();

  restore(schema: $ZodType, value: unknown): Restored {
    if (typeof value !== "object" || value === null) return this.#walk(schema, value);
    let known = this.#known.get(schema);
    if (known === undefined) this.#known.set(schema, (known = new Map<unknown, Restored>()));
    let restored = known.get(value);
    if (restored === undefined) known.set(value, (restored = this.#walk(schema, value)));
    return restored;
  }

  #walk(schema: $ZodType, value: unknown): Restored {
    const def = definitionOf(schema);
    switch (def.type) {
      case "object":
        return this.#checked(schema, isObject(value) ? this.#object(def.shape, def.catchall, value) : wrongKind(value));
      case "record":
        return isObject(value) ? this.#record(def, value) : wrongKind(value);
      case "array":
        return this.#checked(schema, Array.isArray(value) ? this.#list(() => def.element, value) : wrongKind(value));
      case "tuple":
        return this.#tuple(def.items, def.rest, value);
      case "union":
        return this.#union(def.options, value);
      case "intersection":
        return meet(this.restore(def.left, value), this.restore(def.right, value), value);
      case "nullable":
        return value === null ? { value, misfit: 0 } : this.restore(def.innerType, value);
      case "any":
      case "unknown":
      case "custom":
      case "transform":
      case "success":
        return { value, misfit: 0 };
      case "date":
      case "bigint":
        // These are in JSON where they are coerced only, from text.
        return { value, misfit: typeof value === "string" ? 0 : MISFIT.leaf };
      case "literal":
      case "enum":
        if (this.#isUnfinished && beginsValue(schema, value)) return { value, misfit: 0 };
        return { value, misfit: fitsLeaf(schema, value) ? 0 : MISFIT.tag };
      default: {
        const inner = innerInput(schema);
        if (inner !== undefined) return this.restore(inner, value);
        if (typeof value === "object" && value !== null) return wrongKind(value);
        return { value, misfit: fitsLeaf(schema, value) ? 0 : MISFIT.leaf };
      }
    }
  }

  #checked(schema: $ZodType, restored: Restored): Restored {
    if (restored.misfit >= MISFIT.kind || passesOwnChecks(schema, restored.value)) return restored;
    return { ...restored, misfit: restored.misfit + MISFIT.leaf };
  }

  #object(shape: Readonly<Record<string, $ZodType>>, catchall: $ZodType | undefined, value: JsonObject): Restored {
    const entries: [string, unknown][] = [];
    const unknown = new Set<string>();
    let misfit = 0;
    for (const [key, member] of Object.entries(value)) {
      const schema = Object.hasOwn(shape, key) ? shape[key] : catchall;
      if (schema === undefined || definitionOf(schema).type === "never") {
        // A property of type never that may be missing was not in what the model was asked for.
        unknown.add(key);
        entries.push([key, member]);
        continue;
      }
      if (standsForMissing(schema, member)) continue;
      const restored = this.restore(schema, member);
      misfit += priceOf(restored);
      entries.push([key, restored.value]);
    }
    for (const [key, schema] of Object.entries(shape)) {
      if (!Object.hasOwn(value, key) && !isOptionalInput(schema)) misfit += this.#missing;
    }
    return { value: Object.fromEntries(entries), misfit, unknown };
  }

  #record(def: { valueType: $ZodType; keyType: $ZodType; partial?: boolean }, value: JsonObject): Restored {
    const entries: [string, unknown][] = [];
    let misfit = 0;
    for (const [key, member] of Object.entries(value)) {
      if (member === null && dropsNulls(def)) continue;
      const restored = this.restore(def.valueType, member);
      misfit += priceOf(restored) + priceOf(this.restore(def.keyType, key));
      entries.push([key, restored.value]);
    }
    return { value: Object.fromEntries(entries), misfit };
  }

  #list(schemaAt: (index: number) => $ZodType | undefined, values: readonly unknown[]): Restored {
    const list: unknown[] = [];
    let misfit = 0;
    for (const [index, member] of values.entries()) {
      const schema = schemaAt(index);
      const restored = schema === undefined ? { value: member, misfit: MISFIT.unknown } : this.restore(schema, member);
      misfit += priceOf(restored);
      list.push(restored.value);
    }
    return { value: list, misfit };
  }

  /** An array, or the object that stands for one in strict mode: `{ "0": …, "1": …, rest: […] }`. */
  #tuple(items: readonly $ZodType[], rest: $ZodType | null, value: unknown): Restored {
    let values: unknown[];
    if (Array.isArray(value)) values = [...(value as unknown[])];
    else if (isObject(value)) {
      values = items.map((_, index) => value[index]);
      if (Array.isArray(value["rest"])) values.push(...(value["rest"] as unknown[]));
    } else return wrongKind(value);
    const isMissing = (member: unknown, index: number): boolean => {
      const item = items[index];
      return item !== undefined && (member === undefined || standsForMissing(item, member));
    };
    while (values.length > 0 && isMissing(values.at(-1), values.length - 1)) values.pop();
    const present = values.map((member, index) => (isMissing(member, index) ? undefined : member));
    const restored = this.#list((index) => items[index] ?? rest ?? undefined, present);
    const missing = items.slice(present.length).filter((item) => !isOptionalInput(item)).length;
    return { ...restored, misfit: restored.misfit + missing * this.#missing };
  }

  #union(options: readonly $ZodType[], value: unknown): Restored {
    let best: Restored | undefined;
    for (const option of options) {
      const restored = this.restore(option, value);
      if (best === undefined || priceOf(restored) < priceOf(best)) best = restored;
    }
    return best ?? wrongKind(value);
  }
}

/** True for a text with which a text that the schema takes begins. */
function beginsValue({ _zod: { values = new Set() } }: $ZodType, value: unknown): boolean {
  return typeof value === "string" && [...values].some((one) => typeof one === "string" && one.startsWith(value));
}

function wrongKind(value: unknown): Restored {
  return { value, misfit: MISFIT.kind };
}

/** Both sides of an intersection see the whole value: what either drops is dropped. */
function meet(left: Restored, right: Restored, given: unknown): Restored {
  const unknown = new Set([...(left.unknown ?? [])].filter((key) => right.unknown?.has(key)));
  return { value: meetValues(left.value, right.value, given), misfit: left.misfit + right.misfit, unknown };
}

function meetValues(left: unknown, right: unknown, given: unknown): unknown {
  if (Array.isArray(left) && Array.isArray(right) && Array.isArray(given)) {
    const length = Math.min(left.length, right.length);
    return Array.from({ length }, (_, index) => meetValues(left[index], right[index], given[index]));
  }
  if (isObject(left) && isObject(right) && isObject(given)) {
    const shared = Object.keys(left).filter((key) => Object.hasOwn(right, key));
    return Object.fromEntries(shared.map((key) => [key, meetValues(left[key], right[key], given[key])]));
  }
  // One side may have made a tuple of an object that the other knows nothing of.
  return left === given ? right : left;
}
