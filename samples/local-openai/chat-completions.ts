import type { ChatCompletion, ChatCompletionMessage } from "openai/resources/chat/completions";
import { checkToolTurns } from "./check-tool-turns.js";
import { readForm } from "./read-form.js";
import { readMessages, readStops } from "./read-messages.js";
import { CHAT_MODEL, checkRequest, reply, type Reply } from "./rules-model.js";

export interface ChatReply extends Reply {
  /** Whether the request named the function to call. */
  readonly isForced: boolean;
  readonly hasLogprobs: boolean;
  readonly isStreamed: boolean;
  readonly hasUsageChunk: boolean;
}

/** Reads a request body of `POST /v1/chat/completions` and computes the answer; throws an `ApiError` on a bad one. */
export function replyToChat(body: Readonly<Record<string, unknown>>): ChatReply {
  const { stop, n, stream, logprobs, tools, response_format: format } = body;
  const streamOptions = body["stream_options"] as { include_usage?: boolean } | undefined;
  checkRequest(body, n === 1 ? ["functions"] : ["functions", "n"]);
  const messages = readMessages(body["messages"]);
  checkToolTurns(messages);
  const form = readForm(body);
  return {
    ...reply({
      messages,
      stops: readStops(stop),
      maxTokens: Number(body["max_completion_tokens"] ?? body["max_tokens"] ?? Infinity),
      form,
      definitions: [tools, (format as { json_schema?: unknown } | undefined)?.json_schema]
        .filter((definition) => definition !== undefined)
        .map((definition) => JSON.stringify(definition))
        .join("\n"),
    }),
    isForced: form.kind === "calls" && form.choice === "one",
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
        message: { role: "assistant", ...toContent(reply), refusal: null },
        logprobs: reply.hasLogprobs ? logprobsOf(reply.tokens) : null,
        finish_reason: finishReasonOf(reply),
      },
    ],
    usage: usageOf(reply),
  };
}

function toContent({ tokens, calls }: ChatReply): Pick<ChatCompletionMessage, "content" | "tool_calls"> {
  if (calls.length === 0) return { content: tokens.join("") };
  return {
    content: null,
    tool_calls: calls.map(({ id, name, tokens: json }) => {
      return { id, type: "function", function: { name, arguments: json.join("") } };
    }),
  };
}

let completionCount = 0;

export function envelope(): Pick<ChatCompletion, "id" | "created" | "model"> {
  return { id: `chatcmpl-local-${++completionCount}`, created: Math.floor(Date.now() / 1000), model: CHAT_MODEL };
}

export function finishReasonOf({ isCut, calls, isForced }: ChatReply): "length" | "stop" | "tool_calls" {
  if (isCut) return "length";
  // A function that was forced is no decision of the model's: OpenAI says "stop" of it.
  return calls.length > 0 && !isForced ? "tool_calls" : "stop";
}

export function usageOf({ completionTokenCount, promptTokenCount }: ChatReply): NonNullable<ChatCompletion["usage"]> {
  return {
    prompt_tokens: promptTokenCount,
    completion_tokens: completionTokenCount,
    total_tokens: promptTokenCount + completionTokenCount,
  };
}

/** A rule is certain of each piece: probability 1, logarithm 0. */
export function logprobsOf(tokens: readonly string[]): NonNullable<ChatCompletion.Choice["logprobs"]> {
  const content = tokens.map((token) => ({ token, logprob: 0, bytes: [...Buffer.from(token)], top_logprobs: [] }));
  return { content, refusal: null };
}
