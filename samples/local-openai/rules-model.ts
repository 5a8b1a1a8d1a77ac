import { ApiError } from "./api-error.js";
import { answer } from "./rules/answer.js";
import { tokenize } from "./tokens.js";

/** The name says what answers: rules, not a language model. */
export const CHAT_MODEL = "local-rules-1";

export interface MessageText {
  readonly role: string;
  readonly text: string;
}

export interface Question {
  readonly messages: readonly MessageText[];
  /** Texts that the answer ends before. */
  readonly stops: readonly string[];
  readonly maxTokens: number;
}

export interface Reply {
  readonly tokens: readonly string[];
  readonly isCut: boolean;
  /** The one of the `stops` that the answer ended before. */
  readonly stop: string | undefined;
  readonly promptTokenCount: number;
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
export function reply({ messages, stops, maxTokens }: Question): Reply {
  const textsOf = (...roles: string[]) => messages.filter(({ role }) => roles.includes(role)).map(({ text }) => text);
  const text = answer({ system: textsOf("system", "developer").join("\n"), user: textsOf("user").at(-1) ?? "" });
  const ends = stops.map((stop) => ({ stop, end: text.indexOf(stop) })).filter(({ end }) => end >= 0);
  const [first] = ends.sort((left, right) => left.end - right.end);
  const tokens = tokenize(text.slice(0, first?.end));
  const isCut = tokens.length > maxTokens;
  return {
    tokens: tokens.slice(0, maxTokens),
    isCut,
    stop: isCut ? undefined : first?.stop,
    // OpenAI counts three tokens around each message and three that open the answer.
    promptTokenCount: messages.reduce((sum, { text }) => sum + tokenize(text).length + 3, 3),
  };
}

/** The list of messages in a request body; throws an `ApiError` where there is none or one holds more than text. */
export function readMessages(messages: unknown): MessageText[] {
  if (Array.isArray(messages) && messages.length > 0) return messages.map(readMessage);
  throw new ApiError(400, "Missing required parameter: 'messages'.", "missing_required_parameter", "messages");
}

function readMessage(message: unknown, index: number): MessageText {
  const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
  if (typeof role !== "string") throw new ApiError(400, "A message needs a 'role'.", null, `messages.[${index}].role`);
  return { role, text: readText(content, `messages.[${index}].content`) };
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
