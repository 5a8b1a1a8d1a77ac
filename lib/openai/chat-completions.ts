import type { Attributes } from "@opentelemetry/api";
import {
  type CallDialect,
  type Fields,
  type Message,
  type MessagePart,
  type ResponseFacts,
  fieldsOf,
  listOf,
  filePart,
  mediaPart,
  put,
  reasoningPart,
  refusalPart,
  textOf,
  textPart,
  toolCallPart,
  toolResponsePart,
} from "../instruments/index.js";
import * as semconv from "../semconv.js";
import { ChatChunks } from "./chat-chunks.js";
import { describeServer } from "./provider.js";
import { describeCompletion, describeUsage } from "./response-attributes.js";

/** This reads `chat.completions.create`. */
export const CHAT_COMPLETIONS: CallDialect = {
  operation: "chat",
  model: (request) => textOf(fieldsOf(request)["model"]),
  describeRequest,
  describeTools: (request) => {
    const { tools, functions } = fieldsOf(request);
    return tools ?? functions ?? undefined;
  },
  describeContent: (request) => ({
    [semconv.GEN_AI_INPUT_MESSAGES]: listOf(fieldsOf(request)["messages"]).map(readMessage),
  }),
  describeResponse,
  readChunks: (isContentCaptured, maxChars) => new ChatChunks(isContentCaptured, maxChars),
};

function describeRequest(request: unknown, resource: unknown): Attributes {
  const body = fieldsOf(request);
  const attributes: Attributes = { ...describeServer(resource), [semconv.OPENAI_API_TYPE]: "chat_completions" };
  const { stop } = body;
  const format = fieldsOf(body["response_format"])["type"];
  if (format !== undefined) attributes[semconv.GEN_AI_OUTPUT_TYPE] = format === "text" ? "text" : "json";
  if (body["stream"] === true) attributes[semconv.GEN_AI_REQUEST_STREAM] = true;
  if (typeof body["n"] === "number" && body["n"] !== 1) attributes[semconv.GEN_AI_REQUEST_CHOICE_COUNT] = body["n"];
  put(attributes, semconv.GEN_AI_REQUEST_STOP_SEQUENCES, typeof stop === "string" ? [stop] : stop);
  put(attributes, semconv.GEN_AI_REQUEST_MAX_TOKENS, body["max_completion_tokens"] ?? body["max_tokens"]);
  put(attributes, semconv.GEN_AI_REQUEST_TEMPERATURE, body["temperature"]);
  put(attributes, semconv.GEN_AI_REQUEST_TOP_P, body["top_p"]);
  put(attributes, semconv.GEN_AI_REQUEST_SEED, body["seed"]);
  put(attributes, semconv.GEN_AI_REQUEST_FREQUENCY_PENALTY, body["frequency_penalty"]);
  put(attributes, semconv.GEN_AI_REQUEST_PRESENCE_PENALTY, body["presence_penalty"]);
  put(attributes, semconv.GEN_AI_REQUEST_REASONING_LEVEL, body["reasoning_effort"]);
  put(attributes, semconv.OPENAI_REQUEST_SERVICE_TIER, body["service_tier"]);
  return attributes;
}

function describeResponse(response: unknown): ResponseFacts {
  const completion = fieldsOf(response);
  const attributes = { ...describeCompletion(completion), ...describeUsage(completion["usage"]) };
  const choices = listOf(completion["choices"]).map(fieldsOf);
  put(
    attributes,
    semconv.GEN_AI_RESPONSE_FINISH_REASONS,
    choices.map((choice) => choice["finish_reason"] ?? "unknown"),
  );
  const output = choices.map((choice): Message => {
    const message = readMessage(choice["message"]);
    return { ...message, role: "assistant", finish_reason: textOf(choice["finish_reason"]) ?? "unknown" };
  });
  return { attributes, output: output.length > 0 ? output : undefined };
}

/** One message in parts, of a request or of a response. */
function readMessage(value: unknown): Message {
  const message = fieldsOf(value);
  const role = textOf(message["role"]) ?? "unknown";
  const { content } = message;
  if (role === "tool" || role === "function") {
    const id = message["tool_call_id"] ?? message["name"];
    return { role, parts: [toolResponsePart(id, Array.isArray(content) ? readContent(content) : content)] };
  }
  const parts = readContent(content);
  const reasoning = textOf(message["reasoning_content"]) ?? textOf(message["reasoning"]);
  // Other providers' models think aloud, in a field that OpenAI's do not have.
  if (reasoning !== undefined) parts.unshift(reasoningPart(reasoning));
  if (textOf(message["refusal"]) !== undefined) parts.push(refusalPart(message["refusal"]));
  for (const call of listOf(message["tool_calls"])) parts.push(readToolCall(call));
  const legacy = message["function_call"];
  if (legacy !== undefined && legacy !== null) parts.push(readToolCall({ function: legacy }));
  if (message["audio"] !== undefined && message["audio"] !== null)
    parts.push(mediaPart("audio", fieldsOf(message["audio"])["data"]));
  return { role, parts };
}

function readContent(content: unknown): MessagePart[] {
  if (content === undefined || content === null || content === "") return [];
  return Array.isArray(content) ? content.map(readPart) : [textPart(content)];
}

function readPart(value: unknown): MessagePart {
  const part = fieldsOf(value);
  switch (part["type"]) {
    case "text":
      return textPart(part["text"]);
    case "refusal":
      return refusalPart(part["refusal"]);
    case "image_url":
      return mediaPart("image", fieldsOf(part["image_url"])["url"]);
    case "input_audio":
      return mediaPart("audio", fieldsOf(part["input_audio"])["data"]);
    case "file":
      return readFile(fieldsOf(part["file"]));
    default:
      return { type: "unknown", content: value } as MessagePart;
  }
}

function readFile({ file_data: data, file_id: id }: Fields): MessagePart {
  return data === undefined ? filePart("file", id) : mediaPart("file", data);
}

function readToolCall(value: unknown): MessagePart {
  const call = fieldsOf(value);
  const called = fieldsOf(call["function"] ?? call["custom"]);
  return toolCallPart(call["id"], called["name"], called["arguments"] ?? called["input"]);
}
