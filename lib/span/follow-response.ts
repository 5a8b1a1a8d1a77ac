import { type ReadChunk, followReadableStream } from "./follow-readable-stream.js";
import type { Reopen, StreamRecord } from "./stream-record.js";

const TEXT_TYPES = /^(text\/|application\/(json|xml|javascript|x-www-form-urlencoded|[\w.+-]*\+(json|xml)))/i;

/**
 * This follows a Response by its body: `text()`, `json()`, `clone()` and the others all read that stream. A body of a
 * text type is recorded as text. False when there is no body to follow (none, or already read).
 */
export function followResponse(response: Response, record: StreamRecord, reopen: Reopen): boolean {
  const { body } = response;
  if (body === null || response.bodyUsed) return false;
  return followReadableStream(body, record, reopen, decoderFor(response.headers.get("content-type") ?? ""));
}

function decoderFor(contentType: string): ReadChunk {
  if (!TEXT_TYPES.test(contentType)) return (chunk) => chunk;
  const decoder = new TextDecoder();
  return (chunk) => (chunk instanceof Uint8Array ? decoder.decode(chunk, { stream: true }) : chunk);
}
