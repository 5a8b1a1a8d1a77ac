import { describeExtraction } from "./describe-extraction.js";
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

/** What is said beside the spans themselves. */
export interface TreeRemarks {
  /** A line above the trees, which are then drawn as its branches: stands for a parent that is not there. */
  readonly heading?: string;
  /** A hint after the name of a root, such as `(late)`. */
  readonly rootHint?: string;
}

const GLYPHS = {
  drawn: {
    branch: "├─ ",
    last: "└─ ",
    through: "│  ",
    gap: "   ",
    bar: "━",
    tip: "╸",
    deep: "⋯ ",
    cut: "…",
    micro: "µs",
  },
  plain: {
    branch: "|- ",
    last: "`- ",
    through: "|  ",
    gap: "   ",
    bar: "=",
    tip: "-",
    deep: "~ ",
    cut: "...",
    micro: "us",
  },
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
 * that all given trees share, then an extraction's attempts, tokens, chunks, error, and on a root customer and thread.
 * Control, escape, bidirectional and invisible characters of names and values are never in the result. Pure.
 */
export function renderSpanTree(roots: readonly SpanNode[], style: TreeStyle, remarks: TreeRemarks = {}): string {
  const glyphs: Glyphs = style.isPlain ? GLYPHS.plain : GLYPHS.drawn;
  const rows = layRows(roots, glyphs, remarks);
  const maxLabel = Math.max(MIN_LABEL_WIDTH, style.width - (style.width >= MIN_WIDTH_FOR_BARS ? 50 : 24));
  const lines = rows.map((row) => ({
    row,
    label: labelOf(row, maxLabel, glyphs, style),
    duration: formatDuration(row.span.endNanos - row.span.startNanos, glyphs.micro),
  }));
  const labelWidth = lines.reduce((widest, { label }) => Math.max(widest, label.width), 0);
  const durationWidth = lines.reduce((widest, { duration }) => Math.max(widest, duration.length), 0);
  const axis = axisOf(rows);
  let text = remarks.heading === undefined ? "" : `${paint("dim", `${glyphs.cut} ${remarks.heading}`, style)}\n`;
  for (const { row, label, duration } of lines) {
    const columns = [label.text + " ".repeat(labelWidth - label.width), duration.padStart(durationWidth)];
    if (style.width >= MIN_WIDTH_FOR_BARS) columns.push(paint("dim", barOf(row.span, axis, glyphs), style));
    text += `${[...columns, ...notesOf(row, glyphs, style)].join("  ").trimEnd()}\n`;
  }
  return text;
}

interface Placed {
  readonly node: SpanNode;
  readonly indent: string;
  /** What stands before the indents of its children. */
  readonly under: string;
  readonly depth: number;
}

/** The rows in drawing order. Iterative: a hostile file may nest as deeply as it has spans. */
function layRows(roots: readonly SpanNode[], glyphs: Glyphs, { heading, rootHint }: TreeRemarks): Row[] {
  const rows: Row[] = [];
  const place = (nodes: readonly SpanNode[], under: string, depth: number): Placed[] =>
    nodes.map((node, index) => {
      if (depth === 0) return { node, indent: "", under: "", depth };
      if (depth > MAX_DRAWN_DEPTH) return { node, indent: under + glyphs.deep, under, depth };
      const isLast = index === nodes.length - 1;
      const indent = under + (isLast ? glyphs.last : glyphs.branch);
      return { node, indent, under: under + (isLast ? glyphs.gap : glyphs.through), depth };
    });
  const open = place(roots, "", heading === undefined ? 0 : 1).reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, indent, under, depth } = next;
    const hint = depth === 0 && rootHint !== undefined ? ` ${rootHint}` : "";
    rows.push({ indent, span: node.span, hint, isRoot: depth === 0 });
    for (const child of place(node.children, under, depth + 1).reverse()) open.push(child);
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

function notesOf({ span, isRoot }: Pick<Row, "span" | "isRoot">, glyphs: Glyphs, style: TreeStyle): string[] {
  const clean = (text: string): string => toTerminalText(text, MAX_NOTE_WIDTH, glyphs.cut);
  const error = describeError(span);
  return [
    ...describeExtraction(span).map(clean),
    ...describeUsage(span),
    ...(isRoot ? describeOwner(span).map(clean) : []),
    ...(error === undefined ? [] : [paint("error", clean(error), style)]),
  ];
}

/** This draws one span on one line, for output that is searched rather than read: time of day in UTC, name, trace id. */
export function renderSpanLine(span: TreeSpan, style: TreeStyle): string {
  const glyphs: Glyphs = style.isPlain ? GLYPHS.plain : GLYPHS.drawn;
  const time = new Date(Number(span.startNanos / 1_000_000n)).toISOString().slice(11, 23);
  const kind = kindWord(span);
  const columns = [
    paint("dim", time, style),
    `${paint(kind, kind, style)} ${toTerminalText(span.name, MAX_NOTE_WIDTH, glyphs.cut)}`,
    formatDuration(span.endNanos - span.startNanos, glyphs.micro),
    ...notesOf({ span, isRoot: true }, glyphs, style),
    paint("dim", `trace=${span.traceId}`, style),
  ];
  return `${columns.join("  ")}\n`;
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
