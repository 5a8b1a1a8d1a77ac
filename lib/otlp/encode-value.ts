import { types } from "node:util";
import { quoteText } from "./quote-text.js";

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const TWO_TO_63 = 2 ** 63;

/** OTel's limit for nested attribute values (specification, "Attribute Limits"). */
const MAX_DEPTH = 64;
/** Ends objects that share children at every level, whose text would grow as 2^depth. */
const MAX_NODES = 100_000;

const UNREADABLE = '{"stringValue":"[unreadable]"}';
const TOO_DEEP = '{"stringValue":"[nested too deep]"}';
const TOO_MANY = '{"stringValue":"[too many values]"}';
const CIRCULAR = '{"stringValue":"[circular]"}';
/** An `AnyValue` without a member is OTLP's "empty" value (common.proto); it stands for null inside a list. */
const EMPTY = "{}";

interface Walk {
  readonly ancestors: object[];
  nodes: number;
}

/**
 * This returns the value as the JSON of an OTLP `AnyValue`, or undefined for what has no form there: null, undefined,
 * functions and symbols. Integers within int64 become `intValue` strings, all other numbers `doubleValue` with
 * "NaN", "Infinity" and "-Infinity" spelt as proto3 JSON does; bytes become base64, objects `kvlistValue`.
 * A getter or proxy that throws, throws here: callers contain it.
 */
export function encodeValue(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return `{"stringValue":${quoteText(value)}}`;
    case "number":
      return encodeNumber(value);
    case "boolean":
      return value ? '{"boolValue":true}' : '{"boolValue":false}';
    case "bigint":
      return value >= MIN_INT64 && value <= MAX_INT64 ? `{"intValue":"${value}"}` : `{"stringValue":"${value}"}`;
    case "object":
      return value === null ? undefined : encodeObject(value, { ancestors: [], nodes: 0 });
    default:
      return undefined;
  }
}

function encodeNumber(value: number): string {
  if (Number.isSafeInteger(value)) return `{"intValue":"${value}"}`;
  if (!Number.isFinite(value)) return `{"doubleValue":"${value}"}`;
  if (Number.isInteger(value) && value >= -TWO_TO_63 && value < TWO_TO_63) return `{"intValue":"${BigInt(value)}"}`;
  return `{"doubleValue":${value}}`;
}

function encodeObject(value: object, walk: Walk): string {
  if (types.isUint8Array(value)) {
    const base64 = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
    return `{"bytesValue":"${base64}"}`;
  }
  if (types.isDate(value)) {
    // Through the prototype, since a subclass may answer with anything.
    const time = Date.prototype.getTime.call(value);
    return `{"stringValue":"${Number.isNaN(time) ? "Invalid Date" : new Date(time).toISOString()}"}`;
  }
  if (walk.ancestors.includes(value)) return CIRCULAR;
  if (walk.ancestors.length >= MAX_DEPTH) return TOO_DEEP;
  walk.ancestors.push(value);
  const text = isList(value) ? encodeList(value, walk) : encodeFields(value, walk);
  walk.ancestors.pop();
  return text;
}

function isList(value: object): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !types.isDataView(value));
}

function encodeList(list: ArrayLike<unknown>, walk: Walk): string {
  let text = "";
  for (let index = 0; index < list.length; index++) {
    if (index > 0) text += ",";
    if (++walk.nodes > MAX_NODES) return `{"arrayValue":{"values":[${text}${TOO_MANY}]}}`;
    text += encodeMember(list[index], walk) ?? EMPTY;
  }
  return text === "" ? '{"arrayValue":{}}' : `{"arrayValue":{"values":[${text}]}}`;
}

function encodeFields(value: object, walk: Walk): string {
  const entries: (readonly [unknown, unknown])[] = types.isMap(value)
    ? [...Map.prototype.entries.call(value)]
    : Object.keys(value).map((key) => [key, Reflect.get(value, key) as unknown]);
  const seen = new Set<string>();
  let text = "";
  for (const [name, member] of entries) {
    const key = String(name).toWellFormed();
    if (seen.has(key)) continue;
    seen.add(key);
    const json = ++walk.nodes > MAX_NODES ? TOO_MANY : encodeMember(member, walk);
    if (json === undefined) continue;
    text += `${text === "" ? "" : ","}{"key":${quoteText(key)},"value":${json}}`;
    if (walk.nodes > MAX_NODES) break;
  }
  return text === "" ? '{"kvlistValue":{}}' : `{"kvlistValue":{"values":[${text}]}}`;
}

function encodeMember(value: unknown, walk: Walk): string | undefined {
  return typeof value === "object" && value !== null ? encodeObject(value, walk) : encodeValue(value);
}

/** `{"key":"…","value":` of names met before. Bounded, because a program may make names up as it runs. */
const keyPrefixes = new Map<string, string>();
const MAX_KEY_PREFIXES = 2_000;

function keyPrefix(key: string): string {
  let prefix = keyPrefixes.get(key);
  if (prefix !== undefined) return prefix;
  prefix = `{"key":${quoteText(key)},"value":`;
  if (keyPrefixes.size < MAX_KEY_PREFIXES && key.length <= 200) keyPrefixes.set(key, prefix);
  return prefix;
}

/**
 * This returns the attributes as the items of a JSON list of OTLP `KeyValue`, without the brackets, and "" when there
 * are none. An attribute that cannot be read becomes `[unreadable]` beside intact neighbours, and `damage` says so.
 * Empty names and values without a form are left out; so is a name that equals another once it is well-formed.
 */
export function encodeAttributes(attributes: Readonly<Record<string, unknown>>, damage: string[]): string {
  let text = "";
  const keys = keysOf(attributes, damage);
  let index = -1;
  for (const key of keys) {
    index++;
    const json = encodeAttribute(attributes, key, index, damage);
    if (json === undefined || key === "") continue;
    const prefix = keyPrefix(key);
    if (prefix.includes("\ufffd") && isRepeated(key, keys)) continue;
    text += text === "" ? `${prefix}${json}}` : `,${prefix}${json}}`;
  }
  return text;
}

function keysOf(attributes: object, damage: string[]): string[] {
  try {
    return Object.keys(attributes);
  } catch {
    damage.push("the attributes cannot be read");
    return [];
  }
}

function encodeAttribute(
  attributes: Readonly<Record<string, unknown>>,
  key: string,
  index: number,
  damage: string[],
): string | undefined {
  try {
    return encodeValue(attributes[key]);
  } catch {
    damage.push(`attribute ${index} cannot be read`);
    return UNREADABLE;
  }
}

/** True when an earlier name is the same text after repair. */
function isRepeated(key: string, keys: readonly string[]): boolean {
  return keys.find((other) => other.toWellFormed() === key.toWellFormed()) !== key;
}
