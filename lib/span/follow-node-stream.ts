import { type Context, context } from "@opentelemetry/api";
import { shadowMethod } from "../internal/index.js";
import { findMethod } from "./result-kind.js";
import type { Reopen, StreamRecord } from "./stream-record.js";

/**
 * This follows a Node.js Readable in whichever way it is read (`pipe`, `data` events, `read()`, `for await`): all of
 * them call its `read` and emit `data`. Its source runs in the span's context; listeners, which it may call long after
 * the read that made it work, in the context of the first read.
 */
export function followNodeStream(stream: object, record: StreamRecord, reopen: Reopen): boolean {
  const read = findMethod(stream, "read");
  const emit = findMethod(stream, "emit");
  if (read === undefined || emit === undefined) return false;
  let reader: Context | undefined;
  const isFollowed = shadowMethod(stream, "emit", function (this: object, ...args: unknown[]): unknown {
    observe(record, args);
    const run = (): unknown => Reflect.apply(emit, this, args);
    return reader === undefined ? run() : context.with(reader, run);
  });
  if (!isFollowed) return false;
  shadowMethod(stream, "read", function (this: object, ...args: unknown[]): unknown {
    const scope = record.pull(this, reopen);
    if (scope === undefined) return Reflect.apply(read, this, args);
    reader ??= context.active();
    return context.with(scope, () => Reflect.apply(read, this, args));
  });
  record.watch(stream);
  return true;
}

function observe(record: StreamRecord, [event, payload]: readonly unknown[]): void {
  if (event === "data") record.chunk(payload);
  else if (event === "end") record.complete();
  // Leaving a loop destroys the stream with an AbortError, as an abort signal does.
  else if (event === "close" || (event === "error" && isAbort(payload))) record.leave();
  else if (event === "error") record.fail(payload);
}

function isAbort(error: unknown): boolean {
  try {
    return (error as { name?: unknown } | null)?.name === "AbortError";
  } catch {
    return false;
  }
}
