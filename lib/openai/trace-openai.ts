import { InvalidOptionError, hideText } from "../errors.js";
import { attachDialect, fieldsOf, traceDerived, watchRetries } from "../instruments/index.js";
import { CHAT_COMPLETIONS } from "./chat-completions.js";
import { EMBEDDINGS } from "./embeddings.js";
import { RESPONSES } from "./responses.js";

/** Clients that are traced already. */
const traced = new WeakSet();

/** What `traceOpenAI` takes: any client of the `openai` package, Azure's included. */
export interface OpenAIClient {
  readonly chat: { readonly completions: { create(...args: never[]): unknown } };
  readonly embeddings: { create(...args: never[]): unknown };
}

/**
 * This traces every call of one OpenAI client (package `openai`, 6 and 7): chat completions, responses and embeddings,
 * plain and streamed, and what is made of them (`parse`, `stream`, `runTools`). It returns the same client, whose
 * methods give what they gave before. A client made from it by `withOptions` is traced, too. Tracing a client twice,
 * or one that is traced by its class already, changes nothing. Throws `InvalidOptionError` for anything else.
 *
 * @example
 * ```ts
 * const openai = traceOpenAI(new OpenAI());
 * ```
 */
export function traceOpenAI<Client extends OpenAIClient>(client: Client): Client {
  const { chat, embeddings, responses } = fieldsOf(client);
  const { completions } = fieldsOf(chat);
  if (!hasCreate(completions) || !hasCreate(embeddings)) {
    throw new InvalidOptionError(
      "traceOpenAI client",
      "a client of the openai package, such as new OpenAI()",
      hideText(client),
    );
  }
  if (traced.has(client)) return client;
  traced.add(client);
  attachDialect(completions, CHAT_COMPLETIONS);
  attachDialect(embeddings, EMBEDDINGS);
  if (hasCreate(responses)) attachDialect(responses, RESPONSES);
  watchRetries(client);
  traceDerived(client, traceOpenAI);
  return client;
}

function hasCreate(resource: unknown): resource is object {
  return typeof fieldsOf(resource)["create"] === "function";
}
