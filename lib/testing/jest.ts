/**
 * Spandrel's matchers for Jest and Vitest. Importing this module registers them where `expect` is a global.
 *
 * @packageDocumentation
 */
import { registerMatchers } from "./register-matchers.js";

export { spandrelMatchers } from "./spandrel-matchers.js";
export type { MatcherResult } from "./spandrel-matchers.js";
export type { SpandrelMatchers } from "./expect-types.js";
export type { ExpectedEvent, ExpectedSpan, MatcherContext } from "./expected-span.js";
export type { ExpectedTree, ExpectedTreeNode } from "./expected-tree.js";

registerMatchers(globalThis);
