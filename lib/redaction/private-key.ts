import type { Credential } from "./credential.js";

const HEADER = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/y;
/** What a key consists of: base64, lines also as `\n`, the headers of an encrypted one. */
const BODY = /[\w+/=\s:,.\\-]*/y;
const DASHES = "-----";
/** Less than this between the two lines is somebody's description of a key. */
const SHORTEST = 32;

/** A key in PEM: its first and last line stay. Where the last is missing, it ends with what can be no part of it. */
export const PRIVATE_KEY: Credential = {
  kind: "private-key",
  mark: `${DASHES}(?=BEGIN)`,
  find(text, at) {
    const start = bodyStart(text, at);
    if (start < 0) return undefined;
    let end = text.indexOf(DASHES, start);
    if (end < 0) {
      BODY.lastIndex = start;
      BODY.test(text);
      end = BODY.lastIndex;
    }
    return end - start < SHORTEST ? undefined : { start, end };
  },
  openFrom(text, at) {
    const start = bodyStart(text, at);
    return start >= 0 && !text.includes(DASHES, start) ? start : -1;
  },
};

function bodyStart(text: string, at: number): number {
  HEADER.lastIndex = at;
  return HEADER.test(text) ? HEADER.lastIndex : -1;
}
