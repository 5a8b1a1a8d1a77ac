/**
 * Splits a text into the pieces the server counts and streams: a word or a run of punctuation, each with the space in
 * front of it. Joined, they are the text. Not the tokens of any real model, but of the same order.
 */
export function tokenize(text: string): string[] {
  return text.match(/\s?[\p{L}\p{N}]+|\s?[^\s\p{L}\p{N}]+|\s/gu) ?? [];
}
