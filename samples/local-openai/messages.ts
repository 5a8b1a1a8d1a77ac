import type { Message, RawMessageStreamEvent, StopReason, Usage } from "@anthropic-ai/sdk/resources/messages";
import { ApiError } from "./api-error.js";
import { readMessages, readStops, readText } from "./read-messages.js";
import { CHAT_MODEL, checkRequest, reply, type Reply } from "./rules-model.js";

export interface MessageReply extends Reply {
  readonly isStreamed: boolean;
}

/** Reads a request body of Anthropic's `POST /v1/messages` and computes the answer; throws an `ApiError` on a bad one. */
export function replyToMessage(body: Readonly<Record<string, unknown>>): MessageReply {
  const { system, max_tokens: maxTokens, stop_sequences: stop, stream } = body;
  checkRequest(body, ["tools", "thinking"]);
  if (!Number.isInteger(maxTokens)) throw new ApiError(400, "max_tokens: Field required", null, "max_tokens");
  const instructions = system === undefined ? [] : [{ role: "system", text: readText(system, "system") }];
  return {
    ...reply({
      messages: [...instructions, ...readMessages(body["messages"])],
      stops: readStops(stop),
      maxTokens: Number(maxTokens),
    }),
    isStreamed: stream === true,
  };
}

export function toMessage(reply: MessageReply): Message {
  return {
    ...envelope(reply),
    content: [{ type: "text", text: reply.tokens.join(""), citations: null }],
    ...endOf(reply),
    usage: usageOf(reply, reply.tokens.length),
  };
}

/** The streamed answer as it is sent: each event with its type in front. */
export function* toMessageFrames(reply: MessageReply): Generator<string> {
  for (const event of toEvents(reply)) yield `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function* toEvents(reply: MessageReply): Generator<RawMessageStreamEvent> {
  yield { type: "message_start", message: envelope(reply) };
  yield { type: "content_block_start", index: 0, content_block: { type: "text", text: "", citations: null } };
  for (const text of reply.tokens) {
    yield { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } };
  }
  yield { type: "content_block_stop", index: 0 };
  const delta = { container: null, stop_details: null, ...endOf(reply) };
  yield { type: "message_delta", delta, usage: usageOf(reply, reply.tokens.length) };
  yield { type: "message_stop" };
}

let messageCount = 0;

/** A message before its first word. */
function envelope(reply: MessageReply): Message {
  return {
    id: `msg_local_${++messageCount}`,
    type: "message",
    role: "assistant",
    model: CHAT_MODEL,
    content: [],
    container: null,
    diagnostics: null,
    stop_details: null,
    stop_reason: null,
    stop_sequence: null,
    usage: usageOf(reply, 0),
  };
}

function endOf({ isCut, stop }: MessageReply): { stop_reason: StopReason; stop_sequence: string | null } {
  if (isCut) return { stop_reason: "max_tokens", stop_sequence: null };
  return { stop_reason: stop === undefined ? "end_turn" : "stop_sequence", stop_sequence: stop ?? null };
}

function usageOf({ promptTokenCount }: MessageReply, outputTokenCount: number): Usage {
  return {
    input_tokens: promptTokenCount,
    output_tokens: outputTokenCount,
    cache_creation: null,
    cache_creation_input_tokens: null,
    cache_read_input_tokens: null,
    inference_geo: null,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: null,
    speed: null,
  };
}
