import type { Attributes } from "@opentelemetry/api";
import { fieldsOf, serverAttributes } from "../instruments/index.js";

/** Providers that speak OpenAI's API, by the end of their host's name; names as the GenAI semantic conventions list them. */
const PROVIDERS: readonly (readonly [string, string])[] = [
  [".openai.azure.com", "azure.ai.openai"],
  [".cognitiveservices.azure.com", "azure.ai.openai"],
  [".services.ai.azure.com", "azure.ai.inference"],
  ["generativelanguage.googleapis.com", "gcp.gemini"],
  ["api.deepseek.com", "deepseek"],
  ["api.groq.com", "groq"],
  ["api.mistral.ai", "mistral_ai"],
  ["api.perplexity.ai", "perplexity"],
  ["api.x.ai", "x_ai"],
];

/** Server and provider of the client behind a resource such as `client.chat.completions`. */
export function describeServer(resource: unknown): Attributes {
  return serverAttributes(fieldsOf(resource)["_client"], providerOf);
}

/** The provider by its host; `openai` for hosts nobody knows, as it is OpenAI's API that they speak. */
function providerOf(host: string): string {
  return PROVIDERS.find(([suffix]) => host.endsWith(suffix))?.[1] ?? "openai";
}
