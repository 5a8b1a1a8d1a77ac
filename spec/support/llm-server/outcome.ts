/** Why the model stopped, in OpenAI's chat words; each API says it in its own. */
export type Finish = "stop" | "length" | "content_filter" | "tool_calls";

/** A call of a tool; its arguments arrive in these fragments. */
export interface OutcomeToolCall {
  readonly name: string;
  readonly fragments: readonly string[];
}

/** `cached` is part of `input`, `reasoning` part of `output`. */
export interface OutcomeUsage {
  readonly input: number;
  readonly output: number;
  readonly cached?: number;
  readonly reasoning?: number;
}

/** What goes wrong on the wire. Those about streams leave a plain answer as it is, save `cut`, `bytes` and `gated`. */
export type Fault =
  | "hang" // Nothing is ever sent.
  | "reset" // The connection is reset before the headers.
  | "malformed-json" // The body, or the event in the middle, is torn JSON.
  | "cut" // The connection is destroyed in the middle of the body.
  | "no-finish" // The stream closes cleanly before its finish and end events.
  | "no-done" // The stream closes cleanly after its finish, without its end event.
  | "error-event" // An error event in the middle, then a clean close.
  | "failed-event" // `response.failed`; in the other APIs an error event.
  | "bytes" // Every byte is a chunk of its own.
  | "gated" // Every event (a plain body as a whole) waits for `server.gate(model)`.
  | "endless"; // The text never stops.

/** One answer of the server, the same data for every API; what an API has no form for is left out. */
export interface Outcome {
  /** The answer's text, in the pieces of a stream. */
  readonly text?: readonly string[];
  /** More choices, of text only; chat completions alone have them. */
  readonly alternatives?: readonly { readonly text: readonly string[]; readonly finish: Finish }[];
  readonly reasoning?: readonly string[];
  readonly refusal?: readonly string[];
  readonly toolCalls?: readonly OutcomeToolCall[];
  /** Default `tool_calls` with calls, otherwise `stop`. */
  readonly finish?: Finish;
  /** Default 11 in, 7 out. */
  readonly usage?: OutcomeUsage;
  /** 400 and above: an error of the API's own form instead of an answer. */
  readonly status?: number;
  /** Sent with an error, as `retry-after-ms`, so that clients retry at once. */
  readonly retryAfterMillis?: number;
  readonly fault?: Fault;
}

/** How the model stopped. */
export function finishOf(outcome: Outcome): Finish {
  return outcome.finish ?? (outcome.toolCalls === undefined ? "stop" : "tool_calls");
}

/** The token counts, with a zero for each part not given. */
export function usageOf(outcome: Outcome): Required<OutcomeUsage> {
  return { input: 11, output: 7, cached: 0, reasoning: 0, ...outcome.usage };
}

/** The fragments of several lists one by one in turn, each with the index of its list. */
export function interleave(lists: readonly (readonly string[])[]): { index: number; piece: string }[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  const turns = Array.from({ length: longest }, (_, turn) =>
    lists.flatMap((list, index) => {
      const piece = list[turn];
      return piece === undefined ? [] : [{ index, piece }];
    }),
  );
  return turns.flat();
}
