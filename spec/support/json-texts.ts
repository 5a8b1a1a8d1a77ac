import fc from "fast-check";
import { codePoint } from "./code-point";

/** A JSON text whose makeup is known: where each value begins, is shown, and is closed. Offsets count units read. */
export interface JsonText {
  readonly text: string;
  readonly root: Written;
}

/** A value in its text. `begin` is the offset of its first unit, `end` the one behind its last. */
export type Written = WrittenAtom | WrittenString | WrittenArray | WrittenObject;
interface WrittenAtom extends Place {
  readonly kind: "number" | "word";
  readonly value: number | boolean | null;
}
interface WrittenString extends Place {
  readonly kind: "string";
  readonly value: string;
  /** Of each unit of the value the offset behind what stands for it. */
  readonly unitEnds: readonly number[];
}
interface WrittenArray extends Place {
  readonly kind: "array";
  readonly items: readonly Written[];
}
interface WrittenObject extends Place {
  readonly kind: "object";
  readonly members: readonly { readonly name: string; readonly nameEnd: number; readonly value: Written }[];
}
interface Place {
  readonly begin: number;
  readonly end: number;
}

/** What to write: a number is its text, an object a list, as its keys may repeat. */
type Plan = string | { word: boolean | null } | { number: string } | { items: Plan[] } | { members: [string, Plan][] };

export interface Style {
  /** Code units that are written as escapes though they need not be. */
  readonly isEscaped: (unit: string) => boolean;
  /** White space between tokens; called for each gap. */
  readonly space: () => string;
}

/** Writes plain data as `JSON.stringify` would, but in a style of its own. */
function write(plan: Plan, style: Style): JsonText {
  let text = style.space();
  const root = writePlan(plan);
  text += style.space();
  return { text, root };

  function writePlan(one: Plan): Written {
    const begin = text.length;
    if (typeof one === "string") {
      const unitEnds = quote(one);
      return { kind: "string", value: one, unitEnds, begin, end: text.length };
    }
    if ("word" in one) {
      text += String(one.word);
      return { kind: "word", value: one.word, begin, end: text.length };
    }
    if ("number" in one) {
      text += one.number;
      return { kind: "number", value: Number(one.number), begin, end: text.length };
    }
    if ("items" in one) {
      const items = list("[", "]", one.items, writePlan);
      return { kind: "array", items, begin, end: text.length };
    }
    const members = list("{", "}", one.members, ([name, value]) => {
      quote(name);
      const nameEnd = text.length;
      text += `${style.space()}:${style.space()}`;
      return { name, nameEnd, value: writePlan(value) };
    });
    return { kind: "object", members, begin, end: text.length };
  }

  function list<T, R>(open: string, close: string, parts: readonly T[], writePart: (part: T) => R): R[] {
    text += `${open}${style.space()}`;
    const written = parts.map((part, index) => {
      if (index > 0) text += `${style.space()},${style.space()}`;
      return writePart(part);
    });
    text += `${style.space()}${close}`;
    return written;
  }

  function quote(value: string): number[] {
    text += '"';
    const ends = value.split("").map((unit) => {
      text += style.isEscaped(unit) ? escaped(unit) : plain(unit);
      return text.length;
    });
    text += '"';
    return ends;
  }
}

