import type { Attributes } from "@opentelemetry/api";
import { type Fields, fieldsOf, put } from "../instruments/index.js";
import * as semconv from "../semconv.js";

/** What a completion, a chunk of one, or a response says beside its content. */
export function describeCompletion(completion: Fields): Attributes {
  const attributes: Attributes = {};
  put(attributes, semconv.GEN_AI_RESPONSE_ID, completion["id"]);
  put(attributes, semconv.GEN_AI_RESPONSE_MODEL, completion["model"]);
  put(attributes, semconv.OPENAI_RESPONSE_SERVICE_TIER, completion["service_tier"]);
  put(attributes, semconv.OPENAI_RESPONSE_SYSTEM_FINGERPRINT, completion["system_fingerprint"]);
  return attributes;
}

/** Tokens as any of OpenAI's APIs tells them: `prompt_tokens` in one, `input_tokens` in the other. */
export function describeUsage(value: unknown): Attributes {
  const usage = fieldsOf(value);
  const attributes: Attributes = {};
  const input = fieldsOf(usage["prompt_tokens_details"] ?? usage["input_tokens_details"]);
  const output = fieldsOf(usage["completion_tokens_details"] ?? usage["output_tokens_details"]);
  put(attributes, semconv.GEN_AI_USAGE_INPUT_TOKENS, usage["prompt_tokens"] ?? usage["input_tokens"]);
  put(attributes, semconv.GEN_AI_USAGE_OUTPUT_TOKENS, usage["completion_tokens"] ?? usage["output_tokens"]);
  put(attributes, semconv.GEN_AI_USAGE_CACHE_READ_TOKENS, input["cached_tokens"]);
  put(attributes, semconv.GEN_AI_USAGE_REASONING_TOKENS, output["reasoning_tokens"]);
  return attributes;
}
