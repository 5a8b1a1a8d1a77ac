import { describeError, describeOwner, describeUsage, formatDuration, kindWord } from "./describe-span.js";
import type { SpanNode, TreeSpan } from "./span-tree.js";
import { displayWidth, padToWidth, toTerminalText } from "./terminal-text.js";

/** How a tree is drawn. */
export interface TreeStyle {
  /** Columns of the terminal; below 80 no duration bars are drawn. */
  readonly width: number;
  /** True: ANSI colours. The caller knows whether a terminal is there. */
  readonly isColoured: boolean;
  /** True: nothing but ASCII is drawn (names and messages keep their own letters). */
  readonly isPlain: boolean;
}

/** A hint after the label of a root, such as `(late)`. */
export type RootHint = (node: SpanNode) => string | undefined;

const GLYPHS = {
  drawn: { branch: "├─ ", last: "└─ ", through: "│  ", gap: "   ", bar: "━", tip: "╸", deep: "⋯ ", cut: "…", micro: "µs" },
  plain: { branch: "|- ", last: "`- ", through: "|  ", gap: "   ", bar: "=", tip: "-", deep: "~ ", cut: "...", micro: "us" },
} as const;

type Glyphs = (typeof GLYPHS)["drawn" | "plain"];

const COLOURS: Readonly<Record<string, string>> = {
  workflow: "1;35",
  agent: "1;34",
  task: "36",
  tool: "33",
  llm: "32",
  dim: "2",
  error: "31",
};

const BAR_COLUMNS = 20;
const MIN_WIDTH_FOR_BARS = 80;
/** Deeper spans are drawn at this depth behind a mark, so that a chain of thousands stays readable and cheap. */
const MAX_DRAWN_DEPTH = 24;
const MAX_NOTE_WIDTH = 120;
const MIN_LABEL_WIDTH = 24;

interface Row {
  readonly indent: string;
  readonly span: TreeSpan;
  readonly hint: string;
  readonly isRoot: boolean;
}

/**
 * This draws trees of spans, one line a span, ending in a newline: tree, kind, name, duration, a bar on the time axis
 * that all given trees share, then tokens, chunks, error, and on a root customer and thread.
 * Control, escape, bidirectional and invisible characters of names and values are never in the result. Pure.
 */
export function renderSpanTree(roots: readonly SpanNode[], style: TreeStyle, hintOf: RootHint = () => undefined): string {
  const glyphs: Glyphs = style.isPlain ? GLYPHS.plain : GLYPHS.drawn;
  const rows = layRows(roots, glyphs, hintOf);
  const maxLabel = Math.max(MIN_LABEL_WIDTH, style.width - (style.width >= MIN_WIDTH_FOR_BARS ? 50 : 24));
  const labels = rows.map((row) => labelOf(row, maxLabel, glyphs, style));
  const labelWidth = Math.max(0, ...labels.map(({ width }) => width));
  const durations = rows.map(({ span }) => formatDuration(span.endNanos - span.startNanos, glyphs.micro));
  const durationWidth = Math.max(0, ...durations.map((text) => text.length));
  const axis = axisOf(rows);
  let text = "";
  rows.forEach((row, index) => {
    const label = labels[index]!;
    const columns = [label.text + " ".repeat(labelWidth - label.width), durations[index]!.padStart(durationWidth)];
    if (style.width >= MIN_WIDTH_FOR_BARS) columns.push(paint("dim", barOf(row.span, axis, glyphs), style));
    text += `${[...columns, ...notesOf(row, glyphs, style)].join("  ").trimEnd()}\n`;
  });
  return text;
}

/** The rows in drawing order. Iterative: a hostile file may nest as deeply as it has spans. */
function layRows(roots: readonly SpanNode[], glyphs: Glyphs, hintOf: RootHint): Row[] {
  const rows: Row[] = [];
  const open = roots.map((node) => ({ node, indent: "", under: "", depth: 0 })).reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, indent, under, depth } = next;
    const hint = depth === 0 ? hintOf(node) : undefined;
    rows.push({ indent, span: node.span, hint: hint === undefined ? "" : ` ${hint}`, isRoot: depth === 0 });
    const isTooDeep = depth >= MAX_DRAWN_DEPTH;
    for (let index = node.children.length - 1; index >= 0; index--) {
      const isLast = index === node.children.length - 1;
      open.push({
        node: node.children[index]!,
        indent: isTooDeep ? under + glyphs.deep : under + (isLast ? glyphs.last : glyphs.branch),
        under: isTooDeep ? under : under + (isLast ? glyphs.gap : glyphs.through),
        depth: depth + 1,
      });
    }
  }
  return rows;
}

function labelOf(row: Row, maxWidth: number, glyphs: Glyphs, style: TreeStyle): { text: string; width: number } {
  const kind = kindWord(row.span);
  const taken = row.indent.length + kind.length + 1 + row.hint.length;
  const name = toTerminalText(row.span.name, Math.max(MIN_LABEL_WIDTH, maxWidth - taken), glyphs.cut);
  const text = `${paint("dim", row.indent, style)}${paint(kind, kind, style)} ${name}${paint("dim", row.hint, style)}`;
  return { text, width: taken + displayWidth(name) };
}

function notesOf({ span, isRoot }: Row, glyphs: Glyphs, style: TreeStyle): string[] {
  const clean = (text: string): string => toTerminalText(text, MAX_NOTE_WIDTH, glyphs.cut);
  const error = describeError(span);
  return [
    ...describeUsage(span),
    ...(isRoot ? describeOwner(span).map(clean) : []),
    ...(error === undefined ? [] : [paint("error", clean(error), style)]),
  ];
}

interface Axis {
  readonly start: bigint;
  readonly length: number;
}

function axisOf(rows: readonly Row[]): Axis {
  let start: bigint | undefined;
  let end = 0n;
  for (const { span } of rows) {
    if (start === undefined || span.startNanos < start) start = span.startNanos;
    if (span.endNanos > end) end = span.endNanos;
  }
  return { start: start ?? 0n, length: Number(end - (start ?? 0n)) };
}

/** At least a tip is drawn, so that the shortest span still shows when it ran. */
function barOf(span: TreeSpan, axis: Axis, glyphs: Glyphs): string {
  const scale = axis.length > 0 ? BAR_COLUMNS / axis.length : 0;
  const from = Math.min(BAR_COLUMNS - 1, Math.floor(Number(span.startNanos - axis.start) * scale));
  const to = axis.length > 0 ? Math.round(Number(span.endNanos - axis.start) * scale) : BAR_COLUMNS;
  const bar = to > from ? glyphs.bar.repeat(to - from) : glyphs.tip;
  return padToWidth(" ".repeat(from) + bar, BAR_COLUMNS);
}

/** The text in a colour of this name, where colours are wanted and it is one that has a colour. */
function paint(name: string, text: string, style: TreeStyle): string {
  const code = COLOURS[name];
  return style.isColoured && code !== undefined && text !== "" ? `\u001b[${code}m${text}\u001b[0m` : text;
}
