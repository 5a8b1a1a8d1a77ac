import { types } from "node:util";
import { INVALID_DATE, MAP_KEY, SET_KEY, UNREADABLE_OBJECT } from "./markers.js";

/**
 * How a value that is neither plain object nor array is written: as a text, as another value in its place, as a
 * labelled list (`Map`, `Set`), or as an object whose members follow its class name.
 */
export type View =
  | { readonly as: "value"; readonly value: string | number | boolean }
  | { readonly as: "list"; readonly label: string; readonly items: readonly unknown[]; readonly total: number }
  | { readonly as: "members"; readonly className: string | undefined; readonly members: object };

const PREVIEW_BYTES = 16;
const PREVIEW_ITEMS = 8;
const MAX_NAME_CHARS = 100;

const mapEntries = Map.prototype.entries;
const mapSize = sizeOf(Map.prototype);
const setValues = Set.prototype.values;
const setSize = sizeOf(Set.prototype);
const typedArrayName = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);

function sizeOf(prototype: object): (target: unknown) => number {
  const read = Object.getOwnPropertyDescriptor(prototype, "size")?.get;
  return (target) => Number(read?.call(target));
}

/** A symbol, function or bigint as a readable text. Runs no code of the user but a `name` getter, which may throw. */
export function primitiveText(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return bigintText(value);
    case "symbol":
      return `[Symbol(${bounded(value.description ?? "")})]`;
    case "function": {
      const name: unknown = Reflect.get(value, "name");
      return typeof name === "string" && name !== "" ? `[Function ${bounded(name)}]` : "[Function]";
    }
    default:
      return UNREADABLE_OBJECT;
  }
}

/** Decimal conversion of a huge bigint is quadratic, so that those are named by their size in bits. */
function bigintText(value: bigint): string {
  if (BigInt.asIntN(4096, value) === value) return `${value}n`;
  return "[BigInt of more than 4096 bits]";
}

function bounded(text: string): string {
  return text.length > MAX_NAME_CHARS ? `${text.slice(0, MAX_NAME_CHARS)}…` : text;
}

/** The view of an object that was not asked for `toJSON` or has none. May throw what the object's own code throws. */
export function viewObject(value: object, prototype: object | null, maxItems: number): View {
  if (types.isMap(value)) return viewMap(value, maxItems);
  if (types.isSet(value)) return viewSet(value, maxItems);
  if (isError(value)) return { as: "members", className: undefined, members: errorMembers(value, maxItems) };
  const text = dataText(value) ?? opaqueText(value);
  if (text !== undefined) return { as: "value", value: text };
  if (types.isBoxedPrimitive(value)) return { as: "value", value: unboxed(value) };
  return { as: "members", className: className(prototype), members: value };
}

