import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "./api-error.js";
import { CHAT_MODEL, replyTo, toChunks, toCompletion, type ChatReply } from "./chat-completions.js";
import { createEmbeddings, EMBEDDING_MODEL } from "./embeddings.js";

export interface LocalOpenAIOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** Wait before an answer starts, to give the spans a length. Default 15. */
  readonly delayMillis?: number;
  /** Wait between two chunks of a stream. Default 2. */
  readonly chunkDelayMillis?: number;
}

export interface LocalOpenAI {
  /** The base URL to give to a client, with `/v1`. */
  readonly url: string;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1_000_000;

/**
 * This starts an OpenAI-compatible server on loopback, so that the samples run without a key and without a network.
 *
 * **There is no language model in it.** Its answers are computed from the request by rules: `compromise` tags the words
 * (people, organisations, numbers, dates), word lists find topic and urgency, templates make the sentences. The model
 * calls itself `local-rules-1` for that reason. The protocol is OpenAI's: plain and streamed chat completions,
 * embeddings (`local-vectors-1`), usage, error objects; tools, images and `n > 1` are refused with a 400.
 */
export async function startLocalOpenAI(options: LocalOpenAIOptions = {}): Promise<LocalOpenAI> {
  const { port = 0, delayMillis = 15, chunkDelayMillis = 2 } = options;

  async function answerChat(body: Record<string, unknown>, response: ServerResponse): Promise<void> {
    const reply = replyTo(body);
    await sleep(delayMillis);
    if (reply.isStreamed) await streamChunks(reply, response);
    else sendJson(response, 200, toCompletion(reply));
  }

  async function streamChunks(reply: ChatReply, response: ServerResponse): Promise<void> {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    for (const chunk of toChunks(reply)) {
      if (response.destroyed) return;
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      await sleep(chunkDelayMillis);
    }
    response.end("data: [DONE]\n\n");
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    switch (`${request.method} ${path}`) {
      case "POST /v1/chat/completions":
        return answerChat(await readJson(request), response);
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
    route(request, response).catch((error: unknown) => sendError(response, error));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
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

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known = error instanceof ApiError ? error : new ApiError(500, "The local server failed.");
  sendJson(response, known.status, known.toBody());
}
