import { types } from "node:util";

const prototypeIds = new WeakMap<object, number>();
let nextId = 1;

/** Every class the object is of, told apart even where two have one name. */
export function classesOf(value: object): string[] {
  const classes: string[] = [];
  let prototype = Object.getPrototypeOf(value) as object | null;
  while (prototype !== null) {
    classes.push(Object.hasOwn(prototype, "constructor") ? classOf(prototype) : "a prototype of its own");
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return classes;
}

function classOf(prototype: object): string {
  const id = prototypeIds.get(prototype) ?? nextId++;
  prototypeIds.set(prototype, id);
  const { constructor } = prototype as { constructor?: { name?: string } };
  return `${String(constructor?.name)}#${String(id)}`;
}

/** What changes from run to run, and in no other way. */
const VOLATILE = new Set(["date", "host", "stack", "port", "localPort", "remotePort"]);

/**
 * All that a program can see of a value, as plain data: classes, own properties (hidden ones of results and errors as
 * well), what an error was caused by. Of promises and streams only what enumeration shows.
 */
export function describeValue(value: unknown, seen: readonly object[] = []): unknown {
  if (typeof value === "function") return `[function ${value.name}/${String(value.length)}]`;
  if (typeof value === "string") return value.replace(/127\.0\.0\.1:\d+/g, "server");
  if (typeof value === "symbol" || typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (seen.includes(value)) return `[seen ${String(seen.length - seen.indexOf(value))} above]`;
  const below = [...seen, value];
  if (value instanceof Headers) return headersOf(value);
  if (value instanceof Response) {
    const { status, ok, type, bodyUsed } = value;
    return { classes: classesOf(value), status, ok, type, bodyUsed, headers: headersOf(value.headers) };
  }
  if (ArrayBuffer.isView(value)) return { classes: classesOf(value), bytes: [...Buffer.from(value.buffer)] };
  const isMachine = types.isPromise(value) || Symbol.asyncIterator in value;
  if (isMachine) return { classes: classesOf(value), keys: Object.keys(value) };
  const fields: Record<string, unknown> = {};
  for (const key of Reflect.ownKeys(value)) {
    if (VOLATILE.has(String(key))) continue;
    const { enumerable } = Object.getOwnPropertyDescriptor(value, key)!;
    fields[`${String(key)}${enumerable === true ? "" : " (hidden)"}`] = describeValue(Reflect.get(value, key), below);
  }
  return { classes: classesOf(value), fields };
}

function headersOf(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !VOLATILE.has(name)));
}
