import { config, locales, safeParseAsync, util } from "zod/v4/core";
import type { $ZodIssue, $ZodRawIssue, $ZodType, ParseContext, ParseContextInternal } from "zod/v4/core";

/** This issue says what is wrong with one place of a value. `code` is zod's (`invalid_type`, `too_small`, …). */
export interface ValidationIssue {
  readonly path: readonly (string | number)[];
  readonly code: string;
  readonly message: string;
}

/** This result is the typed data, or what is wrong with the value. */
export type ValidationResult<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly issues: readonly ValidationIssue[] };

const MAX_ISSUES = 20;
const MAX_LINE = 300;

/** zod's messages in English where nobody chose a language: `zod/mini` and `zod/v4/core` have none of their own. */
const english = locales.en().localeError;

function parseContext(): ParseContext<$ZodIssue> {
  const { localeError, customError } = config();
  return localeError === undefined ? { error: (issue) => customError?.(issue) ?? english(issue) } : {};
}

/**
 * Validates a value with the schema's refinements and transforms, asynchronous ones too. Rejects when a refinement
 * throws what is no issue.
 */
export async function validateValue<T>(schema: $ZodType<T>, value: unknown): Promise<ValidationResult<T>> {
  const result = await safeParseAsync(schema, value, parseContext());
  if (result.success) return { success: true, data: result.data };
  return { success: false, issues: result.error.issues.flatMap((issue) => flatten(issue, [], value)) };
}

export type Path = readonly (string | number)[];

/** The context in which `validateValue` runs a schema, for runs of its parts. */
export function runContext(): ParseContextInternal {
  return { ...parseContext(), async: true };
}

/** What the run of a part found in its value, with paths from the root: the part is at `path`. */
export function readIssues(
  found: readonly $ZodRawIssue[],
  value: unknown,
  path: Path,
  context: ParseContextInternal,
): ValidationIssue[] {
  return found.flatMap((raw) => {
    // A user's own message may tell of the whole path.
    const issue = util.finalizeIssue({ ...raw, path: [...path, ...(raw.path ?? [])] }, context, config());
    const below = flatten({ ...issue, path: issue.path.slice(path.length) }, [], value);
    return below.map((one) => ({ ...one, path: [...path, ...one.path] }));
  });
}

/** The issue, or for a union those of the branch that got furthest, with paths from the root of the value. */
function flatten(issue: $ZodIssue, above: Path, value: unknown): ValidationIssue[] {
  const path = [...above, ...issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))];
  if (issue.code === "invalid_key" || issue.code === "invalid_element") {
    const code = issue.code;
    return issue.issues.flatMap((one) =>
      flatten(one, path, value).map((found) => ({ ...found, code, message: `${issue.message}: ${found.message}` })),
    );
  }
  const own: ValidationIssue = { path, code: issue.code, message: issue.message };
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [own];
  const branches = issue.errors.map((branch) => branch.flatMap((one) => flatten(one, path, value)));
  const started = branches.filter((branch) => !branch.some((one) => isWrongKind(one, path)));
  const [furthest] = started.sort((a, b) => distance(a, path, value) - distance(b, path, value) || a.length - b.length);
  if (furthest !== undefined) return furthest;
  // None got past the value itself: say what each would have taken.
  const messages = new Set(branches.flat().map((one) => one.message));
  return [{ ...own, message: [...messages].join("; or ") }];
}

/** True for an issue that says the value at the path is of another kind altogether. */
function isWrongKind({ path: at, code }: ValidationIssue, path: Path): boolean {
  return at.length === path.length && ["invalid_type", "invalid_value", "invalid_union"].includes(code);
}

/** How far a branch is from the value: a tag of another's weighs most, then keys that it has not, or wants. */
function distance(branch: readonly ValidationIssue[], path: Path, value: unknown): number {
  let sum = 0;
  for (const { code, path: at } of branch) {
    const isMissing = valueAt(value, at) === undefined;
    if (code === "invalid_value" && at.length === path.length + 1 && !isMissing) sum += 100;
    else if (code === "unrecognized_keys") sum += 10;
    else if (isMissing) sum += 1;
  }
  return sum;
}

function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

function formatPath(path: Path): string {
  const text = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
  return text === "" ? "(root)" : text.replace(/^\./, "");
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
}

/**
 * Says the issues to a model: a line each, with the path below `prefix` (a response schema's `wrapperKey`, an item's
 * index). At most 20 lines of 300 characters, and how many more there are.
 */
export function formatIssues(issues: readonly ValidationIssue[], prefix: Path = []): string {
  const lines = issues
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => `- ${shorten(`${formatPath([...prefix, ...path])}: ${message}`)}`);
  if (issues.length > MAX_ISSUES) lines.push(`- … and ${issues.length - MAX_ISSUES} more`);
  return lines.join("\n");
}
