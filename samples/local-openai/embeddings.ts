import type { CreateEmbeddingResponse } from "openai/resources/embeddings";
import { ApiError } from "./api-error.js";
import { tokenize } from "./tokens.js";

export const EMBEDDING_MODEL = "local-vectors-1";
const DEFAULT_DIMENSIONS = 16;
const MAX_DIMENSIONS = 256;

/** Answers a request body of `POST /v1/embeddings`. */
export function createEmbeddings(body: Readonly<Record<string, unknown>>): CreateEmbeddingResponse {
  const { model, dimensions = DEFAULT_DIMENSIONS, encoding_format: format = "float" } = body;
  if (model !== EMBEDDING_MODEL) {
    throw new ApiError(404, `The model '${String(model)}' does not exist.`, "model_not_found", "model");
  }
  if (!Number.isInteger(dimensions) || Number(dimensions) < 1 || Number(dimensions) > MAX_DIMENSIONS) {
    throw new ApiError(400, `'dimensions' must be an integer from 1 to ${MAX_DIMENSIONS}.`, null, "dimensions");
  }
  const inputs = readInputs(body["input"]);
  const tokenCount = inputs.reduce((sum, input) => sum + tokenize(input).length, 0);
  return {
    object: "list",
    model: EMBEDDING_MODEL,
    data: inputs.map((input, index) => {
      const vector = embed(input, Number(dimensions));
      // The wire allows a base64 string here, and the official client asks for one unless told otherwise; its types
      // show only what it hands on after decoding.
      const embedding = format === "base64" ? (toBase64(vector) as unknown as number[]) : vector;
      return { object: "embedding", index, embedding };
    }),
    usage: { prompt_tokens: tokenCount, total_tokens: tokenCount },
  };
}

/**
 * Turns a text into a unit vector by hashing its words and their three-letter pieces into buckets: the same text gives
 * the same vector, and texts that share words lie close to each other.
 */
export function embed(text: string, dimensions: number = DEFAULT_DIMENSIONS): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    for (const feature of [word, ...trigrams(word)]) {
      const hash = hashOf(feature);
      const bucket = hash % dimensions;
      vector[bucket] = (vector[bucket] ?? 0) + (hash & 0x8000_0000 ? 1 : -1);
    }
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => Math.fround(value / length));
}

function trigrams(word: string): string[] {
  const padded = ` ${word} `;
  return Array.from({ length: padded.length - 2 }, (_, start) => padded.slice(start, start + 3));
}

/** FNV-1a, 32 bit. */
function hashOf(text: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  }
  return hash >>> 0;
}

function toBase64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString("base64");
}

function readInputs(input: unknown): string[] {
  const inputs: unknown[] = Array.isArray(input) ? input : [input];
  if (inputs.length > 0 && inputs.every((item) => typeof item === "string")) return inputs;
  throw new ApiError(400, "'input' must be a string or a list of strings.", null, "input");
}
