import { types } from "node:util";
import type { Notation } from "./notation.js";
import { ARRAY_VALUE, KEY_VALUE_LIST } from "./trace-shapes.js";

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const TWO_TO_63 = 2 ** 63;

/** Ends objects that share children at every level, whose text would grow as 2^depth. */
const MAX_NODES = 100_000;

const TOO_DEEP = "[nested too deep]";
const TOO_MANY = "[too many values]";
const CIRCULAR = "[circular]";

interface Walk {
  readonly notation: Notation;
  readonly ancestors: object[];
  nodes: number;
}

/**
 * This returns the value as an OTLP `AnyValue`, or undefined for what has no form there: null, undefined, functions and
 * symbols. Integers within int64 become `intValue`, all other numbers `doubleValue`, objects `kvlistValue`.
 * A getter or proxy that throws, throws here: callers contain it.
 */
export function encodeValue(value: unknown, notation: Notation): string | undefined {
  switch (typeof value) {
    case "string":
      return notation.stringValue(value);
    case "number":
      return encodeNumber(value, notation);
    case "boolean":
      return notation.boolValue(value);
    case "bigint":
      return value >= MIN_INT64 && value <= MAX_INT64
        ? notation.intValue(value)
        : notation.stringValue(value.toString());
    case "object":
      return value === null ? undefined : encodeObject(value, { notation, ancestors: [], nodes: 0 });
    default:
      return undefined;
  }
}

function encodeNumber(value: number, notation: Notation): string {
  if (Number.isSafeInteger(value)) return notation.intValue(value);
  const isInt64 = Number.isInteger(value) && value >= -TWO_TO_63 && value < TWO_TO_63;
  return isInt64 ? notation.intValue(BigInt(value)) : notation.doubleValue(value);
}

function encodeObject(value: object, walk: Walk): string {
  if (types.isUint8Array(value)) return walk.notation.bytesValue(value);
  if (types.isDate(value)) {
    // Through the prototype, since a subclass may answer with anything.
    const time = Date.prototype.getTime.call(value);
    return walk.notation.stringValue(Number.isNaN(time) ? "Invalid Date" : new Date(time).toISOString());
  }
  if (walk.ancestors.includes(value)) return walk.notation.stringValue(CIRCULAR);
  if (walk.ancestors.length >= walk.notation.maxNesting) return walk.notation.stringValue(TOO_DEEP);
  walk.ancestors.push(value);
  const text = isList(value) ? encodeList(value, walk) : encodeFields(value, walk);
  walk.ancestors.pop();
  return text;
}

function isList(value: object): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !types.isDataView(value));
}

function encodeList(list: ArrayLike<unknown>, walk: Walk): string {
  const { notation } = walk;
  let items = "";
  for (let index = 0; index < list.length; index++) {
    const isFull = ++walk.nodes > MAX_NODES;
    const item = isFull ? notation.stringValue(TOO_MANY) : (encodeMember(list[index], walk) ?? notation.empty);
    items = notation.append(items, ARRAY_VALUE.values, item);
    if (isFull) break;
  }
  return notation.arrayValue(items);
}

function encodeFields(value: object, walk: Walk): string {
  const { notation } = walk;
  const entries: (readonly [unknown, unknown])[] = types.isMap(value)
    ? [...Map.prototype.entries.call(value)]
    : Object.keys(value).map((key) => [key, Reflect.get(value, key) as unknown]);
  const seen = new Set<string>();
  let list = "";
  for (const [name, member] of entries) {
    const key = String(name).toWellFormed();
    if (seen.has(key)) continue;
    seen.add(key);
    const text = ++walk.nodes > MAX_NODES ? notation.stringValue(TOO_MANY) : encodeMember(member, walk);
    if (text === undefined) continue;
    const entry = notation.endKeyValue(notation.startKeyValue(key), text);
    list = notation.append(list, KEY_VALUE_LIST.values, entry);
    if (walk.nodes > MAX_NODES) break;
  }
  return notation.kvlistValue(list);
}

function encodeMember(value: unknown, walk: Walk): string | undefined {
  return typeof value === "object" && value !== null ? encodeObject(value, walk) : encodeValue(value, walk.notation);
}
