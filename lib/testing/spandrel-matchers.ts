import { types } from "node:util";
import { InvalidOptionError } from "../errors.js";
import type { ReadableSpan } from "../otlp/index.js";
import { drawTree, markAt, toDrawn, toLabel } from "./drawn-tree.js";
import {
  type ExpectedSpan,
  type MatcherContext,
  SPAN_KEYS,
  checkExpected,
  differencesOf,
  fits,
} from "./expected-span.js";
import { type ExpectedTree, findDifference, readExpectedTree, toDrawnExpectation } from "./expected-tree.js";
import { type Branch, growTree } from "./test-span-tree.js";
import { type TestView, viewOf } from "./test-telemetry.js";

/** What a matcher tells the test runner. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * These are the matchers as `expect.extend` takes them. Importing `spandrel/testing/jest` registers them where `expect`
 * is a global; elsewhere it is `expect.extend(spandrelMatchers)`. Each throws `InvalidOptionError` for what
 * `createTestTelemetry` has not made, or an expectation that it cannot read.
 */
export const spandrelMatchers = {
  /** A span that has ended is like this. */
  toHaveSpan(this: MatcherContext, received: unknown, expected: string | RegExp | ExpectedSpan): MatcherResult {
    const view = viewFor("toHaveSpan", received);
    const wanted = readExpectedSpan(expected);
    const trees = view.ended();
    const found = new Set(spansOf(trees).filter((span) => differencesOf(span, wanted, this).length === 0));
    const drawn = drawTree(toDrawn(trees, (span) => found.has(span)));
    return {
      pass: found.size > 0,
      message: () =>
        found.size > 0
          ? `${headline("toHaveSpan", true)}The spans marked are like this, and none was to be:\n${drawn}`
          : `${headline("toHaveSpan", false)}${describeNearest(trees, wanted, view, this)}\nThe spans that have ended:\n${drawn}`,
    };
  },

  /** The spans that have ended form these trees, in the order of their starts, and there are no others. */
  toHaveSpanTree(
    this: MatcherContext,
    received: unknown,
    expected: string | ExpectedTree | readonly ExpectedTree[],
  ): MatcherResult {
    const view = viewFor("toHaveSpanTree", received);
    const wanted = readExpectedTree(expected);
    const trees = view.ended();
    const difference = findDifference(trees, wanted, this);
    const drawn = toDrawn(trees);
    if (difference === undefined) {
      const message = `The spans form these trees, and were not to:\n${drawTree(drawn)}`;
      return { pass: true, message: () => headline("toHaveSpanTree", true) + message };
    }
    const { path, lines } = difference;
    return {
      pass: false,
      message: () =>
        [
          `${headline("toHaveSpanTree", false)}Expected:`,
          drawTree(markAt(toDrawnExpectation(wanted, this), path)),
          "",
          "Received:",
          drawTree(markAt(drawn, path)),
          "",
          `At the mark: ${lines.join("\n             ")}`,
          ...describeOpen(view.open()),
        ].join("\n"),
    };
  },

  /** Every span that has started has ended. */
  toHaveNoOpenSpans(this: MatcherContext, received: unknown): MatcherResult {
    const open = viewFor("toHaveNoOpenSpans", received).open();
    return {
      pass: open.length === 0,
      message: () =>
        open.length === 0
          ? `${headline("toHaveNoOpenSpans", true)}Every span has ended, and one was to be open.`
          : `${headline("toHaveNoOpenSpans", false)}Started and not ended:\n${drawTree(toDrawn(growTree(open)))}`,
    };
  },
};

function viewFor(matcher: string, received: unknown): TestView {
  const view = viewOf(received);
  if (view === undefined)
    throw new InvalidOptionError(`the value before ${matcher}`, "what createTestTelemetry has returned", received);
  return view;
}

function readExpectedSpan(expected: unknown): ExpectedSpan {
  if (typeof expected === "string" || types.isRegExp(expected)) return { name: expected };
  if (typeof expected !== "object" || expected === null)
    throw new InvalidOptionError("toHaveSpan", "a name, or an object such as { name, attributes }", expected);
  checkExpected(expected, SPAN_KEYS, "toHaveSpan");
  return expected;
}

function headline(matcher: string, isNot: boolean): string {
  const argument = matcher === "toHaveNoOpenSpans" ? "" : "expected";
  return `expect(telemetry)${isNot ? ".not" : ""}.${matcher}(${argument})\n\n`;
}

/** Why no span is like this, of the one that is most like it. */
function describeNearest(
  trees: readonly Branch[],
  wanted: ExpectedSpan,
  view: TestView,
  context: MatcherContext,
): string {
  const isNamed = (span: ReadableSpan): boolean => wanted.name === undefined || fits(span.name, wanted.name, context);
  const candidates = spansOf(trees)
    .filter(isNamed)
    .map((span) => ({ span, differences: differencesOf(span, wanted, context) }))
    .sort((a, b) => a.differences.length - b.differences.length);
  const [nearest] = candidates;
  if (nearest !== undefined)
    return `No span is like this. Of ${toLabel(nearest.span.name)},\n  ${nearest.differences.join("\n  ")}`;
  const name = wanted.name === undefined ? "" : ` named ${context.utils.stringify(wanted.name)}`;
  const isOpen = view.open().some(isNamed);
  return `No span${name} has ended.${isOpen ? " One is open: it has started and not ended yet." : ""}`;
}

function describeOpen(open: readonly ReadableSpan[]): string[] {
  return open.length === 0 ? [] : [`Not ended yet: ${open.map(({ name }) => toLabel(name)).join(", ")}`];
}

function spansOf(trees: readonly Branch[]): ReadableSpan[] {
  return trees.flatMap(({ span, children }) => [span, ...spansOf(children)]);
}
