import type { ServerResponse } from "node:http";
import type { Answer, ServerSpan } from "./server-span.js";

/** Responses of HTTP/2 have "finished" however they end. */
type AnyResponse = ServerResponse & { readonly stream?: { readonly aborted?: unknown } };

const EVENT_STREAM_HEADER = /^content-type:\s*text\/event-stream/im;

/** This ends the span when its response is over: all of it handed to the system, or the connection closed before. */
export function followNodeResponse(
  response: ServerResponse,
  span: ServerSpan,
  readRoute: () => string | undefined,
): void {
  const end = (): void => {
    response.removeListener("finish", end);
    response.removeListener("close", end);
    const answer = describeAnswer(response, readRoute);
    if (isDone(response)) span.end("completed", answer);
    // Closed by this side, with a reason.
    else if (response.errored instanceof Error) span.fail(response.errored, answer);
    else span.end("closed", answer);
  };
  // Nothing more would be heard of it.
  if (response.destroyed || response.writableFinished) return end();
  response.on("finish", end);
  response.on("close", end);
}

function isDone({ writableFinished, stream }: AnyResponse): boolean {
  return writableFinished && stream?.aborted !== true;
}

function describeAnswer(response: ServerResponse, readRoute: () => string | undefined): Answer {
  return {
    status: response.headersSent ? response.statusCode : undefined,
    route: readRoute(),
    isEventStream: isEventStream(response),
  };
}

/** Headers that were given to `writeHead` alone are nowhere but in the text that was sent. */
function isEventStream(response: ServerResponse): boolean {
  const type = response.getHeader("content-type");
  if (typeof type === "string") return type.startsWith("text/event-stream");
  const { _header: sent } = response as { readonly _header?: unknown };
  return typeof sent === "string" && EVENT_STREAM_HEADER.test(sent);
}
