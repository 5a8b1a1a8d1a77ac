import { isDeepStrictEqual } from "node:util";

/** Tells `-0` from `0`, a missing member from an undefined one, an own `__proto__` or `constructor` from the inherited. */
export function expectSame(actual: unknown, expected: unknown, where: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  expect({ where, actual }).toEqual({ where, actual: expected });
  throw new Error(`${where}: not the same, though Jest's toEqual sees no difference`);
}
