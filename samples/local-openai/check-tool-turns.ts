import { ApiError } from "./api-error.js";
import type { Turn } from "./rules/extract/conversation.js";

/** Throws an `ApiError`, as OpenAI answers, unless each call has its answer right behind it, and each answer its call. */
export function checkToolTurns(turns: readonly Turn[]): void {
  let pending: readonly string[] = [];
  turns.forEach(({ role, callId, callIds = [] }, index) => {
    if (role === "tool") {
      if (!pending.includes(callId ?? "")) {
        const rule = "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.";
        throw new ApiError(400, `Invalid parameter: ${rule}`, null, `messages.[${index}].role`);
      }
      pending = pending.filter((id) => id !== callId);
      return;
    }
    checkAnswered(pending, index);
    pending = callIds;
  });
  checkAnswered(pending, turns.length);
}

function checkAnswered(pending: readonly string[], index: number): void {
  if (pending.length === 0) return;
  const rule =
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
    `The following tool_call_ids did not have response messages: ${pending.join(", ")}`;
  throw new ApiError(400, rule, null, `messages.[${index}].role`);
}
