/** How many letters apart two names may be for one to be a slip of the other. */
const MOST_SLIPS = 2;
const MOST_NEAR = 3;

/** The names that `given` may have meant, nearest first: spelt otherwise, a part of it, or a slip or two away. */
export function nearNames(given: string, names: readonly string[]): string[] {
  const wanted = plain(given);
  return names
    .map((name) => ({ name, distance: distanceOf(wanted, plain(name)) }))
    .filter(({ distance }) => distance <= MOST_SLIPS)
    .sort((one, other) => one.distance - other.distance)
    .slice(0, MOST_NEAR)
    .map(({ name }) => name);
}

function plain(name: string): string {
  return name
    .slice(0, 60)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");
}

function distanceOf(wanted: string, name: string): number {
  if (wanted === name) return 0;
  const [short, long] = wanted.length < name.length ? [wanted, name] : [name, wanted];
  if (short.length > MOST_SLIPS && long.includes(short)) return 1;
  const slips = countSlips(wanted, name);
  return slips < name.length ? slips : Infinity;
}

/** Letters to insert, delete or replace until the one is the other (Levenshtein). */
function countSlips(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let at = 1; at <= to.length; at++) {
      const replaced = (row[at - 1] ?? 0) + (from[line - 1] === to[at - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
