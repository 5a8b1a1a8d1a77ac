import { log } from "../internal/index.js";
import { decodeErrorMessage, decodeExportResponse, type ExportResult } from "../otlp/index.js";
import { secretsOf, showEndpoint } from "./endpoint.js";
import { ExportError } from "./export-error.js";
import type { HttpAnswer } from "./http-client.js";
import { createQuoter } from "./quote-server.js";
import type { RequestHeaders } from "./request-headers.js";
import { retryAfterMillis } from "./retry-after.js";

/** How OTLP is spelt over HTTP. */
export type OtlpProtocol = "http/protobuf" | "http/json";

/** What the user of an exporter is told to look at, in words that end a sentence. */
export interface Advice {
  /** The server does not know who asks. */
  readonly key: string;
  /** The server has nothing at the path. */
  readonly path: string;
  /** The server does not read the body's format. */
  readonly format: string;
  /** Which option says where to send. */
  readonly urlOption: string;
  /** Nobody that this process trusts vouches for the server's certificate. */
  readonly authority: string;
  /** The server speaks something else than HTTP. */
  readonly port: string;
}

interface AnswerReaderOptions {
  readonly url: URL;
  readonly headers: RequestHeaders;
  readonly protocol: OtlpProtocol;
  readonly advice: Advice;
}

/** How many spans were in the request, and how many of the batch had no form to be in it. */
interface Sent {
  readonly encoded: number;
  readonly rejected: number;
}

/** OTLP specification, "Retryable Response Codes", and those by which servers say "not now" besides. */
const RETRYABLE = new Set([408, 425, 429]);
/** Servers and proxies have statuses of their own for "not now", such as 520 and 529; these would be the same again. */
const FINAL = new Set([501, 505, 511]);
/** The second byte of a protobuf answer may be `<`, its length; what follows there is no letter. */
const PAGE = /^\s*<[a-z!?]/i;
/** OpenSSL's words for a certificate that is signed by nobody who is known here. */
const UNTRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

/** This turns what came of a request into what a processor is told. */
export class AnswerReader {
  readonly #url: URL;
  readonly #where: string;
  readonly #protocol: OtlpProtocol;
  readonly #advice: Advice;
  readonly #quote: (text: string) => string;

  constructor({ url, headers, protocol, advice }: AnswerReaderOptions) {
    this.#url = url;
    this.#where = showEndpoint(url);
    this.#protocol = protocol;
    this.#advice = advice;
    this.#quote = createQuoter([...Object.values(headers), ...secretsOf(url)]);
  }

  /** Of a request that was answered. */
  read(answer: HttpAnswer, sent: Sent): ExportResult {
    const { status, headers } = answer;
    if (status >= 200 && status < 300) return this.#readSuccess(answer, sent);
    const error = new ExportError(this.#describe(answer), { status });
    if (isRetryable(status)) {
      const millis = retryAfterMillis(headers["retry-after"], Date.now());
      return { code: 1, error, retryAfterMillis: millis, ...(status === 500 ? { isAboutBatch: true } : {}) };
    }
    const rejected = sent.encoded + sent.rejected;
    return { code: 1, error, rejected, ...(status === 413 ? { isTooLarge: true } : {}) };
  }

  /** Of a request that was not: the network may be back for the next attempt. */
  readFailure(cause: unknown): ExportResult {
    const mend = this.#mendOfFailure(cause);
    const reason = this.#quote(failureText(cause));
    const message = `POST ${this.#where} failed: ${reason}${mend === undefined ? "" : `; ${mend}`}`;
    return { code: 1, error: new ExportError(message, { cause }), retryAfterMillis: 0 };
  }

  #readSuccess(answer: HttpAnswer, sent: Sent): ExportResult {
    if (PAGE.test(answer.body.toString("utf8"))) return this.#readPage(answer.status);
    const body = this.#bodyOf(answer);
    const { rejectedSpans, errorMessage } = decodeExportResponse(body ?? "");
    const refused = Math.min(rejectedSpans, sent.encoded);
    const reason = errorMessage === "" ? "" : `: "${this.#quote(errorMessage)}"`;
    if (refused > 0) {
      const message = `${this.#where} took a batch but refused ${refused} of ${sent.encoded} spans${reason}`;
      log.warn("SPANDREL_PARTIAL_SUCCESS", message, this.#where);
    } else if (reason !== "") {
      log.warn("SPANDREL_EXPORT_WARNING", `${this.#where} took a batch with a warning${reason}`, this.#where);
    }
    const rejected = sent.rejected + refused;
    return rejected > 0 ? { code: 0, rejected } : { code: 0 };
  }

  /** Login pages and captive portals answer whatever they are sent with success; nothing has been delivered. */
  #readPage(status: number): ExportResult {
    const mend = `check ${this.#advice.urlOption}`;
    const message = `POST ${this.#where} answered ${status} with a page instead of OTLP; ${mend}`;
    return { code: 1, error: new ExportError(message, { status }), retryAfterMillis: 0 };
  }

  /** The body as our decoders take it; undefined for a page of something else, such as a proxy's. */
  #bodyOf({ headers, body }: HttpAnswer): Uint8Array | string | undefined {
    const type = headers["content-type"]?.toLowerCase() || this.#protocol;
    if (type.includes("json")) return body.toString("utf8");
    return type.includes("protobuf") ? body : undefined;
  }

  #describe(answer: HttpAnswer): string {
    const { status, headers, body } = answer;
    const isText = headers["content-type"]?.toLowerCase().startsWith("text/plain") ?? false;
    const said = this.#quote(isText ? body.toString("utf8") : decodeErrorMessage(this.#bodyOf(answer) ?? ""));
    const reason = this.#quote(answer.reason);
    const mend = this.#mendOf(status, headers.location);
    return (
      `POST ${this.#where} answered ${status}` +
      (reason === "" ? "" : ` ${reason}`) +
      (said === "" ? "" : `, "${said}"`) +
      (mend === undefined ? "" : `; ${mend}`)
    );
  }

  #mendOf(status: number, location: string | undefined): string | undefined {
    if (status >= 300 && status < 400) return this.#followUp(location);
    if (status === 401 || status === 403) return this.#advice.key;
    if (status === 404) return this.#advice.path;
    if (status === 413) return "lower queue.maxBatchBytes of the processor";
    return status === 415 ? this.#advice.format : undefined;
  }

  #mendOfFailure(cause: unknown): string | undefined {
    const code = String((cause as NodeJS.ErrnoException | null | undefined)?.code);
    if (UNTRUSTED.has(code)) return this.#advice.authority;
    return code.startsWith("HPE_INVALID") ? this.#advice.port : undefined;
  }

  /** A redirect is not followed, since headers with a key would go to whom the user has not named. */
  #followUp(location: string | undefined): string | undefined {
    if (location === undefined || !URL.canParse(location, this.#url.href)) return undefined;
    const target = this.#quote(showEndpoint(new URL(location, this.#url)));
    return `redirects are not followed, set ${this.#advice.urlOption} to ${target}`;
  }
}

function isRetryable(status: number): boolean {
  return status >= 500 && status < 600 ? !FINAL.has(status) : RETRYABLE.has(status);
}

/** Several addresses of one host that all refuse make an error without a message. */
function failureText(cause: unknown): string {
  if (typeof cause !== "object" || cause === null) return "the request could not be sent";
  const { message, code } = cause as NodeJS.ErrnoException;
  return String(message || code || "the request could not be sent");
}
