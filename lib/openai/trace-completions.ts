import { traceCall, watchRetries } from "../instruments/index.js";
import { CHAT_COMPLETIONS } from "./chat-completions.js";
import type { OpenAIClient } from "./trace-openai.js";

type Create = (...args: unknown[]) => unknown;

const watched = new WeakSet();

/**
 * Makes a function that calls `chat.completions.create` and traces that call, in a client that is not traced itself as
 * well as in one that is: the call has one span either way, and calls that others make stay as they were.
 */
export function traceCompletions(client: OpenAIClient): (request: unknown, options: unknown) => unknown {
  const { completions } = client.chat as { readonly completions: { create: Create } };
  if (!watched.has(client)) {
    watched.add(client);
    watchRetries(client);
  }
  return (request, options) => traceCall(CHAT_COMPLETIONS, completions.create, completions, [request, options]);
}
