import { InvalidOptionError, hideText } from "../errors.js";
import { attachDialect, fieldsOf, traceDerived, watchRetries } from "../instruments/index.js";
import { MESSAGES } from "./messages.js";

/** Clients that are traced already. */
const traced = new WeakSet();

/** What `traceAnthropic` takes: any client of the `@anthropic-ai/sdk` package, Bedrock's and Vertex's included. */
export interface AnthropicClient {
  readonly messages: { create(...args: never[]): unknown };
}

/**
 * This traces every call of one Anthropic client (package `@anthropic-ai/sdk`, 1.x): `messages` and `beta.messages`, plain
 * and streamed, and what is made of them (`parse`, `stream`, `toolRunner`, threads). It returns the same client, whose
 * methods give what they gave before. A client made from it by `withOptions` is traced, too. Tracing a client twice, or
 * one that is traced by its class already, changes nothing. The spans that the client makes of the same calls by itself
 * are left out. Throws `InvalidOptionError` for anything else.
 *
 * @example
 * ```ts
 * const anthropic = traceAnthropic(new Anthropic());
 * ```
 */
export function traceAnthropic<Client extends AnthropicClient>(client: Client): Client {
  const { messages, beta } = fieldsOf(client);
  if (!hasCreate(messages)) {
    const expected = "a client of the @anthropic-ai/sdk package, such as new Anthropic()";
    throw new InvalidOptionError("traceAnthropic client", expected, hideText(client));
  }
  if (traced.has(client)) return client;
  traced.add(client);
  attachDialect(messages, MESSAGES);
  const betaMessages = fieldsOf(beta)["messages"];
  if (hasCreate(betaMessages)) attachDialect(betaMessages, MESSAGES);
  watchRetries(client);
  traceDerived(client, traceAnthropic);
  return client;
}

function hasCreate(resource: unknown): resource is object {
  return typeof fieldsOf(resource)["create"] === "function";
}
