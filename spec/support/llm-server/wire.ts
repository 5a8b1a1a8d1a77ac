import type { ServerResponse } from "node:http";
import { setImmediate as macrotask } from "node:timers/promises";
import type { Asked, Frame, LlmApi } from "./api.js";
import type { Gate } from "./gate.js";
import type { Outcome } from "./outcome.js";

const cut = new WeakSet<ServerResponse>();

/** Whether it was the server that broke the connection. */
export function isCut(response: ServerResponse): boolean {
  return cut.has(response);
}

/** Breaks the connection, whatever has been sent. */
export function cutConnection(response: ServerResponse): void {
  if (response.writableFinished) return;
  cut.add(response);
  response.socket?.destroy();
}

/** Sends an outcome in the form of its API, faults included. */
export async function sendOutcome(
  response: ServerResponse,
  api: LlmApi,
  outcome: Outcome,
  asked: Asked,
  gate: Gate,
): Promise<void> {
  const { fault, status = 200, retryAfterMillis } = outcome;
  if (fault === "hang") return;
  if (fault === "reset") {
    cut.add(response);
    response.socket?.resetAndDestroy();
    return;
  }
  response.setHeader(api.requestIdHeader, `req_${asked.number}`);
  if (retryAfterMillis !== undefined) {
    response.setHeader("retry-after-ms", String(retryAfterMillis));
    response.setHeader("retry-after", String(Math.ceil(retryAfterMillis / 1000)));
  }
  if (status >= 400) return sendBody(response, status, JSON.stringify(api.toErrorBody(status)));
  if (asked.body["stream"] === true && api.toFrames !== undefined) {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
    const frames = api.toFrames(outcome, asked);
    return sendFrames(response, fault === undefined ? frames : applyFault(fault, frames, api, asked), fault, gate);
  }
  const body = JSON.stringify(api.toBody(outcome, asked));
  if (fault === "malformed-json") return sendBody(response, status, body.slice(0, body.length / 2));
  if (fault !== "cut" && fault !== "bytes" && fault !== "gated") return sendBody(response, status, body);
  response.writeHead(status, { "content-type": "application/json" });
  const text = fault === "cut" ? body.slice(0, body.length / 2) : body;
  return sendFrames(response, [{ phase: "delta", text }], fault, gate);
}

function sendBody(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body);
}

/** The events of a stream with this fault, which may go on for ever. */
function applyFault(
  fault: NonNullable<Outcome["fault"]>,
  frames: readonly Frame[],
  api: LlmApi,
  asked: Asked,
): Iterable<Frame> {
  const deltas = frames.filter((frame) => frame.phase === "delta");
  const middle = deltas[Math.floor(deltas.length / 2)] ?? frames[0];
  const untilMiddle = frames.slice(
    0,
    frames.findIndex((frame) => frame === middle),
  );
  switch (fault) {
    case "cut":
      return untilMiddle;
    case "malformed-json":
      return frames.map((frame) =>
        frame === middle ? { ...frame, text: `${frame.text.slice(0, frame.text.length / 2)}\n\n` } : frame,
      );
    case "error-event":
    case "failed-event":
      return [...untilMiddle, ...(api.toErrorFrame === undefined ? [] : [api.toErrorFrame(fault, asked)])];
    case "no-finish":
      return frames.filter(({ phase }) => phase !== "finish" && phase !== "done");
    case "no-done":
      return frames.filter(({ phase }) => phase !== "done");
    case "endless":
      return repeat(untilMiddle, middle);
    case "hang":
    case "reset":
    case "bytes":
    case "gated":
      return frames;
  }
}

function* repeat(start: readonly Frame[], last: Frame | undefined): Generator<Frame> {
  yield* start;
  while (last !== undefined) yield last;
}

async function sendFrames(
  response: ServerResponse,
  frames: Iterable<Frame>,
  fault: Outcome["fault"],
  gate: Gate,
): Promise<void> {
  const isOpen = (): boolean => response.socket !== null && !response.socket.destroyed && !response.destroyed;
  // A small write waits for the last one's acknowledgement otherwise, and events arrive stuck together.
  response.socket?.setNoDelay(true);
  response.flushHeaders();
  for (const { text } of frames) {
    const onSent = fault === "gated" ? await gate.pass() : undefined;
    const bytes = Buffer.from(text);
    const parts = fault === "bytes" ? Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)) : [bytes];
    for (const part of parts) {
      if (!isOpen()) return;
      await write(response, part);
    }
    onSent?.(isOpen());
  }
  if (!isOpen()) return;
  if (fault === "cut") cutConnection(response);
  else response.end();
}

/** Resolves when the client's side has room for more, and has had a turn to read. */
async function write(response: ServerResponse, part: Buffer): Promise<void> {
  if (!response.write(part)) {
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        response.off("drain", goOn).off("close", goOn);
        resolve();
      };
      response.on("drain", goOn).on("close", goOn);
    });
  }
  await macrotask();
}
