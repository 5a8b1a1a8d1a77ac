/**
 * This is an attribute value read from a file: integers that a number cannot hold are bigint, bytes are `Uint8Array`,
 * objects are maps, and what was written as null or as an empty value is null.
 */
export type DecodedValue =
  null | string | boolean | number | bigint | Uint8Array | readonly DecodedValue[] | ReadonlyMap<string, DecodedValue>;

/** Attributes read from a file. A map, so that no key of a hostile file (`__proto__`) can reach a prototype. */
export type DecodedAttributes = ReadonlyMap<string, DecodedValue>;

/** `JSON.parse` accepts a nesting of a million, at which a recursive walk overflows the stack. */
const MAX_DEPTH = 128;
const INTEGER = /^-?\d{1,40}$/;

/** True for a JSON object. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The list, or an empty one where the field is missing or something else. */
export function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The text, or "" where the field is missing or something else. */
export function readText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A 64-bit integer written as a decimal string or as a number, or read from protobuf; undefined for anything else. */
export function readInteger(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "string") return INTEGER.test(value) ? BigInt(value) : undefined;
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : undefined;
}

/** This reads a list of OTLP `KeyValue`; entries that are none are left out, of equal keys the last is kept. */
export function decodeAttributes(list: unknown, depth = 0): DecodedAttributes {
  const attributes = new Map<string, DecodedValue>();
  for (const entry of readList(list)) {
    if (!isFields(entry)) continue;
    // proto3 JSON leaves out what is empty, a key as well.
    const key = entry["key"] ?? (entry["value"] === undefined ? undefined : "");
    if (typeof key === "string") attributes.set(key, decodeValue(entry["value"], depth));
  }
  return attributes;
}

/** This reads an OTLP `AnyValue`; what it cannot read is null. */
export function decodeValue(value: unknown, depth = 0): DecodedValue {
  if (!isFields(value) || depth > MAX_DEPTH) return null;
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } = value;
  if (typeof stringValue === "string") return stringValue;
  if (typeof boolValue === "boolean") return boolValue;
  if (intValue !== undefined) return decodeInteger(intValue);
  if (doubleValue !== undefined) return decodeDouble(doubleValue);
  if (typeof bytesValue === "string") return new Uint8Array(Buffer.from(bytesValue, "base64"));
  if (bytesValue instanceof Uint8Array) return bytesValue;
  if (isFields(arrayValue)) return readList(arrayValue["values"]).map((item) => decodeValue(item, depth + 1));
  return isFields(kvlistValue) ? decodeAttributes(kvlistValue["values"], depth + 1) : null;
}

function decodeInteger(value: unknown): number | bigint | null {
  // The stock serialiser writes 1e30 as an integer; it is kept as the number it was.
  if (typeof value === "number") return value;
  const integer = readInteger(value);
  if (integer === undefined) return null;
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

function decodeDouble(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return null;
  const number = Number(value);
  return Number.isNaN(number) && value !== "NaN" ? null : number;
}
