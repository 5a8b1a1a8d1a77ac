import type { ReadableSpan } from "../otlp/index.js";
import { toTerminalText } from "../otlp/index.js";
import type { Branch } from "./test-span-tree.js";

/** A line of a drawing, and those below it. */
export interface DrawnNode {
  readonly label: string;
  readonly isMarked?: boolean;
  readonly children: readonly DrawnNode[];
}

const MAX_LABEL_WIDTH = 200;

/** A line a span, children indented by two columns. Marked lines begin with `>`. */
export function drawTree(nodes: readonly DrawnNode[]): string {
  if (nodes.length === 0) return "  (no spans)";
  const lines = (below: readonly DrawnNode[], indent: string): string[] =>
    below.flatMap(({ label, isMarked, children }) => [
      `${isMarked === true ? ">" : " "} ${indent}${label}`,
      ...lines(children, `${indent}  `),
    ]);
  return lines(nodes, "").join("\n");
}

/** The trees with a mark at this place, given as the position among siblings on each level; where there is nothing, it says so. */
export function markAt(nodes: readonly DrawnNode[], [at = 0, ...below]: readonly number[]): DrawnNode[] {
  if (at >= nodes.length) return [...nodes, { label: "(nothing)", isMarked: true, children: [] }];
  return nodes.map((node, position) => {
    if (position !== at) return node;
    return below.length === 0 ? { ...node, isMarked: true } : { ...node, children: markAt(node.children, below) };
  });
}

/** Spans as they are drawn, marked where `isMarked` says so. */
export function toDrawn(
  branches: readonly Branch[],
  isMarked: (span: ReadableSpan) => boolean = () => false,
): DrawnNode[] {
  return branches.map(({ span, isOrphan, children }) => ({
    label: `${toLabel(span.name)}${isOrphan ? " (its parent is not here)" : ""}`,
    isMarked: isMarked(span),
    children: toDrawn(children, isMarked),
  }));
}

/** A name on a line of its own. */
export function toLabel(name: string): string {
  return toTerminalText(name, MAX_LABEL_WIDTH, "…");
}
