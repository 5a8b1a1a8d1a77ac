/** What a JSON string must escape, and every surrogate. */
const NEEDS_CARE = /["\\\u0000-\u001f\ud800-\udfff]/;
/** Up to about this length a search and a concatenation cost half of what the call of `JSON.stringify` does. */
const SHORT = 256;

/** This returns the text as a JSON string of well-formed UTF-16: a surrogate without its other half becomes U+FFFD. */
export function quoteText(text: string): string {
  if (text.length <= SHORT && !NEEDS_CARE.test(text)) return `"${text}"`;
  return JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
}
