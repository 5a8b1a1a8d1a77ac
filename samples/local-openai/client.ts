import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { EMBEDDING_MODEL } from "./embeddings.js";
import { CHAT_MODEL } from "./rules-model.js";
import { startLocalOpenAI } from "./server.js";

/** What both kinds of access tell and need. */
interface Access {
  readonly chatModel: string;
  /** One line for the user: who answers. */
  readonly description: string;
  readonly close: () => Promise<void>;
}

export interface OpenAIAccess extends Access {
  readonly openai: OpenAI;
  readonly embeddingModel: string;
}

export interface AnthropicAccess extends Access {
  readonly anthropic: Anthropic;
}

const OFFLINE = `${CHAT_MODEL}, offline (rules, not a language model)`;

/**
 * This gives a sample its OpenAI client. With `OPENAI_API_KEY` or `OPENAI_BASE_URL` in the environment it talks to that
 * API, with the models `OPENAI_MODEL` and `OPENAI_EMBEDDING_MODEL`; otherwise to a local server of rules that it starts.
 */
export async function connectOpenAI(env: NodeJS.ProcessEnv = process.env): Promise<OpenAIAccess> {
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
    description: OFFLINE,
    close: () => server.close(),
  };
}

/** The same for Anthropic's client: `ANTHROPIC_API_KEY` or `ANTHROPIC_BASE_URL`, and `ANTHROPIC_MODEL`. */
export async function connectAnthropic(env: NodeJS.ProcessEnv = process.env): Promise<AnthropicAccess> {
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseURL, ANTHROPIC_MODEL } = env;
  if (apiKey || baseURL) {
    const anthropic = new Anthropic({ apiKey: apiKey || "none", ...(baseURL && { baseURL }) });
    const chatModel = ANTHROPIC_MODEL || "claude-sonnet-5-5";
    return { anthropic, chatModel, description: `${chatModel} at ${anthropic.baseURL}`, close: async () => {} };
  }
  const server = await startLocalOpenAI();
  return {
    anthropic: new Anthropic({ apiKey: "none", baseURL: server.anthropicUrl }),
    chatModel: CHAT_MODEL,
    description: OFFLINE,
    close: () => server.close(),
  };
}
