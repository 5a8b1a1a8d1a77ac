import { spandrelMatchers } from "./spandrel-matchers.js";

/** Extends the `expect` of these globals, where there is one that can be extended: Jest's, or Vitest's with `globals`. */
export function registerMatchers(globals: object): void {
  const { expect }: { expect?: { extend?: unknown } } = globals;
  if (typeof expect?.extend === "function") Reflect.apply(expect.extend, expect, [spandrelMatchers]);
}
