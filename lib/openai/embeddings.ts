import type { Attributes } from "@opentelemetry/api";
import { type CallDialect, fieldsOf, listOf, put, textOf, textPart } from "../instruments/index.js";
import * as semconv from "../semconv.js";
import { describeServer } from "./provider.js";
import { describeCompletion, describeUsage } from "./response-attributes.js";

/** This reads `embeddings.create`. The vectors are not recorded, only how long they are. */
export const EMBEDDINGS: CallDialect = {
  operation: "embeddings",
  model: (request) => textOf(fieldsOf(request)["model"]),
  describeRequest: (request, resource) => {
    const attributes: Attributes = describeServer(resource);
    const { encoding_format: format, dimensions } = fieldsOf(request);
    const described = { ...attributes };
    put(described, semconv.GEN_AI_REQUEST_ENCODING_FORMATS, format === undefined ? undefined : [format]);
    put(described, semconv.GEN_AI_EMBEDDINGS_DIMENSION_COUNT, dimensions);
    return described;
  },
  describeContent: (request) => {
    const parts = readInput(fieldsOf(request)["input"]);
    return { [semconv.GEN_AI_INPUT_MESSAGES]: parts.length > 0 ? [{ role: "user", parts }] : undefined };
  },
  describeResponse: (response) => {
    const { data, usage, ...rest } = fieldsOf(response);
    const attributes = { ...describeCompletion(rest), ...describeUsage(usage) };
    const vector = fieldsOf(listOf(data)[0])["embedding"];
    if (Array.isArray(vector)) put(attributes, semconv.GEN_AI_EMBEDDINGS_DIMENSION_COUNT, vector.length);
    return { attributes };
  },
  readChunks: undefined,
};

/** Texts; lists of tokens say nothing to a reader. */
function readInput(input: unknown): { type: string; content: unknown }[] {
  const texts: readonly unknown[] = Array.isArray(input) ? input : [input];
  return texts.filter((text) => typeof text === "string").map((text) => textPart(text));
}
