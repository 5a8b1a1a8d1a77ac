/** What a JSON string must escape, and every surrogate. */
const NEEDS_CARE = /["\\\u0000-\u001f\ud800-\udfff]/;
/** Up to about this length a search and a concatenation cost half of what the call of `JSON.stringify` does. */
const SHORT = 256;

/** True for a short text that is its own JSON between quotes. */
export function isPlainText(text: string): boolean {
  return text.length <= SHORT && !NEEDS_CARE.test(text);
}

/** This returns the text as a JSON string of well-formed UTF-16: a surrogate without its other half becomes U+FFFD. */
export function quoteText(text: string): string {
  if (isPlainText(text)) return `"${text}"`;
  return JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
}

/** True when U+FFFD is in the text, or will be once it is well-formed. */
export function hasReplacement(text: string): boolean {
  return text.toWellFormed().includes("\ufffd");
}
