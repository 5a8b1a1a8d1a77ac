const COMPARATOR = /^(>=|<=|>|<|=)?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/;

/**
 * This says whether a version is inside a range of comparators that must all hold, such as `>=4.19 <7`. A pre-release
 * counts as the release it leads to; a version that cannot be read is inside no range.
 */
export function isInRange(version: string, range: string): boolean {
  const release = /^\d+\.\d+\.\d+/.exec(version)?.[0];
  if (release === undefined) return false;
  const actual = release.split(".").map(Number);
  return range.split(" ").every((comparator) => {
    const [, operator = "=", ...parts] = COMPARATOR.exec(comparator) ?? [];
    const order = compare(
      actual,
      parts.slice(0, 3).map((part) => Number(part ?? 0)),
    );
    if (operator === "=") return order === 0;
    return operator.startsWith(">")
      ? order > 0 || (order === 0 && operator === ">=")
      : order < 0 || (order === 0 && operator === "<=");
  });
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((part, index) => part !== other[index]);
  return at === -1 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}
