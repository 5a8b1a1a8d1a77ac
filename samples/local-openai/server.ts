import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "./api-error.js";
import { toChatFrames } from "./chat-chunks.js";
import { replyToChat, toCompletion } from "./chat-completions.js";
import { createEmbeddings, EMBEDDING_MODEL } from "./embeddings.js";
import { replyToMessage, toMessage, toMessageFrames } from "./messages.js";
import { CHAT_MODEL } from "./rules-model.js";

export interface LocalOpenAIOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** Wait before an answer starts, to give the spans a length. Default 15. */
  readonly delayMillis?: number;
  /** Wait between two chunks of a stream. Default 2. */
  readonly chunkDelayMillis?: number;
}

export interface LocalOpenAI {
  /** The base URL for a client of OpenAI, with `/v1`. */
  readonly url: string;
  /** The base URL for a client of Anthropic, which adds `/v1` itself. */
  readonly anthropicUrl: string;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1_000_000;
/** Anthropic's; all other paths are OpenAI's. */
const MESSAGES_PATH = "/v1/messages";

/**
 * This starts a server on loopback that OpenAI's and Anthropic's clients can talk to, so that the samples run without a key and without a network.
 *
 * **There is no language model in it.** Its answers are computed from the request by rules: `compromise` tags the words
 * (people, organisations, numbers, dates), word lists find topic and urgency, templates make the sentences. The model
 * calls itself `local-rules-1` for that reason. The protocols are OpenAI's (plain and streamed chat completions,
 * embeddings of `local-vectors-1`) and Anthropic's (plain and streamed messages), with usage and error objects. OpenAI's
 * door calls tools and keeps to a JSON Schema, filled by rules from the last message; images and `n > 1` are refused
 * with a 400, as tools are at Anthropic's.
 */
export async function startLocalOpenAI(options: LocalOpenAIOptions = {}): Promise<LocalOpenAI> {
  const { port = 0, delayMillis = 15, chunkDelayMillis = 2 } = options;

  async function streamFrames(frames: Iterable<string>, response: ServerResponse): Promise<void> {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    for (const frame of frames) {
      if (response.destroyed) return;
      response.write(frame);
      await sleep(chunkDelayMillis);
    }
    response.end();
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request);
    switch (`${request.method} ${path}`) {
      case "POST /v1/chat/completions": {
        const reply = replyToChat(await readJson(request));
        await sleep(delayMillis);
        return reply.isStreamed
          ? streamFrames(toChatFrames(reply), response)
          : sendJson(response, 200, toCompletion(reply));
      }
      case `POST ${MESSAGES_PATH}`: {
        const reply = replyToMessage(await readJson(request));
        await sleep(delayMillis);
        return reply.isStreamed
          ? streamFrames(toMessageFrames(reply), response)
          : sendJson(response, 200, toMessage(reply));
      }
      case "POST /v1/embeddings": {
        const embeddings = createEmbeddings(await readJson(request));
        await sleep(delayMillis);
        return sendJson(response, 200, embeddings);
      }
      case "GET /v1/models":
        return sendJson(response, 200, { object: "list", data: [CHAT_MODEL, EMBEDDING_MODEL].map(describeModel) });
      default:
        throw new ApiError(404, `Invalid URL (${request.method} ${path})`);
    }
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => sendError(request, response, error));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");

  const anthropicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${anthropicUrl}/v1`,
    anthropicUrl,
    async close() {
      const closed = once(server, "close");
      server.close();
      // A client keeps its connections open for the next request; without this the server would wait for it.
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new ApiError(413, "Request too large.");
    parts.push(part);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(parts).toString("utf8"));
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    // Answered below, like a body that is JSON but not an object.
  }
  throw new ApiError(400, "The body of the request is not a JSON object.");
}

function describeModel(id: string): Record<string, unknown> {
  return { id, object: "model", created: 0, owned_by: "spandrel-samples" };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? "/", "http://localhost").pathname;
}

function sendError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known = error instanceof ApiError ? error : new ApiError(500, "The local server failed.");
  const isAnthropic = pathOf(request) === MESSAGES_PATH;
  sendJson(response, known.status, isAnthropic ? known.toAnthropicBody() : known.toOpenAIBody());
}
