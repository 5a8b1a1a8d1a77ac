import OpenAI from "openai";
import { CHAT_MODEL } from "./chat-completions.js";
import { EMBEDDING_MODEL } from "./embeddings.js";
import { startLocalOpenAI } from "./server.js";

export interface ModelAccess {
  readonly openai: OpenAI;
  readonly chatModel: string;
  readonly embeddingModel: string;
  /** One line for the user: who answers. */
  readonly description: string;
  readonly close: () => Promise<void>;
}

/**
 * This gives a sample its OpenAI client. With `OPENAI_API_KEY` or `OPENAI_BASE_URL` in the environment it talks to that
 * API, with the models `OPENAI_MODEL` and `OPENAI_EMBEDDING_MODEL`; otherwise to a local server of rules that it starts.
 */
export async function connectOpenAI(env: NodeJS.ProcessEnv = process.env): Promise<ModelAccess> {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL, OPENAI_MODEL, OPENAI_EMBEDDING_MODEL } = env;
  if (apiKey || baseURL) {
    const openai = new OpenAI({ apiKey: apiKey || "none", baseURL: baseURL || undefined });
    const chatModel = OPENAI_MODEL || "gpt-4o-mini";
    return {
      openai,
      chatModel,
      embeddingModel: OPENAI_EMBEDDING_MODEL || "text-embedding-3-small",
      description: `${chatModel} at ${openai.baseURL}`,
      close: async () => {},
    };
  }
  const server = await startLocalOpenAI();
  return {
    openai: new OpenAI({ apiKey: "none", baseURL: server.url }),
    chatModel: CHAT_MODEL,
    embeddingModel: EMBEDDING_MODEL,
    description: `${CHAT_MODEL}, offline (rules, not a language model)`,
    close: () => server.close(),
  };
}