/** Binary data and dates: they have a `toJSON` of their own, which for binary data is unbounded. */
export function dataText(value: object): string | undefined {
  if (types.isDate(value)) return dateText(value);
  if (types.isTypedArray(value)) return typedArrayText(value);
  if (types.isDataView(value))
    return bytesText("DataView", value.byteLength, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (types.isAnyArrayBuffer(value)) {
    return bytesText(
      types.isSharedArrayBuffer(value) ? "SharedArrayBuffer" : "ArrayBuffer",
      value.byteLength,
      new Uint8Array(value),
    );
  }
  return undefined;
}

function dateText(value: Date): string {
  const time = Date.prototype.getTime.call(value);
  return time === time ? Date.prototype.toISOString.call(value) : INVALID_DATE;
}

function typedArrayText(value: NodeJS.TypedArray): string {
  const name = String(typedArrayName?.get?.call(value));
  if (name === "Uint8Array")
    return bytesText(Buffer.isBuffer(value) ? "Buffer" : name, value.byteLength, value as Uint8Array);
  const items = Array.prototype.slice.call(value, 0, PREVIEW_ITEMS).join(", ");
  return `[${name} ${value.length} items: ${items}${value.length > PREVIEW_ITEMS ? ", …" : ""}]`;
}

function bytesText(name: string, length: number, bytes: Uint8Array): string {
  const shown: string[] = [];
  for (let i = 0; i < Math.min(length, PREVIEW_BYTES); i++) shown.push((bytes[i] ?? 0).toString(16).padStart(2, "0"));
  const preview = shown.length === 0 ? "" : `: ${shown.join(" ")}${length > PREVIEW_BYTES ? " …" : ""}`;
  return `[${name} ${length} bytes${preview}]`;
}

/** Values without data that can be read: they are named and never called, awaited or iterated. */
function opaqueText(value: object): string | undefined {
  if (types.isRegExp(value)) return RegExp.prototype.toString.call(value);
  if (types.isPromise(value)) return "[Promise]";
  if (types.isWeakMap(value)) return "[WeakMap]";
  if (types.isWeakSet(value)) return "[WeakSet]";
  if (value instanceof WeakRef) return "[WeakRef]";
  if (types.isGeneratorObject(value)) return "[Generator]";
  if (types.isMapIterator(value) || types.isSetIterator(value)) return "[Iterator]";
  if (types.isExternal(value)) return "[External]";
  return undefined;
}

function unboxed(value: object): string | number | boolean {
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  return primitiveText(
    types.isBigIntObject(value) ? BigInt.prototype.valueOf.call(value) : Symbol.prototype.valueOf.call(value),
  );
}

function viewMap(value: object, maxItems: number): View {
  const items: unknown[] = [];
  const entries = mapEntries.call(value as Map<unknown, unknown>);
  for (let i = 0; i < maxItems; i++) {
    const entry = entries.next();
    if (entry.done === true) break;
    items.push(entry.value);
  }
  return { as: "list", label: MAP_KEY, items, total: mapSize(value) };
}

function viewSet(value: object, maxItems: number): View {
  const items: unknown[] = [];
  const values = setValues.call(value as Set<unknown>);
  for (let i = 0; i < maxItems; i++) {
    const entry = values.next();
    if (entry.done === true) break;
    items.push(entry.value);
  }
  return { as: "list", label: SET_KEY, items, total: setSize(value) };
}

/** `AbortError` and its like are `DOMException`s, which are errors by their prototype only. */
function isError(value: object): value is Error {
  return types.isNativeError(value) || value instanceof Error || value instanceof DOMException;
}

const ERROR_KEYS: ReadonlySet<string> = new Set(["name", "message", "cause", "errors", "stack"]);

/** Name and message first, the long stack last, where a cut costs least; the error's own fields in between. */
function errorMembers(value: Error, maxItems: number): object {
  const members = Object.create(null) as Record<string, unknown>;
  members["name"] = errorName(value);
  defineCopy(members, "message", value);
  let copied = 0;
  for (const key in value) {
    if (++copied > maxItems) break;
    if (!ERROR_KEYS.has(key) && Object.hasOwn(value, key)) defineCopy(members, key, value);
  }
  for (const key of ["cause", "errors", "stack"]) if (Object.hasOwn(value, key)) defineCopy(members, key, value);
  return members;
}

/** The copy stays a getter, so that one that throws is met, and contained, where the members are written. */
function defineCopy(members: object, key: string, source: object): void {
  Object.defineProperty(members, key, { enumerable: true, get: (): unknown => Reflect.get(source, key) });
}

function errorName(value: Error): string {
  const name: unknown = Reflect.get(value, "name");
  if (typeof name === "string" && name !== "" && name !== "Error") return name;
  return className(Object.getPrototypeOf(value)) ?? "Error";
}

/** The name under `[class]`; `undefined` for what is plain data in all but prototype (other realms, `Object.create`). */
function className(prototype: unknown): string | undefined {
  if (typeof prototype !== "object" || prototype === null) return undefined;
  try {
    const constructor: unknown = Reflect.get(prototype, "constructor");
    if (typeof constructor !== "function") return undefined;
    const name: unknown = Reflect.get(constructor, "name");
    if (typeof name !== "string" || name === "Object") return undefined;
    return name === "" ? "(anonymous)" : bounded(name);
  } catch {
    return undefined;
  }
}
