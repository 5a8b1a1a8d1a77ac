import { encodeValue } from "./encode-value.js";
import type { Field } from "./message-shape.js";
import type { KeyParts, Notation } from "./notation.js";

const UNREADABLE = "[unreadable]";

/** How many attribute names a notation remembers. Bounded, because a program may make names up as it runs. */
const MAX_KEYS = 2_000;
const MAX_KEY_LENGTH = 200;

/**
 * This returns the attributes as the entries of a list of OTLP `KeyValue`, joined as those of this field, and "" when
 * there are none. An attribute that cannot be read becomes `[unreadable]` beside intact neighbours, and `damage` says so.
 * Empty names and values without a form are left out; so is a name that equals another once it is well-formed.
 */
export function encodeAttributes(
  attributes: Readonly<Record<string, unknown>>,
  damage: string[],
  notation: Notation,
  field: Field,
): string {
  let list = "";
  const keys = keysOf(attributes, damage);
  let index = -1;
  for (const key of keys) {
    index++;
    const parts = partsOf(key, notation);
    if (key === "" || (parts.isAmbiguous && isRepeated(key, keys))) continue;
    try {
      list = appendAttribute(list, field, parts, attributes[key], notation);
    } catch {
      damage.push(`attribute ${index} cannot be read`);
      list = notation.appendText(list, field, parts, UNREADABLE);
    }
  }
  return list;
}

function keysOf(attributes: object, damage: string[]): string[] {
  try {
    return Object.keys(attributes);
  } catch {
    damage.push("the attributes cannot be read");
    return [];
  }
}

function partsOf(key: string, notation: Notation): KeyParts {
  const known = notation.keys.get(key);
  if (known !== undefined) return known;
  const parts = notation.keyParts(key);
  if (notation.keys.size < MAX_KEYS && key.length <= MAX_KEY_LENGTH) notation.keys.set(key, parts);
  return parts;
}

/** Texts and integers, nearly all there are, take the short way. */
function appendAttribute(list: string, field: Field, key: KeyParts, value: unknown, notation: Notation): string {
  if (typeof value === "string") return notation.appendText(list, field, key, value);
  if (Number.isSafeInteger(value)) return notation.appendInteger(list, field, key, value as number);
  const text = encodeValue(value, notation);
  return text === undefined ? list : notation.append(list, field, notation.endKeyValue(key.start, text));
}

/** True when an earlier name is the same text after repair. */
function isRepeated(key: string, keys: readonly string[]): boolean {
  return keys.find((other) => other.toWellFormed() === key.toWellFormed()) !== key;
}
