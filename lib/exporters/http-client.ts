import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { Agent as SecureAgent, request as requestSecurely } from "node:https";
import type { RequestHeaders } from "./request-headers.js";
import type { TlsFiles } from "./tls-files.js";

/** One answer of a server. */
export interface HttpAnswer {
  readonly status: number;
  /** The reason phrase: the server's text. */
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  /** At most the first 64 KiB. */
  readonly body: Buffer;
}

/** An answer to an export is a few bytes; nobody is to fill this process's memory with more. */
const MAX_BODY_BYTES = 64 * 1024;

/** How a connection fails that the server has closed; "socket hang up" has the first of them. */
const STALE = new Set<string | undefined>(["ECONNRESET", "EPIPE"]);

/** A request that is not answered by then keeps the process no longer: who waits for it does. */
const HOLD_MILLIS = 2_000;

/**
 * This sends requests to one address over connections of its own, which stay open between requests and never keep the
 * process alive while they are idle, or waiting for longer than 2 s. It follows no redirect and sends a request twice only
 * where a connection that had been idle broke before any answer: the server had closed it, as a rule (Node.js,
 * "request.reusedSocket").
 */
export class HttpClient {
  readonly #url: URL;
  readonly #agent: Agent;
  readonly #request: typeof request;
  #isClosed = false;

  constructor(url: URL, tls: TlsFiles | undefined) {
    this.#url = url;
    const isSecure = url.protocol === "https:";
    this.#agent = isSecure ? new SecureAgent({ keepAlive: true, ...tls }) : new Agent({ keepAlive: true });
    this.#request = isSecure ? requestSecurely : request;
  }

  /** Rejects for what keeps the answer from arriving as a whole; the signal destroys the connection. */
  post(headers: RequestHeaders, body: Uint8Array, signal: AbortSignal): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const options = { method: "POST", agent: this.#agent, signal, headers };
      let isAnswered = false;
      const outgoing = this.#request(this.#url, options, (incoming) => {
        isAnswered = true;
        readAnswer(incoming, resolve, reject);
      });
      outgoing.on("socket", (socket) => {
        const hold = setTimeout(() => socket.unref(), HOLD_MILLIS).unref();
        outgoing.once("close", () => clearTimeout(hold));
      });
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        if (this.#isClosed || isAnswered || !outgoing.reusedSocket || !STALE.has(error.code)) return reject(error);
        this.#dropIdle();
        resolve(this.post(headers, body, signal));
      });
      // All that is said of an answer that is cut short, or of a server that switches to another protocol.
      outgoing.on("close", () => reject(new Error("the connection was closed before the whole answer was there")));
      outgoing.end(body);
    });
  }

  /** Closes the connections, those in use as well. */
  close(): void {
    this.#isClosed = true;
    this.#agent.destroy();
  }

  /** The next request opens a connection: the others have been idle as long. */
  #dropIdle(): void {
    for (const sockets of Object.values(this.#agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}

/** With callbacks, since a promise in between would settle after the request's own "close". */
function readAnswer(
  incoming: IncomingMessage,
  resolve: (answer: HttpAnswer) => void,
  reject: (error: Error) => void,
): void {
  const { statusCode: status = 0, statusMessage: reason = "", headers } = incoming;
  const chunks: Buffer[] = [];
  let length = 0;
  const finish = (): void => resolve({ status, reason, headers, body: Buffer.concat(chunks) });
  incoming.on("data", (chunk: Buffer) => {
    chunks.push(chunk.subarray(0, MAX_BODY_BYTES - length));
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) return;
    finish();
    incoming.destroy();
  });
  incoming.on("end", finish);
  incoming.on("error", reject);
}
