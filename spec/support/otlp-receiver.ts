import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { decodeTracesData, decodeTracesProtobuf, type DecodedSpan } from "../../lib/otlp/index.js";
import { field, int } from "../otlp/write-protobuf.js";

/** How a request is answered; what is left out is as in `{}`: 200 with an empty message. */
export interface OtlpAnswer {
  readonly status?: number;
  /** The reason phrase. */
  readonly reason?: string;
  /** Spans refused of a batch that was taken. */
  readonly rejected?: number;
  /** The server's words: of a partial success with 2xx, otherwise of a `google.rpc.Status`, in the request's format. */
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the OTLP message; give its `content-type` in `headers`. */
  readonly body?: string | Uint8Array;
  /** The answer waits for this. */
  readonly after?: Promise<unknown>;
  /**
   * `never`: no answer at all. `stall`: no more than the head of one. `reset`: the connection breaks before the answer.
   * `cut`: it breaks in its middle.
   */
  readonly fault?: "never" | "stall" | "reset" | "cut";
}

/** One request as it came. */
export interface OtlpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The names and values as they stood on the wire, alternating. */
  readonly rawHeaders: readonly string[];
  /** The body without its compression. */
  readonly body: Buffer;
  readonly spans: readonly DecodedSpan[];
  /** Why the body could not be read. */
  readonly fault?: string;
  /** Resolves when the connection or the answer is over: `answered` to the last byte, or `gone`. */
  readonly ended: Promise<"answered" | "gone">;
}

export interface OtlpReceiver {
  /** `http://127.0.0.1:PORT`; every path takes traces. */
  readonly url: string;
  /** All that came so far, in order; another attempt is a request of its own. */
  readonly requests: readonly OtlpRequest[];
  /** Spans of the requests that were answered 2xx, in order; a span that was sent twice is there twice. */
  readonly spans: readonly DecodedSpan[];
  /** How many connections were opened so far. */
  readonly connections: number;
  /** The next requests get these answers, one each, then all others 200 again. Adds to what is left of earlier calls. */
  answer(...answers: readonly OtlpAnswer[]): void;
  /** Every request from now on gets this one, once the answers in line are used up. */
  answerAlways(answer: OtlpAnswer): void;
  /** Resolves with the `count`th request, whether it came already or is still to come. */
  arrived(count?: number): Promise<OtlpRequest>;
  /** Resolves when no connection is open. */
  disconnected(): Promise<void>;
  /** Breaks all connections and refuses new ones, on the same port until `reopen`. */
  refuse(): Promise<void>;
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/**
 * This starts a loopback receiver of OTLP/HTTP traces for specs: JSON and protobuf, plain and gzip, read by our own
 * decoders. It takes everything until it is told otherwise, keeps connections open as servers do, and has no clock: an
 * answer that is to be late waits for a promise of the spec.
 *
 * @example
 * const receiver = await startOtlpReceiver();
 * const exporter = new OtlpSpanExporter({ url: receiver.url });
 * receiver.answer({ status: 503, headers: { "retry-after": "2" }, message: "busy" }, { rejected: 1 }, { fault: "never" });
 * const request = await receiver.arrived(2); // the second; `receiver.requests` has all, with headers and spans
 * receiver.answer({ status: 307, headers: { location: "http://127.0.0.1:9/elsewhere" } });
 * receiver.answer({ body: "<html></html>", headers: { "content-type": "text/html" } });
 * await receiver.refuse(); // connections are refused …
 * await receiver.reopen(); // … and taken again, on the same port
 * expect(receiver.spans.map((span) => span.name)).toEqual(["chat"]);
 * await receiver.close();
 */
export async function startOtlpReceiver({ tls }: { readonly tls?: ServerOptions } = {}): Promise<OtlpReceiver> {
  const requests: OtlpRequest[] = [];
  const spans: DecodedSpan[] = [];
  const answers: OtlpAnswer[] = [];
  const waiting: { count: number; resolve: (request: OtlpRequest) => void }[] = [];
  let always: OtlpAnswer = {};
  let connections = 0;
  const open = new Set<Socket>();

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming, response);
    const answer = answers.shift() ?? always;
    requests.push(request);
    const { status = 200 } = answer;
    // Before the answer, as a client that has it may look at once.
    if (status >= 200 && status < 300 && answer.fault === undefined) spans.push(...request.spans);
    for (const { count, resolve } of waiting) if (count === requests.length) resolve(request);
    await answer.after;
    send(request, response, answer);
  }

  const take = (incoming: IncomingMessage, response: ServerResponse): void => {
    respond(incoming, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(take) : createSecureServer(tls, take);
  // Connections are the client's to close: it is the one that is tested.
  server.keepAliveTimeout = 0;
  server.on("connection", (socket: Socket) => {
    connections++;
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  const refuse = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;

  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    requests,
    spans,
    get connections() {
      return connections;
    },
    answer: (...given) => void answers.push(...given),
    answerAlways: (answer) => void (always = answer),
    arrived: (count = 1) => {
      const found = requests[count - 1];
      return found === undefined ? new Promise((resolve) => waiting.push({ count, resolve })) : Promise.resolve(found);
    },
    disconnected: async () => {
      await Promise.all([...open].map((socket) => once(socket, "close")));
    },
    refuse,
    reopen: () => listen(port),
    close: refuse,
  };
}

async function readRequest(incoming: IncomingMessage, response: ServerResponse): Promise<OtlpRequest> {
  // Heard of from here on, so that a client that leaves before the answer is known to have left.
  const ended = new Promise<"answered" | "gone">((resolve) => {
    response.once("close", () => resolve(response.writableFinished ? "answered" : "gone"));
  });
  const parts: Buffer[] = [];
  for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part);
  const sent = Buffer.concat(parts);
  const { method = "", url: path = "", headers, rawHeaders } = incoming;
  const body = headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
  const { spans, fault } = isJson(headers) ? decodeTracesData(body.toString("utf8")) : decodeTracesProtobuf(body);
  return { method, path, headers, rawHeaders, body, spans, ...(fault === undefined ? {} : { fault }), ended };
}

function send(request: OtlpRequest, response: ServerResponse, answer: OtlpAnswer): void {
  const { status = 200, reason, headers = {}, fault } = answer;
  if (fault === "never") return;
  if (fault === "reset") return void response.destroy();
  const type = { "content-type": isJson(request.headers) ? "application/json" : "application/x-protobuf" };
  const body = answer.body ?? writeMessage(answer, isJson(request.headers));
  response.writeHead(status, reason, { ...(body.length > 0 ? type : {}), ...headers });
  if (fault === undefined) return void response.end(body);
  response.write("{", () => fault === "cut" && response.destroy());
}

function isJson(headers: IncomingHttpHeaders): boolean {
  return headers["content-type"] === "application/json";
}

/** `ExportTraceServiceResponse` of a success, `google.rpc.Status` of a failure. */
function writeMessage({ status = 200, rejected = 0, message = "" }: OtlpAnswer, isJsonAsked: boolean): Uint8Array {
  if (rejected === 0 && message === "") return Buffer.from(isJsonAsked ? "{}" : "");
  const isTaken = status >= 200 && status < 300;
  if (isJsonAsked) {
    const partialSuccess = { rejectedSpans: String(rejected), errorMessage: message };
    return Buffer.from(JSON.stringify(isTaken ? { partialSuccess } : { code: 13, message }));
  }
  return Uint8Array.from(
    isTaken ? field(1, int(1, rejected), field(2, message)) : [...int(1, 13), ...field(2, message)],
  );
}
