import { ApiError } from "./api-error.js";
import type { Turn } from "./rules/extract/conversation.js";
import { answerInForm, type Form } from "./rules/answer-in-form.js";
import { tokenize } from "./tokens.js";

/** The name says what answers: rules, not a language model. */
export const CHAT_MODEL = "local-rules-1";

export interface Question {
  readonly messages: readonly Turn[];
  /** Texts that the answer ends before. */
  readonly stops: readonly string[];
  readonly maxTokens: number;
  readonly form?: Form;
  /** What came with the messages and counts as read: the tools or the schema. */
  readonly definitions?: string | undefined;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** The arguments as JSON, in pieces. */
  readonly tokens: readonly string[];
}

/** An answer is a text or a list of calls. */
export interface Reply {
  readonly tokens: readonly string[];
  readonly calls: readonly ToolCall[];
  readonly isCut: boolean;
  /** The one of the `stops` that the answer ended before. */
  readonly stop: string | undefined;
  readonly promptTokenCount: number;
  readonly completionTokenCount: number;
}

/** Throws an `ApiError` when the request is for another model or has one of the parameters that no rule can follow. */
export function checkRequest(body: Readonly<Record<string, unknown>>, unsupported: readonly string[]): void {
  const { model } = body;
  if (model !== CHAT_MODEL) {
    throw new ApiError(404, `The model '${String(model)}' does not exist.`, "model_not_found", "model");
  }
  const param = unsupported.find((name) => body[name] !== undefined);
  if (param === undefined) return;
  throw new ApiError(400, `${CHAT_MODEL} does not support '${param}'.`, "unsupported_parameter", param);
}

/** Computes the answer to a request of either protocol. */
export function reply({ messages, stops, maxTokens, form = { kind: "text" }, definitions = "" }: Question): Reply {
  const { text, calls } = answerInForm(messages, form);
  const ends = stops.map((stop) => ({ stop, end: text.indexOf(stop) })).filter(({ end }) => end >= 0);
  const [first] = ends.sort((left, right) => left.end - right.end);
  const whole = [text.slice(0, first?.end), ...calls.map((call) => JSON.stringify(call.arguments))].map(tokenize);
  const [tokens = [], ...callTokens] = keepFirst(whole, maxTokens);
  const isCut = countOf(whole) > maxTokens;
  return {
    tokens,
    calls: calls.map(({ name }, index) => ({ id: `call_local_${++callCount}`, name, tokens: callTokens[index] ?? [] })),
    isCut,
    stop: isCut ? undefined : first?.stop,
    // OpenAI counts three tokens around each message and three that open the answer.
    promptTokenCount: messages.reduce(
      (sum, message) => sum + tokenize(message.text).length + 3,
      3 + tokenize(definitions).length,
    ),
    completionTokenCount: countOf([tokens, ...callTokens, ...calls.map(({ name }) => tokenize(name))]),
  };
}

let callCount = 0;

/** The first tokens of several lists, `max` in all. */
function keepFirst(lists: readonly (readonly string[])[], max: number): (readonly string[])[] {
  let left = max;
  return lists.map((list) => {
    const kept = list.slice(0, left);
    left -= kept.length;
    return kept;
  });
}

function countOf(lists: readonly (readonly string[])[]): number {
  return lists.reduce((sum, list) => sum + list.length, 0);
}
