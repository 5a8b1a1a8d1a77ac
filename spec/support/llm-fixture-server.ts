import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import type { Asked, LlmApi } from "./llm-server/api.js";
import { chatCompletions } from "./llm-server/chat-completions.js";
import { embeddings } from "./llm-server/embeddings.js";
import { Gate } from "./llm-server/gate.js";
import { messages } from "./llm-server/messages.js";
import type { Outcome } from "./llm-server/outcome.js";
import { responses } from "./llm-server/responses.js";
import { outcomesOf } from "./llm-server/scenarios.js";
import { cutConnection, isCut, sendOutcome } from "./llm-server/wire.js";

/** One request as it came. */
export interface LlmRequest {
  readonly api: LlmApi["name"];
  readonly model: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  /** Resolves when it is over: `answered` to the last byte, or not, because the client `left` or the server `cut` it. */
  readonly ended: Promise<"answered" | "left" | "cut">;
  /** Breaks the connection now. */
  cut(): void;
}

export interface LlmServer {
  /** The `baseURL` of an OpenAI or Anthropic client. */
  readonly url: string;
  /** All that came so far, in order; a retry is a request of its own. */
  readonly requests: readonly LlmRequest[];
  /** Gives a model answers of its own: the first request gets the first, the last is for good. */
  answer(model: string, ...outcomes: readonly [Outcome, ...Outcome[]]): void;
  /** The gate of a `gated` answer of this model. */
  gate(model: string): Gate;
  /** Resolves with the `count`th request of this model (default the first), whether it came already or is still to come. */
  arrived(model: string, count?: number): Promise<LlmRequest>;
  close(): Promise<void>;
}

const APIS: readonly LlmApi[] = [chatCompletions, responses, embeddings, messages];

/**
 * This starts a loopback server that answers as OpenAI (`…/chat/completions`, `…/responses`, `…/embeddings`) and
 * Anthropic (`…/v1/messages`) do, plain and streamed, and fails as they do. No key, no sleeps, no state between calls.
 *
 * **The model's name chooses the answer**; `name@anything` does too, for a test that wants its own name, gate or requests:
 * - `text` (pieces `TEXT`, with emoji), `json` (`{"name":"Ada","age":36}`), `json-invalid` (age is a string), `json-torn`,
 *   `tools` (two parallel calls, fragments in turn), `refusal`, `length`, `content-filter`, `two-choices` (chat),
 *   `reasoning`, `usage-details` (110 in, 40 of them cached; 70 out, 30 of them reasoning; other answers: 11 in, 7 out)
 * - `bad-request` (400), `unauthorized` (401), `rate-limited` and `rate-limited-json` (429, the retry succeeds), `server-error-twice` (500, 500,
 *   success), `server-error` (500 for good), `reset` / `reset-once` (connection reset before the headers), `hang` (no
 *   answer), `malformed-json` (torn body, or torn event in the middle)
 * - streams: `cut-mid-stream` (plain answers too), `closed-without-finish`, `closed-without-done`, `error-event`,
 *   `failed-event` (`response.failed`), `bytes` (a chunk per byte), `gated` (an event per `gate.next()`), `endless`
 *
 * An unknown name gets a 404. The model in an answer is `<asked>-2026-08-06`; ids are `chatcmpl-1`, `resp_1`, `msg_1` by
 * request number, and so is the header `x-request-id` (Anthropic: `request-id`), `req_1`. Usage in a chat stream comes
 * with `stream_options: { include_usage: true }` only.
 *
 * @example
 * const server = await startLlmServer();
 * const client = new OpenAI({ apiKey: "none", baseURL: server.url });
 * await client.chat.completions.create({ model: "text", messages: [{ role: "user", content: "Hi" }] });
 *
 * server.answer("twice", { text: ["no JSON"] }, { text: ['{"ok":true}'] }); // a model's own answers, in order
 *
 * const stream = await client.chat.completions.create({ model: "gated@1", stream: true, messages });
 * await server.gate("gated@1").next(); // sends one event; `.open()` sends the rest
 *
 * const request = await server.arrived("endless@1"); // `server.requests` has all of them, with body and headers
 * await request.ended; // "left" once the client has gone away
 * await server.close();
 */
export async function startLlmServer(): Promise<LlmServer> {
  const requests: LlmRequest[] = [];
  const answers = new Map<string, readonly Outcome[]>();
  const gates = new Map<string, Gate>();
  const waiting: { model: string; count: number; resolve: (request: LlmRequest) => void }[] = [];

  const countOf = (model: string): number => requests.filter((request) => request.model === model).length;

  function outcomeOf({ model, headers }: LlmRequest): Outcome {
    const own = answers.get(model);
    const outcomes = own ?? outcomesOf(model) ?? [{ status: 404 }];
    const retries = headers["x-stainless-retry-count"] ?? countOf(model) - 1;
    const attempt = own === undefined ? Number(retries) : countOf(model) - 1;
    return outcomes[Math.min(attempt, outcomes.length - 1)] ?? {};
  }

  function gateOf(model: string): Gate {
    const gate = gates.get(model) ?? new Gate();
    gates.set(model, gate);
    return gate;
  }

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(incoming.url ?? "/", "http://localhost");
    const api = APIS.find(({ path }) => pathname.endsWith(path));
    if (incoming.method !== "POST" || api === undefined) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end(JSON.stringify(chatCompletions.toErrorBody(404)));
      return;
    }
    // Heard of from here on, so that a client that leaves before the answer is known to have left.
    const ended = endOf(response);
    const body = await readJson(incoming);
    const model = String(body["model"]);
    const cut = (): void => cutConnection(response);
    const request: LlmRequest = { api: api.name, model, path: pathname, headers: incoming.headers, body, ended, cut };
    requests.push(request);
    for (const wait of waiting) if (wait.model === model && wait.count === countOf(model)) wait.resolve(request);
    const asked: Asked = { number: requests.length, model, body };
    const gate = gateOf(model);
    void ended.then(() => gate.close());
    await sendOutcome(response, api, outcomeOf(request), asked, gate);
  }

  const server = createServer((incoming, response) => {
    respond(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: (model, ...outcomes) => void answers.set(model, outcomes),
    gate: gateOf,
    arrived: (model, count = 1) => {
      const found = requests.filter((request) => request.model === model)[count - 1];
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve) => waiting.push({ model, count, resolve }));
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      // A client keeps its connections open for the next request; without this the server would wait for it.
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A `baseURL` at which connections are refused. */
export async function refusedUrl(): Promise<string> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

function endOf(response: ServerResponse): LlmRequest["ended"] {
  return new Promise((resolve) => {
    response.once("close", () => resolve(response.writableFinished ? "answered" : isCut(response) ? "cut" : "left"));
  });
}

async function readJson(incoming: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part);
  const body: unknown = JSON.parse(Buffer.concat(parts).toString("utf8"));
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
}
