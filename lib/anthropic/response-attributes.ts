import type { Attributes } from "@opentelemetry/api";
import { type Fields, fieldsOf, put } from "../instruments/index.js";
import * as semconv from "../semconv.js";

/** What a message, or the events of one, say beside content. */
export function describeMessage(message: Fields): Attributes {
  const attributes: Attributes = {};
  put(attributes, semconv.GEN_AI_RESPONSE_ID, message["id"]);
  put(attributes, semconv.GEN_AI_RESPONSE_MODEL, message["model"]);
  put(attributes, semconv.GEN_AI_RESPONSE_FINISH_REASONS, [message["stop_reason"]]);
  return { ...attributes, ...describeUsage(fieldsOf(message["usage"])) };
}

/** Anthropic counts tokens that were read from the cache, or written to it, apart from `input_tokens`. */
function describeUsage(usage: Fields): Attributes {
  const attributes: Attributes = {};
  const read = usage["cache_read_input_tokens"];
  const written = usage["cache_creation_input_tokens"];
  const input = usage["input_tokens"];
  if (typeof input === "number") {
    attributes[semconv.GEN_AI_USAGE_INPUT_TOKENS] = input + countOf(read) + countOf(written);
  }
  put(attributes, semconv.GEN_AI_USAGE_CACHE_READ_TOKENS, read);
  put(attributes, semconv.GEN_AI_USAGE_CACHE_CREATION_TOKENS, written);
  put(attributes, semconv.GEN_AI_USAGE_OUTPUT_TOKENS, usage["output_tokens"]);
  const thinking = fieldsOf(usage["output_tokens_details"])["thinking_tokens"];
  put(attributes, semconv.GEN_AI_USAGE_REASONING_TOKENS, thinking);
  return attributes;
}

function countOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
