import { type Fields, fieldsOf, listOf } from "../instruments/index.js";
import type { ResponseSchema } from "../response-schema/index.js";

/** One call of a function in a message. */
export interface ToolCall {
  readonly id: unknown;
  readonly name: unknown;
  readonly argumentsText: string;
}

/** The calls of functions in a message, in order. */
export function readToolCalls(message: Fields): readonly ToolCall[] {
  return listOf(message["tool_calls"]).map((value) => {
    const { id, function: called } = fieldsOf(value);
    const { name, arguments: text } = fieldsOf(called);
    return { id, name, argumentsText: typeof text === "string" ? text : "" };
  });
}

/** The schema as a function that a model may call. */
export function toFunction({ name, description, jsonSchema }: ResponseSchema<unknown>): Fields {
  return {
    type: "function",
    function: { name, ...(description === undefined ? {} : { description }), parameters: jsonSchema },
  };
}

/** The message as the next request takes it: what else a provider puts into its answers, it may refuse to read. */
export function toAssistantTurn(message: Fields): Fields {
  const { content = null, tool_calls: calls } = message;
  if (listOf(calls).length > 0) return { role: "assistant", content, tool_calls: calls };
  // The API takes no turn without content that calls nothing.
  return { role: "assistant", content: content ?? "" };
}

/** The result of one call, as the model is told it. */
export function toToolTurn({ id }: ToolCall, content: string): Fields {
  return { role: "tool", tool_call_id: id, content };
}
