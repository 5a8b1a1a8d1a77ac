import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import OpenAI6 from "openai-6";
import type { LlmServer } from "../llm-fixture-server.js";

/** Both supported majors, for `describe.each`; what specs call is typed alike in the two. */
export const OPENAI_MAJORS: readonly (readonly [name: string, OpenAIClass: typeof OpenAI])[] = [
  ["openai 7", OpenAI],
  ["openai 6", OpenAI6 as unknown as typeof OpenAI],
];

/** A client of the server; it logs nothing, and retries twice like any other. */
export function openAIOf(
  server: Pick<LlmServer, "url">,
  Class: typeof OpenAI = OpenAI,
  options: ConstructorParameters<typeof OpenAI>[0] = {},
): OpenAI {
  return new Class({ apiKey: "none", baseURL: server.url, logLevel: "off", ...options });
}

export function anthropicOf(
  server: Pick<LlmServer, "url">,
  options: ConstructorParameters<typeof Anthropic>[0] = {},
): Anthropic {
  return new Anthropic({ apiKey: "none", baseURL: server.url, logLevel: "off", ...options });
}

/** What a stream gave until it ended or threw. */
export interface Drained<Item> {
  readonly items: readonly Item[];
  readonly error?: Error;
}

/** Reads a stream to its end. */
export async function drain<Item>(
  opening: AsyncIterable<Item> | PromiseLike<AsyncIterable<Item>>,
): Promise<Drained<Item>> {
  const items: Item[] = [];
  try {
    for await (const item of await opening) items.push(item);
    return { items };
  } catch (error) {
    return { items, error: error as Error };
  }
}
