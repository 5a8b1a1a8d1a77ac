import type { ChatCompletion, ChatCompletionChunk } from "openai/resources/chat/completions";
import { CHAT_MODEL, checkRequest, readMessages, readStops, reply, type Reply } from "./rules-model.js";

export interface ChatReply extends Reply {
  readonly hasLogprobs: boolean;
  readonly isStreamed: boolean;
  readonly hasUsageChunk: boolean;
}

/** Reads a request body of `POST /v1/chat/completions` and computes the answer; throws an `ApiError` on a bad one. */
export function replyToChat(body: Readonly<Record<string, unknown>>): ChatReply {
  const { stop, n, stream, logprobs } = body;
  const streamOptions = body["stream_options"] as { include_usage?: boolean } | undefined;
  checkRequest(body, n === 1 ? ["tools"] : ["tools", "n"]);
  return {
    ...reply({
      messages: readMessages(body["messages"]),
      stops: readStops(stop),
      maxTokens: Number(body["max_completion_tokens"] ?? body["max_tokens"] ?? Infinity),
    }),
    hasLogprobs: logprobs === true,
    isStreamed: stream === true,
    hasUsageChunk: streamOptions?.include_usage === true,
  };
}

export function toCompletion(reply: ChatReply): ChatCompletion {
  return {
    ...envelope(),
    object: "chat.completion",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: reply.tokens.join(""), refusal: null },
        logprobs: reply.hasLogprobs ? logprobsOf(reply.tokens) : null,
        finish_reason: finishReasonOf(reply),
      },
    ],
    usage: usageOf(reply),
  };
}

/** The streamed answer as it is sent: its chunks, then the mark that ends it. */
export function* toChatFrames(reply: ChatReply): Generator<string> {
  for (const chunk of toChunks(reply)) yield `data: ${JSON.stringify(chunk)}\n\n`;
  yield "data: [DONE]\n\n";
}

/** The role, the text piece by piece, the finish reason, and the usage if asked for. */
function* toChunks(reply: ChatReply): Generator<ChatCompletionChunk> {
  const head = {
    ...envelope(),
    object: "chat.completion.chunk" as const,
    ...(reply.hasUsageChunk && { usage: null }),
  };
  const choice = { index: 0, logprobs: null, finish_reason: null };
  yield { ...head, choices: [{ ...choice, delta: { role: "assistant", content: "", refusal: null } }] };
  for (const token of reply.tokens) {
    const logprobs = reply.hasLogprobs ? logprobsOf([token]) : null;
    yield { ...head, choices: [{ ...choice, delta: { content: token }, logprobs }] };
  }
  yield { ...head, choices: [{ ...choice, delta: {}, finish_reason: finishReasonOf(reply) }] };
  if (reply.hasUsageChunk) yield { ...head, choices: [], usage: usageOf(reply) };
}

let completionCount = 0;

function envelope(): Pick<ChatCompletion, "id" | "created" | "model"> {
  return { id: `chatcmpl-local-${++completionCount}`, created: Math.floor(Date.now() / 1000), model: CHAT_MODEL };
}

function finishReasonOf({ isCut }: ChatReply): "length" | "stop" {
  return isCut ? "length" : "stop";
}

function usageOf({ tokens, promptTokenCount }: ChatReply): NonNullable<ChatCompletion["usage"]> {
  return {
    prompt_tokens: promptTokenCount,
    completion_tokens: tokens.length,
    total_tokens: promptTokenCount + tokens.length,
  };
}

/** A rule is certain of each piece: probability 1, logarithm 0. */
function logprobsOf(tokens: readonly string[]): NonNullable<ChatCompletion.Choice["logprobs"]> {
  const content = tokens.map((token) => ({ token, logprob: 0, bytes: [...Buffer.from(token)], top_logprobs: [] }));
  return { content, refusal: null };
}
