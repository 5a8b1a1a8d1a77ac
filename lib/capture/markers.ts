/**
 * The words that stand in a captured text for what could not be written as it is. All are JSON strings in square
 * brackets, or members whose key is one of the four below, so that a reader (and the viewer) can tell them apart:
 *
 * | marker | stands for |
 * |---|---|
 * | `text…[cut: 5242880 chars]`, `[cut: 5242880 chars]` | a string too long; the number is the whole length |
 * | `[cut: 999000 more items]` as last item | the rest of an array, `Map` or `Set` |
 * | `"…": "[cut: 12 more keys]"` as last member, `[cut: >1000 more keys]` | the rest of an object |
 * | `[cut: array of 3 items, too deep]`, `[cut: object, too deep]` | a container below `maxDepth` |
 * | `[Circular ~.a.0]`, `[Circular]` | an enclosing container, by its path from the captured value `~` |
 * | `[Unreadable: getter threw]`, `…: toJSON threw]`, `…: proxy threw]`, `…: object threw]` | a value whose own code failed when read |
 * | `[Function name]`, `[Symbol(text)]`, `[Promise]`, `[WeakMap]`, `[Generator]`, … | a value without data |
 * | `[Buffer 5 bytes: 68 65 6c 6c 6f]`, `[Float32Array 3 items: 1, 2, 3]` | binary data and its first bytes or items |
 * | `{"[Map]": [[key, value], …]}`, `{"[Set]": [value, …]}` | a collection |
 * | `{"[class]": "Foo", …}` | an instance of a class, and its own enumerable fields |
 */
export const MAP_KEY = "[Map]";
export const SET_KEY = "[Set]";
export const CLASS_KEY = "[class]";
/** The key under which an object says that it has more members than are written. */
export const REST_KEY = "…";

export const UNREADABLE_GETTER = "[Unreadable: getter threw]";
export const UNREADABLE_TO_JSON = "[Unreadable: toJSON threw]";
export const UNREADABLE_PROXY = "[Unreadable: proxy threw]";
export const UNREADABLE_OBJECT = "[Unreadable: object threw]";
export const INVALID_DATE = "[Invalid Date]";

const MAX_PATH_CHARS = 200;

/** A string of this many UTF-16 units of which only the text before the marker is kept. */
export function cutChars(length: number): string {
  return `[cut: ${length} chars]`;
}

/** A member name longer than all the room left: its start, and the whole length. */
export function cutName(name: string): string {
  return `${name.slice(0, 32).replace(/[\ud800-\udbff]$/, "")}…${cutChars(name.length)}`;
}

/** Items of an array, `Map` or `Set` that are not written. */
export function cutItems(left: number): string {
  return `[cut: ${left} more ${left === 1 ? "item" : "items"}]`;
}

/** Members of an object that are not written; counting stops at `counted`. */
export function cutKeys(left: number, counted: number): string {
  return left > counted ? `[cut: >${counted} more keys]` : `[cut: ${left} more ${left === 1 ? "key" : "keys"}]`;
}

/** A container that lies below the deepest level written. */
export function cutDepth(length: number | undefined): string {
  return length === undefined ? "[cut: object, too deep]" : `[cut: array of ${length} items, too deep]`;
}

/** An ancestor met again; `path` holds the keys that lead to it from the captured value. A very long path is left out. */
export function circular(path: readonly (string | number)[]): string {
  const text = ["~", ...path].join(".");
  return text.length > MAX_PATH_CHARS ? "[Circular]" : `[Circular ${text}]`;
}
