/** Line breaks and tabs, which would break a line of output, and runs of blanks. */
const BLANKS = /[\s\u0085]+/gu;
/** Controls and escape, halves of surrogate pairs, and private or unassigned code points that show as anything. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/gu;
/** Invisible formatting: bidirectional overrides, zero-width characters, tags, the byte order mark. */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;
/** A fourth mark on one letter starts to cover the lines above and below. */
const STACKED_MARKS = /(\p{M}{3})\p{M}+/gu;
const MARK = /\p{M}/u;
/** East Asian wide and emoji: two columns in every terminal that aligns at all. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const ASCII = /^[\x20-\x7e]*$/;

/** Text beyond this many UTF-16 units is not looked at, whatever width the caller allows. */
const MAX_SCANNED = 4_000;

/**
 * This returns text from a span in a form that is safe and flat in a terminal: one line, no control or escape
 * characters (each becomes `?`), no bidirectional or invisible ones (left out), cut with `…` or `...` to this width.
 */
export function toTerminalText(text: string, maxWidth: number, ellipsis = "…"): string {
  const head = text.slice(0, MAX_SCANNED);
  const flat = ASCII.test(head) ? head : flatten(head);
  const trimmed = flat.replace(BLANKS, " ").trim();
  return displayWidth(trimmed) <= maxWidth ? trimmed : cut(trimmed, maxWidth - ellipsis.length) + ellipsis;
}

function flatten(text: string): string {
  return text.replace(BLANKS, " ").replace(INVISIBLE, "").replace(UNPRINTABLE, "?").replace(STACKED_MARKS, "$1");
}

/** Columns the text takes in a terminal. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

function cut(text: string, maxWidth: number): string {
  let width = 0;
  let kept = "";
  for (const character of text) {
    width += characterWidth(character);
    if (width > maxWidth) break;
    kept += character;
  }
  return kept;
}

/** The text with blanks after it up to this width. */
export function padToWidth(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}
