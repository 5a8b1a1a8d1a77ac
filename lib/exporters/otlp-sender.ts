import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { contain, LONGEST_TIMER_MILLIS, VERSION } from "../internal/index.js";
import { encodeTracesData, encodeTracesProtobuf, type ExportResult, type ReadableSpan } from "../otlp/index.js";
import { AnswerReader, type Advice, type OtlpProtocol } from "./answer-reader.js";
import { HttpClient } from "./http-client.js";
import type { RequestHeaders } from "./request-headers.js";
import { sayRejected } from "./say-rejected.js";
import type { TlsFiles } from "./tls-files.js";

/** Where and how to send, all of it checked by the exporter. */
export interface OtlpDestination {
  readonly url: URL;
  readonly headers: RequestHeaders;
  readonly protocol: OtlpProtocol;
  readonly compression: "none" | "gzip";
  readonly timeoutMillis: number;
  readonly tls?: TlsFiles;
  readonly advice: Advice;
}

export const CONTENT_TYPES: Readonly<Record<OtlpProtocol, string>> = {
  "http/protobuf": "application/x-protobuf",
  "http/json": "application/json",
};

/** Whoever shuts an exporter down has waited for its answers before. */
const CLOSE_MILLIS = 1_000;
const compress = promisify(gzip);

/** This sends batches over OTLP/HTTP, one request each, and tells what became of them. Back-off is the caller's. */
export class OtlpSender {
  readonly #destination: OtlpDestination;
  readonly #client: HttpClient;
  readonly #headers: RequestHeaders;
  readonly #reader: AnswerReader;
  readonly #inFlight = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(destination: OtlpDestination) {
    const { url, headers, protocol, compression, tls, advice } = destination;
    this.#destination = destination;
    this.#client = new HttpClient(url, tls);
    this.#headers = {
      // OTLP exporter specification, "User Agent".
      "user-agent": `spandrel/${VERSION}`,
      ...headers,
      "content-type": CONTENT_TYPES[protocol],
      ...(compression === "gzip" ? { "content-encoding": "gzip" } : {}),
    };
    this.#reader = new AnswerReader({ url, headers, protocol, advice });
  }

  /** Never throws. The spans are read before it returns. */
  export(spans: readonly ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    const result =
      this.#closing === undefined
        ? this.#send(spans)
        : Promise.resolve({ code: 1, error: new Error("the exporter has been shut down") });
    const sending = result
      .then(resultCallback)
      .catch((error: unknown) => contain("SPANDREL_EXPORT_CALLBACK", "the callback of an export", error))
      .finally(() => this.#inFlight.delete(sending));
    this.#inFlight.add(sending);
  }

  /** Resolves when every request that is under way has been answered or has failed. Never rejects. */
  async flush(): Promise<void> {
    // Somebody waits: the process is not to end before them.
    const hold = setInterval(() => {}, LONGEST_TIMER_MILLIS);
    await Promise.all(this.#inFlight);
    clearInterval(hold);
  }

  /** Waits a second for what is under way, then closes the connections, those in use as well. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const patience = setTimeout(() => this.#client.close(), CLOSE_MILLIS);
    await this.flush();
    clearTimeout(patience);
    this.#client.close();
  }

  async #send(spans: readonly ReadableSpan[]): Promise<ExportResult> {
    const { protocol, compression, timeoutMillis } = this.#destination;
    const deadline = new AbortController();
    const expire = (): void => deadline.abort(new Error(`no answer within ${timeoutMillis} ms`));
    // The connection keeps the process for a while; the timer alone must not.
    const timer = setTimeout(expire, timeoutMillis).unref();
    try {
      const { body, encoded, rejected } = encodeBody(spans, protocol);
      if (encoded === 0) return rejected > 0 ? { code: 0, rejected } : { code: 0 };
      const payload = compression === "gzip" ? await compress(body) : body;
      deadline.signal.throwIfAborted();
      const headers = { ...this.#headers, "content-length": String(payload.length) };
      const answer = await this.#client.post(headers, payload, deadline.signal);
      return this.#reader.read(answer, { encoded, rejected });
    } catch (error) {
      return this.#reader.readFailure(deadline.signal.aborted ? deadline.signal.reason : error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function encodeBody(
  spans: readonly ReadableSpan[],
  protocol: OtlpProtocol,
): { readonly body: Uint8Array; readonly encoded: number; readonly rejected: number } {
  const { rejected, encoded, ...written } =
    protocol === "http/json" ? encodeTracesData(spans) : encodeTracesProtobuf(spans);
  sayRejected(rejected);
  const body = "text" in written ? Buffer.from(written.text) : written.bytes;
  return { body, encoded, rejected: rejected.length };
}
