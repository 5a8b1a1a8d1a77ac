import { toTerminalText } from "../otlp/index.js";

const HIDDEN = "…";
/** Words of a header value that are hidden by themselves too, such as the key behind `Bearer`. */
const MIN_WORD_LENGTH = 8;
const MAX_LENGTH = 200;
/** What is looked at of a longer text. */
const MAX_SCANNED = 4_000;

/**
 * This returns a function that makes a server's text fit for a message: one line of at most 200 columns without control
 * characters, in which none of these values shows, should the server repeat what it was sent.
 */
export function createQuoter(values: readonly string[]): (text: string) => string {
  const words = values.flatMap((value) => value.split(/\s+/)).filter((word) => word.length >= MIN_WORD_LENGTH);
  const secrets = [...new Set([...values, ...words].map(flatten))].filter((secret) => secret !== "");
  // A value that is part of another must not leave the rest of the longer one behind.
  secrets.sort((a, b) => b.length - a.length);
  return (text) => {
    const hidden = secrets.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), flatten(text));
    return toTerminalText(hidden, MAX_LENGTH);
  };
}

function flatten(text: string): string {
  return toTerminalText(text, MAX_SCANNED);
}
