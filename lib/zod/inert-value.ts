import { types } from "node:util";

/** Members looked at; each costs about what it costs to write one. */
const MAX_MEMBERS = 5000;

/**
 * True for a value that can be read without running code: primitives, dates, and plain objects and arrays of such, without
 * getters, proxies or `toJSON`. False also for what is too large to tell, cycles included.
 */
export function isInert(value: unknown): boolean {
  if (isPrimitive(value)) return true;
  const waiting: object[] = [value];
  let left = MAX_MEMBERS;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (types.isDate(next)) continue;
    if (!isPlain(next) || (Array.isArray(next) && next.length > left)) return false;
    for (const key in next) {
      const descriptor = Object.getOwnPropertyDescriptor(next, key);
      if (descriptor === undefined) continue;
      if (--left < 0 || !("value" in descriptor)) return false;
      const member: unknown = descriptor.value;
      if (!isPrimitive(member)) waiting.push(member);
    }
  }
  return true;
}

/** Not a function, whose name may be a getter. */
function isPrimitive(value: unknown): value is string | number | bigint | boolean | symbol | null | undefined {
  return (typeof value !== "object" && typeof value !== "function") || value === null;
}

function isPlain(value: object): boolean {
  if (types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isKnown = prototype === null || prototype === Object.prototype || prototype === Array.prototype;
  return isKnown && !("toJSON" in value);
}
