import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");

/** A title is the first argument of `it(…)`, of `describe(…)`, or of the call that their `each(…)` gives. */
const TITLE = /(?:\b(?:it|describe)|\))\(\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'),\s/g;
const LEFT_OUT = /\b(?:it|describe)\.(?:skip|todo|only)\b|\bx(?:it|describe)\(/;

const files = new Map<string, { readonly titles: ReadonlySet<string>; readonly isWhole: boolean } | undefined>();

/** Why a document may not name this test of this spec (its path from the root) as proof; undefined where it may. */
export function faultOfProof(file: string, title: string): string | undefined {
  const spec = readSpec(file);
  if (spec === undefined) return `there is no ${file}`;
  if (!spec.isWhole) return `${file} leaves tests out`;
  return spec.titles.has(title) ? undefined : `${file} has no test of the title "${title}"`;
}

function readSpec(file: string) {
  const known = files.get(file);
  if (known !== undefined || files.has(file)) return known;
  const path = resolve(ROOT, file);
  const source = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  const found = source === undefined ? undefined : { titles: titlesIn(source), isWhole: !LEFT_OUT.test(source) };
  files.set(file, found);
  return found;
}

function titlesIn(source: string): ReadonlySet<string> {
  return new Set([...source.matchAll(TITLE)].map(([, quoted = ""]) => unquote(quoted)));
}

/** What a string literal stands for, as the specs write them: without escapes other than those of quotes. */
function unquote(literal: string): string {
  return literal.slice(1, -1).replace(/\\(.)/g, "$1");
}
