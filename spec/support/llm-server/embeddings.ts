import type { CreateEmbeddingResponse } from "openai/resources/embeddings";
import { type LlmApi, servedModel, toOpenAIError } from "./api.js";
import { usageOf } from "./outcome.js";

/** `POST …/embeddings`: short vectors, as base64 when asked for, as the official client does. */
export const embeddings: LlmApi = {
  name: "embeddings",
  path: "/embeddings",
  requestIdHeader: "x-request-id",
  toErrorBody: toOpenAIError,

  toBody(outcome, asked) {
    const { input, dimensions, encoding_format: format } = asked.body;
    const inputs: readonly unknown[] = Array.isArray(input) ? input : [input];
    const size = typeof dimensions === "number" ? dimensions : 4;
    const { input: tokens } = usageOf(outcome);
    const data = inputs.map((_, index) => {
      const vector = Float32Array.from({ length: size }, (_unused, at) => (index + 1) / 2 ** (at + 1));
      const embedding = format === "base64" ? Buffer.from(vector.buffer).toString("base64") : [...vector];
      return { object: "embedding" as const, index, embedding };
    });
    return {
      object: "list",
      data,
      model: servedModel(asked),
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    } satisfies Omit<CreateEmbeddingResponse, "data"> & { data: unknown };
  },
};
