import { InvalidOptionError } from "../errors.js";
import type { DrawnNode } from "./drawn-tree.js";
import { toLabel } from "./drawn-tree.js";
import { type ExpectedSpan, type MatcherContext, SPAN_KEYS, checkExpected, differencesOf } from "./expected-span.js";
import { parseDrawing } from "./parse-drawing.js";
import type { Branch } from "./test-span-tree.js";

/**
 * This says what a span is to be like and which spans are to be below it: these, in the order of their starts, and no
 * others. A text is the name of a span with nothing below it.
 */
export type ExpectedTree = string | ExpectedTreeNode;

/** A span with what is below it; without `children` there is to be nothing. */
export interface ExpectedTreeNode extends ExpectedSpan {
  readonly children?: readonly ExpectedTree[] | undefined;
  /** `true` for a root whose parent is in this process and not among the spans. Default `false`. */
  readonly isOrphan?: boolean | undefined;
}

/** An expected tree in its long form. */
export interface ExpectedBranch {
  readonly span: ExpectedSpan;
  readonly isOrphan: boolean;
  readonly children: readonly ExpectedBranch[];
}

const MATCHER = "toHaveSpanTree";

/** Reads what `toHaveSpanTree` was given: a drawing, a tree, or a list of trees. Throws `InvalidOptionError`. */
export function readExpectedTree(given: unknown): ExpectedBranch[] {
  if (typeof given === "string") return parseDrawing(given);
  return (Array.isArray(given) ? (given as unknown[]) : [given]).map(readNode);
}

function readNode(given: unknown): ExpectedBranch {
  if (typeof given === "string") return { span: { name: given }, isOrphan: false, children: [] };
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new InvalidOptionError(MATCHER, "names, or objects such as { name, children }", given);
  checkExpected(given, [...SPAN_KEYS, "children", "isOrphan"], MATCHER);
  const { children = [], isOrphan = false, ...span }: ExpectedTreeNode = given;
  if (!Array.isArray(children)) throw new InvalidOptionError(`${MATCHER} children`, "a list", children);
  return { span, isOrphan, children: (children as unknown[]).map(readNode) };
}

/** The first place where the spans are not as expected. */
export interface TreeDifference {
  /** The position among siblings on each level. */
  readonly path: readonly number[];
  /** What is wrong there, a line each. */
  readonly lines: readonly string[];
}

/** Compares two lists of trees in drawing order; undefined when they fit, with nothing extra on either side. */
export function findDifference(
  received: readonly Branch[],
  expected: readonly ExpectedBranch[],
  context: MatcherContext,
): TreeDifference | undefined {
  for (let at = 0; at < Math.max(received.length, expected.length); at++) {
    const [branch, wanted] = [received[at], expected[at]];
    if (branch === undefined) return { path: [at], lines: [`${labelOf(wanted, context)} is missing`] };
    if (wanted === undefined) return { path: [at], lines: [`${toLabel(branch.span.name)} is not expected`] };
    const lines = differencesOf(branch.span, wanted.span, context);
    if (branch.isOrphan !== wanted.isOrphan) lines.push(describeOrphan(branch.isOrphan));
    if (lines.length > 0) return { path: [at], lines };
    const below = findDifference(branch.children, wanted.children, context);
    if (below !== undefined) return { path: [at, ...below.path], lines: below.lines };
  }
  return undefined;
}

function describeOrphan(isOrphan: boolean): string {
  return isOrphan
    ? "it has a parent, which has not ended or was exported elsewhere; { isOrphan: true } expects that"
    : "it is no orphan: it has no parent in this process, or one that is here";
}

/** What is expected, as it is drawn. */
export function toDrawnExpectation(expected: readonly ExpectedBranch[], context: MatcherContext): DrawnNode[] {
  return expected.map((branch) => ({
    label: `${labelOf(branch, context)}${branch.isOrphan ? " (its parent is not here)" : ""}`,
    children: toDrawnExpectation(branch.children, context),
  }));
}

function labelOf(branch: ExpectedBranch | undefined, { utils }: MatcherContext): string {
  const name: unknown = branch?.span.name;
  if (name === undefined) return "(any name)";
  return typeof name === "string" ? toLabel(name) : utils.stringify(name);
}
