import { ApiError } from "./api-error.js";
import type { Turn } from "./rules/extract/conversation.js";
import { CHAT_MODEL } from "./rules-model.js";

/** The list of messages in a request body; throws an `ApiError` where there is none or one holds more than text. */
export function readMessages(messages: unknown): Turn[] {
  if (Array.isArray(messages) && messages.length > 0) return messages.map(readMessage);
  throw new ApiError(400, "Missing required parameter: 'messages'.", "missing_required_parameter", "messages");
}

function readMessage(message: unknown, index: number): Turn {
  const { role, content, tool_calls: calls, tool_call_id: callId } = (message ?? {}) as Record<string, unknown>;
  const param = `messages.[${index}]`;
  if (typeof role !== "string") throw new ApiError(400, "A message needs a 'role'.", null, `${param}.role`);
  if (role === "tool" && typeof callId !== "string") {
    const missing = `Missing required parameter: '${param}.tool_call_id'.`;
    throw new ApiError(400, missing, "missing_required_parameter", `${param}.tool_call_id`);
  }
  const called = role === "assistant" && Array.isArray(calls) ? calls.map((call, at) => readCall(call, param, at)) : [];
  // An answer that is all calls has no text.
  const hasText = called.length === 0 || (content !== null && content !== undefined && content !== "");
  const texts = [...(hasText ? [readText(content, `${param}.content`)] : []), ...called.map(({ text }) => text)];
  return {
    role,
    text: texts.join("\n"),
    ...(called.length > 0 && { callIds: called.map(({ id }) => id) }),
    ...(role === "tool" && { callId: String(callId) }),
  };
}

function readCall(call: unknown, param: string, index: number): { readonly id: string; readonly text: string } {
  const { id, function: called } = (call ?? {}) as { id?: unknown; function?: { name?: unknown; arguments?: unknown } };
  const { name, arguments: text } = called ?? {};
  if (typeof id === "string" && typeof name === "string" && typeof text === "string") return { id, text: name + text };
  const wrong = `A tool call needs an 'id' and a 'function' with 'name' and 'arguments'.`;
  throw new ApiError(400, wrong, null, `${param}.tool_calls[${index}]`);
}

/** A text, or a list of text parts; `param` is what the error names. */
export function readText(content: unknown, param: string): string {
  if (typeof content === "string") return content;
  const parts: unknown[] = Array.isArray(content) ? content : [];
  const texts = parts.flatMap((part) => (isTextPart(part) ? [part.text] : []));
  if (texts.length > 0 && texts.length === parts.length) return texts.join("\n");
  throw new ApiError(400, `${CHAT_MODEL} reads text content only.`, null, param);
}

function isTextPart(part: unknown): part is { text: string } {
  return typeof part === "object" && part !== null && "text" in part && typeof part.text === "string";
}

export function readStops(stop: unknown): string[] {
  const stops: unknown[] = Array.isArray(stop) ? stop : [stop];
  return stops.filter((item) => typeof item === "string");
}
