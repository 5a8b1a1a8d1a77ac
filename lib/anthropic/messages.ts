import type { Attributes, Span } from "@opentelemetry/api";
import { type CallDialect, type ResponseFacts, fieldsOf, listOf, put, textOf } from "../instruments/index.js";
import * as semconv from "../semconv.js";
import { readContent } from "./content-blocks.js";
import { MessageEvents } from "./message-events.js";
import { describeServer } from "./provider.js";
import { describeMessage } from "./response-attributes.js";

/** This reads `messages.create` and `beta.messages.create`, which everything else of the client comes down to. */
export const MESSAGES: CallDialect = {
  operation: "chat",
  model: (request) => textOf(fieldsOf(request)["model"]),
  // `messages.stream()` starts a span of the client's own before it calls `create`, and hands it down.
  ownSpan: (options) => {
    const { span } = fieldsOf(fieldsOf(options)["__span"]);
    return typeof fieldsOf(span)["spanContext"] === "function" ? (span as Span) : undefined;
  },
  describeRequest,
  describeTools: (request) => fieldsOf(request)["tools"] ?? undefined,
  describeContent,
  describeResponse,
  readChunks: (isContentCaptured, maxChars) => new MessageEvents(isContentCaptured, maxChars, describeResponse),
};

function describeRequest(request: unknown, resource: unknown): Attributes {
  const body = fieldsOf(request);
  const output = fieldsOf(body["output_config"]);
  const attributes: Attributes = { ...describeServer(resource) };
  const format = fieldsOf(output["format"] ?? body["output_format"])["type"];
  if (format === "json_schema") attributes[semconv.GEN_AI_OUTPUT_TYPE] = "json";
  if (body["stream"] === true) attributes[semconv.GEN_AI_REQUEST_STREAM] = true;
  put(attributes, semconv.GEN_AI_REQUEST_MAX_TOKENS, body["max_tokens"]);
  put(attributes, semconv.GEN_AI_REQUEST_TEMPERATURE, body["temperature"]);
  put(attributes, semconv.GEN_AI_REQUEST_TOP_P, body["top_p"]);
  put(attributes, semconv.GEN_AI_REQUEST_TOP_K, body["top_k"]);
  put(attributes, semconv.GEN_AI_REQUEST_STOP_SEQUENCES, body["stop_sequences"]);
  put(attributes, semconv.GEN_AI_REQUEST_REASONING_LEVEL, output["effort"]);
  return attributes;
}

function describeContent(request: unknown): Record<string, unknown> {
  const { system, messages } = fieldsOf(request);
  const instructions = readContent(system);
  return {
    [semconv.GEN_AI_INPUT_MESSAGES]: listOf(messages).map((value) => {
      const { role, content } = fieldsOf(value);
      return { role: textOf(role) ?? "unknown", parts: readContent(content) };
    }),
    [semconv.GEN_AI_SYSTEM_INSTRUCTIONS]: instructions.length > 0 ? instructions : undefined,
  };
}

function describeResponse(response: unknown): ResponseFacts {
  const message = fieldsOf(response);
  const { content, stop_reason: reason } = message;
  const output = { role: "assistant", parts: readContent(content), finish_reason: textOf(reason) };
  return { attributes: describeMessage(message), output: Array.isArray(content) ? [output] : undefined };
}
