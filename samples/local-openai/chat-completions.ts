import type { ChatCompletion, ChatCompletionChunk } from "openai/resources/chat/completions";
import { ApiError } from "./api-error.js";
import { answer } from "./rules/answer.js";
import type { Prompt } from "./rules/rule.js";
import { tokenize } from "./tokens.js";

/** The name says what answers: rules, not a language model. */
export const CHAT_MODEL = "local-rules-1";

export interface ChatReply {
  readonly tokens: readonly string[];
  readonly finishReason: "stop" | "length";
  readonly promptTokenCount: number;
  readonly hasLogprobs: boolean;
  readonly isStreamed: boolean;
  readonly hasUsageChunk: boolean;
}

/** Reads a request body of `POST /v1/chat/completions` and computes the answer; throws an `ApiError` on a bad one. */
export function replyTo(body: Readonly<Record<string, unknown>>): ChatReply {
  const { model, messages, stop, n, tools, stream, logprobs } = body;
  if (model !== CHAT_MODEL) {
    throw new ApiError(404, `The model '${String(model)}' does not exist.`, "model_not_found", "model");
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new ApiError(400, "Missing required parameter: 'messages'.", "missing_required_parameter", "messages");
  }
  if (tools !== undefined) throw unsupported("tools");
  if (n !== undefined && n !== 1) throw unsupported("n");

  const texts = messages.map(readMessage);
  const text = cutAtStop(answer(toPrompt(texts)), stop);
  const limit = Number(body["max_completion_tokens"] ?? body["max_tokens"] ?? Infinity);
  const tokens = tokenize(text);
  const streamOptions = body["stream_options"] as { include_usage?: boolean } | undefined;
  return {
    tokens: tokens.slice(0, limit),
    finishReason: tokens.length > limit ? "length" : "stop",
    // OpenAI counts three tokens around each message and three that open the answer.
    promptTokenCount: texts.reduce((sum, { text }) => sum + tokenize(text).length + 3, 3),
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
        finish_reason: reply.finishReason,
      },
    ],
    usage: usageOf(reply),
  };
}

/** The chunks of a streamed answer: the role, the text piece by piece, the finish reason, and the usage if asked for. */
export function* toChunks(reply: ChatReply): Generator<ChatCompletionChunk> {
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
  yield { ...head, choices: [{ ...choice, delta: {}, finish_reason: reply.finishReason }] };
  if (reply.hasUsageChunk) yield { ...head, choices: [], usage: usageOf(reply) };
}

let completionCount = 0;

function envelope(): Pick<ChatCompletion, "id" | "created" | "model"> {
  return { id: `chatcmpl-local-${++completionCount}`, created: Math.floor(Date.now() / 1000), model: CHAT_MODEL };
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

interface MessageText {
  readonly role: string;
  readonly text: string;
}

function readMessage(message: unknown, index: number): MessageText {
  const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
  if (typeof role !== "string") throw new ApiError(400, "A message needs a 'role'.", null, `messages.[${index}].role`);
  if (typeof content === "string") return { role, text: content };
  const parts: unknown[] = Array.isArray(content) ? content : [];
  const texts = parts.flatMap((part) => (isTextPart(part) ? [part.text] : []));
  if (texts.length === 0 || texts.length < parts.length) {
    throw new ApiError(400, `${CHAT_MODEL} reads text content only.`, null, `messages.[${index}].content`);
  }
  return { role, text: texts.join("\n") };
}

function isTextPart(part: unknown): part is { type: "text"; text: string } {
  return typeof part === "object" && part !== null && "text" in part && typeof part.text === "string";
}

function toPrompt(messages: readonly MessageText[]): Prompt {
  const textsOf = (...roles: string[]) => messages.filter(({ role }) => roles.includes(role)).map(({ text }) => text);
  return { system: textsOf("system", "developer").join("\n"), user: textsOf("user").at(-1) ?? "" };
}

function cutAtStop(text: string, stop: unknown): string {
  const stops: unknown[] = Array.isArray(stop) ? stop : [stop];
  const ends = stops.filter((item) => typeof item === "string").map((item) => text.indexOf(item));
  return text.slice(0, Math.min(text.length, ...ends.filter((end) => end >= 0)));
}

function unsupported(param: string): ApiError {
  return new ApiError(400, `${CHAT_MODEL} does not support '${param}'.`, "unsupported_parameter", param);
}
