/** A stretch of a segment, in bytes. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The full stop says that the line is whole: half a number is a number, too. */
const LINE = /^(\d{1,15}) (\d{1,15}) \.$/;

/** One line of a segment's side file; the newline before it ends what a full disk may have torn. */
export function formatSettled({ start, end }: Stretch): string {
  return `\n${start} ${end} .\n`;
}

/** What a side file leaves open of a segment of this size. */
export function findUnsettled(text: string, size: number): Stretch[] {
  const settled: Stretch[] = [];
  for (const line of text.split("\n")) {
    const [, start, end] = LINE.exec(line) ?? [];
    const stretch = { start: Number(start), end: Number(end) };
    if (stretch.start < stretch.end && stretch.end <= size) settled.push(stretch);
  }
  settled.sort((a, b) => a.start - b.start);
  const open: Stretch[] = [];
  let position = 0;
  for (const { start, end } of settled) {
    if (start > position) open.push({ start: position, end: start });
    position = Math.max(position, end);
  }
  if (position < size) open.push({ start: position, end: size });
  return open;
}
