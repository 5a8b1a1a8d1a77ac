import { trimEnd } from "./passage.js";

/** As many of the first words as fit. */
export function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const head = text.slice(0, maxLength + 1);
  const lastSpace = head.lastIndexOf(" ");
  return trimEnd(head.slice(0, lastSpace < 0 ? maxLength : lastSpace));
}
