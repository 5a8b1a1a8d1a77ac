import type { ChatCompletionChunk } from "openai/resources/chat/completions";
import { envelope, finishReasonOf, logprobsOf, usageOf, type ChatReply } from "./chat-completions.js";

type Delta = ChatCompletionChunk.Choice.Delta;

/** The streamed answer as it is sent: its chunks, then the mark that ends it. */
export function* toChatFrames(reply: ChatReply): Generator<string> {
  for (const chunk of toChunks(reply)) yield `data: ${JSON.stringify(chunk)}\n\n`;
  yield "data: [DONE]\n\n";
}

/** The role, the answer piece by piece, the finish reason, and the usage if asked for. */
function* toChunks(reply: ChatReply): Generator<ChatCompletionChunk> {
  const head = {
    ...envelope(),
    object: "chat.completion.chunk" as const,
    ...(reply.hasUsageChunk && { usage: null }),
  };
  const choice = { index: 0, logprobs: null, finish_reason: null };
  const content = reply.calls.length > 0 ? null : "";
  yield { ...head, choices: [{ ...choice, delta: { role: "assistant", content, refusal: null } }] };
  for (const token of reply.tokens) {
    const logprobs = reply.hasLogprobs ? logprobsOf([token]) : null;
    yield { ...head, choices: [{ ...choice, delta: { content: token }, logprobs }] };
  }
  for (const delta of toCallDeltas(reply)) yield { ...head, choices: [{ ...choice, delta }] };
  yield { ...head, choices: [{ ...choice, delta: {}, finish_reason: finishReasonOf(reply) }] };
  if (reply.hasUsageChunk) yield { ...head, choices: [], usage: usageOf(reply) };
}

/** Of each call first its id and name, then its arguments in pieces. */
function* toCallDeltas({ calls }: ChatReply): Generator<Delta> {
  for (const [index, { id, name, tokens }] of calls.entries()) {
    yield { tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] };
    for (const token of tokens) yield { tool_calls: [{ index, function: { arguments: token } }] };
  }
}
