import type { Outcome } from "./outcome.js";

/** What an API makes its answer from. */
export interface Asked {
  /** Counts the server's requests; makes ids. */
  readonly number: number;
  readonly model: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * `open` and `close` events frame the `delta` events; `finish` says why the model stopped (usage may follow in
 * one more), `done` ends the stream.
 */
export type Phase = "open" | "delta" | "close" | "finish" | "done";

/** One event of a stream as it is on the wire. */
export interface Frame {
  readonly phase: Phase;
  readonly text: string;
}

/** One endpoint: turns an outcome into what a provider sends. */
export interface LlmApi {
  readonly name: "chat" | "responses" | "embeddings" | "messages";
  /** The end of the request's path. */
  readonly path: string;
  readonly requestIdHeader: string;
  toBody(outcome: Outcome, asked: Asked): unknown;
  /** An API without it does not stream. */
  toFrames?(outcome: Outcome, asked: Asked): readonly Frame[];
  toErrorBody(status: number): unknown;
  toErrorFrame?(fault: "error-event" | "failed-event", asked: Asked): Frame;
}

/** The snapshot that answers is never what was asked for by name, so that a span's two models can be told apart. */
export function servedModel(asked: Asked): string {
  return `${asked.model}-2026-08-06`;
}

/** Seconds; every answer is created at the same instant. */
export const CREATED = 1_790_000_000;

/** An event without a name. */
export function dataFrame(phase: Phase, data: unknown): Frame {
  return { phase, text: `data: ${JSON.stringify(data)}\n\n` };
}

/** An event named as its own `type`. */
export function namedFrame<Event extends { readonly type: string }>(phase: Phase, data: Event): Frame {
  return { phase, text: `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n` };
}

const OPENAI_ERRORS: Readonly<Record<number, readonly [type: string, code: string | null, message: string]>> = {
  400: ["invalid_request_error", "invalid_value", "The fixture refuses this request."],
  401: ["invalid_request_error", "invalid_api_key", "Incorrect API key provided."],
  404: ["invalid_request_error", "model_not_found", "The fixture has no such path or model."],
  429: ["requests", "rate_limit_exceeded", "Rate limit reached."],
  500: ["server_error", null, "The fixture had an error."],
};

/** The error object of OpenAI's APIs. */
export function toOpenAIError(status: number): { error: Record<string, string | null> } {
  const [type, code, message] = OPENAI_ERRORS[status] ?? ["server_error", null, `The fixture answers ${status}.`];
  return { error: { message, type, param: null, code } };
}