const SHORT: Record<string, string> = { "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "/": "\\/" };

function escaped(unit: string): string {
  const code = unit.charCodeAt(0).toString(16).padStart(4, "0");
  return `\\u${unit < "a" ? code : code.toUpperCase()}`;
}

/** A lone surrogate stands as it is, unlike with `JSON.stringify`. */
function plain(unit: string): string {
  if (unit === '"' || unit === "\\") return `\\${unit}`;
  return SHORT[unit] ?? (unit < " " ? escaped(unit) : unit);
}

/** Nothing can be shown yet. */
const NOTHING = Symbol("nothing");

/** What is to be shown when `length` code units have been read, by the rule in the parser's docstring. */
export function shownOf({ root }: JsonText, length: number, isFinished = false): unknown {
  const value = shown(root, isFinished ? Infinity : length);
  return value === NOTHING ? undefined : value;
}

function shown(node: Written, length: number): unknown {
  if (length <= node.begin) return NOTHING;
  switch (node.kind) {
    case "word":
      return length >= node.end ? node.value : NOTHING;
    case "number":
      return length > node.end ? node.value : NOTHING;
    case "string": {
      const text = node.value.slice(0, node.unitEnds.filter((end) => end <= length).length);
      return length < node.end ? text.replace(/[\ud800-\udbff]$/, "") : text;
    }
    case "array":
      return node.items.map((item) => shown(item, length)).filter((item) => item !== NOTHING);
    case "object": {
      const members = new Map<string, unknown>();
      for (const { name, nameEnd, value } of node.members) {
        if (members.has(name) && length >= nameEnd) members.set(name, undefined);
        const now = shown(value, length);
        if (now !== NOTHING) members.set(name, now);
      }
      return Object.fromEntries(members);
    }
  }
}

/** The paths, as JSON, of all values that are complete when `length` code units have been read. */
export function completePathsOf({ root }: JsonText, length: number, isFinished = false): Set<string> {
  const paths = new Set<string>();
  collect(root, [], isFinished ? Infinity : length, paths);
  return paths;
}

function collect(node: Written, path: readonly (string | number)[], length: number, paths: Set<string>): void {
  if (length >= (node.kind === "number" ? node.end + 1 : node.end)) paths.add(JSON.stringify(path));
  if (node.kind === "array") node.items.forEach((item, index) => collect(item, [...path, index], length, paths));
  if (node.kind !== "object") return;
  const current = new Map(node.members.filter((one) => length >= one.nameEnd).map((one) => [one.name, one.value]));
  for (const [name, value] of current) collect(value, [...path, name], length, paths);
}

const names = fc.oneof(
  fc.constantFrom("a", "b", "__proto__", "constructor", "length", "0", "", "é\ud83d"),
  fc.string({ unit: codePoint, maxLength: 4 }),
);
const numbers = fc.oneof(
  fc.constantFrom("-0", "0", "1e400", "-1E+2", "0.10", "1e-7", "-12.5e3", "123456789012345678901234567890"),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => JSON.stringify(value)),
);
const strings = fc.oneof(
  fc.constantFrom("\ud83d\ude00", "\ud83d", "\ude00\ud83d", "\ud83d\ud83d\ude00", '\u0000"\\/', "a\nb\u2028"),
  fc.string({ unit: codePoint, maxLength: 6 }),
  fc.string({ maxLength: 12 }),
);

function plans(isKeyUnique: boolean): fc.Arbitrary<Plan> {
  const { plan } = fc.letrec<{ plan: Plan }>((tie) => ({
    plan: fc.oneof(
      { maxDepth: 4, depthSize: "small", withCrossShrink: true },
      strings,
      numbers.map((number) => ({ number })),
      fc.constantFrom(true, false, null).map((word) => ({ word })),
      fc.array(tie("plan"), { maxLength: 4 }).map((items) => ({ items })),
      fc
        .uniqueArray(fc.tuple(names, tie("plan")), {
          maxLength: 4,
          ...(isKeyUnique ? { selector: ([name]) => name } : { comparator: () => false }),
        })
        .map((members) => ({ members })),
    ),
  }));
  return plan;
}

const styles: fc.Arbitrary<Style> = fc.constantFrom(
  { isEscaped: () => false, space: () => "" },
  { isEscaped: (unit: string) => unit > "m", space: () => "\n  " },
  { isEscaped: () => true, space: () => " \t\r\n" },
);

/** Any JSON text: compact, pretty, escaped; with numbers, names and strings that are hard to read in pieces. */
export function jsonTexts({ isKeyUnique = false } = {}): fc.Arbitrary<JsonText> {
  return fc.tuple(plans(isKeyUnique), styles).map(([plan, style]) => write(plan, style));
}
