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
import { describeServer } from "./provider.js";
import { describeCompletion, describeUsage } from "./response-attributes.js";
import { ResponseEvents } from "./response-events.js";

/** This reads `responses.create`. */
export const RESPONSES: CallDialect = {
  operation: "chat",
  model: (request) => textOf(fieldsOf(request)["model"]),
  describeRequest,
  describeTools: (request) => fieldsOf(request)["tools"] ?? undefined,
  describeContent,
  describeResponse,
  readChunks: (isContentCaptured, maxChars) => new ResponseEvents(isContentCaptured, maxChars, describeResponse),
};

function describeRequest(request: unknown, resource: unknown): Attributes {
  const body = fieldsOf(request);
  const attributes: Attributes = { ...describeServer(resource), [semconv.OPENAI_API_TYPE]: "responses" };
  const format = fieldsOf(fieldsOf(body["text"])["format"])["type"];
  if (format !== undefined) attributes[semconv.GEN_AI_OUTPUT_TYPE] = format === "text" ? "text" : "json";
  if (body["stream"] === true) attributes[semconv.GEN_AI_REQUEST_STREAM] = true;
  const { conversation } = body;
  put(attributes, semconv.GEN_AI_CONVERSATION_ID, textOf(conversation) ?? fieldsOf(conversation)["id"]);
  put(attributes, semconv.GEN_AI_REQUEST_MAX_TOKENS, body["max_output_tokens"]);
  put(attributes, semconv.GEN_AI_REQUEST_TEMPERATURE, body["temperature"]);
  put(attributes, semconv.GEN_AI_REQUEST_TOP_P, body["top_p"]);
  put(attributes, semconv.GEN_AI_REQUEST_REASONING_LEVEL, fieldsOf(body["reasoning"])["effort"]);
  put(attributes, semconv.OPENAI_REQUEST_SERVICE_TIER, body["service_tier"]);
  return attributes;
}

function describeContent(request: unknown): Record<string, unknown> {
  const { input, instructions } = fieldsOf(request);
  const content: Record<string, unknown> = {
    [semconv.GEN_AI_INPUT_MESSAGES]:
      typeof input === "string" ? [{ role: "user", parts: [textPart(input)] }] : listOf(input).map(readInputItem),
  };
  if (textOf(instructions) !== undefined) content[semconv.GEN_AI_SYSTEM_INSTRUCTIONS] = [textPart(instructions)];
  else if (Array.isArray(instructions)) content[semconv.GEN_AI_SYSTEM_INSTRUCTIONS] = instructions.map(readInputItem);
  return content;
}

function readInputItem(value: unknown): Message {
  const item = fieldsOf(value);
  const role = textOf(item["role"]);
  if (role !== undefined) return { role, parts: readContent(item["content"]) };
  const { type } = item;
  const isAnswer = typeof type === "string" && type.endsWith("_output");
  return { role: isAnswer ? "tool" : "assistant", parts: readOutputItem(item) };
}

function readContent(content: unknown): MessagePart[] {
  return Array.isArray(content) ? content.map(readPart) : content === undefined ? [] : [textPart(content)];
}

function readPart(value: unknown): MessagePart {
  const part = fieldsOf(value);
  switch (part["type"]) {
    case "input_text":
    case "output_text":
    case "summary_text":
    case "reasoning_text":
    case "text":
      return textPart(part["text"]);
    case "refusal":
      return refusalPart(part["refusal"]);
    case "input_image":
      return readMedia("image", part["image_url"], part["file_id"]);
    case "input_audio":
      return mediaPart("audio", fieldsOf(part["input_audio"])["data"]);
    case "input_file":
      return readMedia("file", part["file_url"] ?? part["file_data"], part["file_id"]);
    default:
      return { type: "unknown", content: value } as MessagePart;
  }
}

function readMedia(modality: string, address: unknown, id: unknown): MessagePart {
  return address === undefined || address === null ? filePart(modality, id) : mediaPart(modality, address);
}

/** One item of the output, which may come back as input of the next call. */
function readOutputItem(item: Fields): MessagePart[] {
  const { type } = item;
  switch (type) {
    case "message":
      return readContent(item["content"]);
    case "function_call":
    case "custom_tool_call":
      return [toolCallPart(item["call_id"], item["name"], item["arguments"] ?? item["input"])];
    case "reasoning": {
      const texts = [...listOf(item["content"]), ...listOf(item["summary"])].flatMap(
        (part) => textOf(fieldsOf(part)["text"]) ?? [],
      );
      return texts.length === 0 ? [] : [reasoningPart(texts.join("\n"))];
    }
    default: {
      const output = item["output"];
      if (typeof type === "string" && type.endsWith("_output")) return [toolResponsePart(item["call_id"], output)];
      // Tools that the provider runs itself: web search, code interpreter, MCP, …
      return [{ ...item, type: textOf(type) ?? "unknown" }];
    }
  }
}

function describeResponse(value: unknown): ResponseFacts {
  const response = fieldsOf(value);
  const items = listOf(response["output"]).map(fieldsOf);
  const finishReason = finishReasonOf(response, items);
  const attributes = { ...describeCompletion(response), ...describeUsage(response["usage"]) };
  put(attributes, semconv.GEN_AI_RESPONSE_FINISH_REASONS, [finishReason]);
  const conversation = fieldsOf(response["conversation"])["id"];
  put(attributes, semconv.GEN_AI_CONVERSATION_ID, conversation);
  const { code, message } = fieldsOf(response["error"]);
  return {
    attributes,
    output: [{ role: "assistant", parts: items.flatMap(readOutputItem), finish_reason: finishReason }],
    failure:
      response["status"] === "failed"
        ? { type: textOf(code) ?? "response_failed", message: textOf(message) ?? "the response failed" }
        : undefined,
  };
}

/** This API has a status where the other has a finish reason. */
function finishReasonOf(response: Fields, items: readonly Fields[]): string {
  const status = textOf(response["status"]) ?? "unknown";
  if (status === "incomplete") return textOf(fieldsOf(response["incomplete_details"])["reason"]) ?? status;
  if (status !== "completed") return status === "failed" ? "error" : status;
  const isToolCall = items.some(({ type }) => type === "function_call" || type === "custom_tool_call");
  return isToolCall ? "tool_calls" : "stop";
}
