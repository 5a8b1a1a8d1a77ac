import type { CaptureLimits } from "./limits.js";
import { UNREADABLE_OBJECT } from "./markers.js";
import type { ParameterList } from "./parameter-list.js";
import { Walker } from "./walker.js";

/** Kept between calls; taken away while in use, since a getter or `toJSON` may run a decorated method of its own. */
let idle: Walker | undefined;

function walk(limits: CaptureLimits, write: (walker: Walker) => string): string {
  const walker = idle ?? new Walker();
  idle = undefined;
  try {
    walker.begin(limits);
    const text = write(walker);
    walker.firstCode = text.charCodeAt(0);
    return text;
  } catch {
    return `"${UNREADABLE_OBJECT}"`;
  } finally {
    idle = walker;
  }
}

/**
 * This returns the JSON text of any value, within the limits. Plain data that fits comes out exactly as
 * `JSON.stringify` writes it; `undefined` becomes `null`; everything else is written in a readable form, and what is
 * cut or cannot be read leaves one of the markers of `markers.ts`. The text is always valid JSON and well-formed.
 * It never throws, never changes the value, never iterates a generator and never awaits.
 *
 * @example
 * serializeValue(new Map([["k", 1n]]), DEFAULT_CAPTURE_LIMITS); // '{"[Map]":[["k","1n"]]}'
 */
export function serializeValue(value: unknown, limits: CaptureLimits): string {
  return walk(limits, (walker) => walker.value(value, 0, ""));
}

/**
 * This returns the JSON object that holds the arguments of one call by parameter name, the rest parameter as an
 * array. Arguments beyond the list are named `argN`; those not passed, or `undefined`, are left out.
 * The limits hold for the whole object, whose own braces are not a level.
 *
 * @example
 * serializeArguments(["hi", 2], readParameterNames((text: string, n: number) => n), DEFAULT_CAPTURE_LIMITS); // '{"text":"hi","n":2}'
 */
export function serializeArguments(args: readonly unknown[], parameters: ParameterList, limits: CaptureLimits): string {
  return walk(limits, (walker) => walker.arguments(args, parameters));
}
