import { log } from "../internal/index.js";
import type { ServerSentEvent } from "./sse-options.js";

/** A comment: it keeps the connection, and no client makes anything of it. */
export const KEEP_ALIVE = ":\n\n";

const LINE_BREAK = /\r\n|\r|\n/;
/** What would end a field's line; in an id, clients refuse NUL besides. */
const BREAKING = /[\r\n\0]+/g;

/**
 * This writes one event as the HTML standard has it ("Server-sent events"). `readText` makes text of the data. A field
 * that would break out of its line has a space instead, and a `retry` that is no number of milliseconds is left out,
 * both said once. An event that has a type and no data is sent with empty data, as clients drop it otherwise.
 */
export function writeEvent(event: ServerSentEvent, readText: (data: unknown) => string): string {
  const { event: type, id, retry, data } = event;
  let text = "";
  if (type !== undefined) text += `event: ${oneLine("event", type)}\n`;
  if (id !== undefined) text += `id: ${oneLine("id", id)}\n`;
  if (retry !== undefined) text += writeRetry(retry);
  if (data !== undefined) text += writeData(readText(data));
  else if (type !== undefined) text += writeData("");
  return `${text}\n`;
}

/** The field that tells a client how long to wait before it connects again. */
export function writeRetry(millis: number): string {
  if (Number.isSafeInteger(millis) && millis >= 0) return `retry: ${String(millis)}\n`;
  log.warn("SPANDREL_SSE_FIELD", "an event's `retry` must be a whole number of milliseconds; it is left out", "retry");
  return "";
}

function writeData(text: string): string {
  return text
    .split(LINE_BREAK)
    .map((line) => `data: ${line}\n`)
    .join("");
}

function oneLine(field: string, value: unknown): string {
  const text = String(value);
  const safe = text.replace(BREAKING, " ");
  if (safe !== text) {
    log.warn("SPANDREL_SSE_FIELD", `an event's \`${field}\` may not have line breaks; a space is sent instead`, field);
  }
  return safe;
}
