import { parseArguments } from "./read-fields.js";

/**
 * One part of a message, as the GenAI semantic conventions write messages: `text`, `tool_call`, `tool_call_response`,
 * `reasoning`, `uri`, `blob`; `refusal` is ours, as they have none.
 */
export interface MessagePart {
  readonly type: string;
}

export interface Message {
  readonly role: string;
  readonly parts: readonly MessagePart[];
  readonly finish_reason?: string;
}

export function textPart(content: unknown): MessagePart & { content: unknown } {
  return { type: "text", content };
}

export function refusalPart(content: unknown): MessagePart & { content: unknown } {
  return { type: "refusal", content };
}

export function reasoningPart(content: unknown): MessagePart & { content: unknown } {
  return { type: "reasoning", content };
}

/** `args` as JSON text or as the value itself. */
export function toolCallPart(id: unknown, name: unknown, args: unknown): MessagePart {
  return { type: "tool_call", id, name, arguments: parseArguments(args) } as MessagePart;
}

export function toolResponsePart(id: unknown, response: unknown): MessagePart {
  return { type: "tool_call_response", id, response } as MessagePart;
}

/** Something the provider has: what it is known by there. */
export function filePart(modality: string, id: unknown): MessagePart {
  return { type: "file", modality, file_id: id } as MessagePart;
}

/** A picture, a sound or a file: its address, or, where it is sent along, how large it was. */
export function mediaPart(modality: string, address: unknown, mimeType?: unknown): MessagePart {
  if (typeof address !== "string") return { type: "blob", modality } as MessagePart;
  if (!address.startsWith("data:") && /^[a-z]+:\/\//i.test(address))
    return { type: "uri", modality, uri: address } as MessagePart;
  const type = mimeType ?? /^data:([^;,]+)/.exec(address.slice(0, 100))?.[1];
  return {
    type: "blob",
    modality,
    mime_type: type,
    content: `[not recorded: ${String(address.length)} chars]`,
  } as MessagePart;
}
