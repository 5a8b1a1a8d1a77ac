import type { ExpectedSpan } from "./expected-span.js";
import type { ExpectedTree } from "./expected-tree.js";

/** These are the matchers as `expect(telemetry)` has them; `R` is what the test runner makes of an assertion. */
export interface SpandrelMatchers<R = void> {
  /**
   * A span that has ended is like this: has this name, or all that the object says.
   *
   * @example
   * expect(telemetry).toHaveSpan({ name: "chat gpt-4o", attributes: { "gen_ai.usage.input_tokens": 85 } });
   */
  toHaveSpan(expected: string | RegExp | ExpectedSpan): R;
  /**
   * The spans that have ended form these trees, in the order of their starts, and there are no others. A text is a
   * drawing, a name a line, children indented; otherwise one tree, or a list of trees, as objects.
   *
   * @example
   * expect(telemetry).toHaveSpanTree(`
   *   Desk.handle
   *     Desk.plan
   *     chat gpt-4o
   * `);
   */
  toHaveSpanTree(expected: string | ExpectedTree | readonly ExpectedTree[]): R;
  /** Every span that has started has ended. */
  toHaveNoOpenSpans(): R;
}

// Each test runner's `expect` is extended where it is there. To name one that is not installed is an error, which has to
// be ignored rather than expected, as there is none where it is.

/* eslint-disable @typescript-eslint/ban-ts-comment -- see above */
/* eslint-disable @typescript-eslint/no-namespace -- @types/jest declares its matchers in one */
/* eslint-disable @typescript-eslint/no-empty-object-type -- an interface is the only thing that merges */
/* eslint-disable @typescript-eslint/no-unused-vars -- the parameters are those of the interface that is merged with */

declare global {
  namespace jest {
    interface Matchers<R, T> extends SpandrelMatchers<R> {}
  }
}

/** @ts-ignore */
declare module "expect" {
  /** @ts-ignore */
  interface Matchers<R extends void | Promise<void>, T> extends SpandrelMatchers<R> {}
}

/** @ts-ignore */
declare module "vitest" {
  /** @ts-ignore */
  interface Assertion<T> extends SpandrelMatchers {}
}
