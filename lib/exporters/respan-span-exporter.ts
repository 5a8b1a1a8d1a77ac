import { InvalidOptionError, hideText } from "../errors.js";
import { readVariable, readWord, type Environment } from "../internal/index.js";
import type { ExportResult, ReadableSpan, SpanExporter } from "../otlp/index.js";
import { readChoice, readTimeout, refuseUnknown, type KnownOptions } from "./exporter-options.js";
import { OtlpSender } from "./otlp-sender.js";
import { processEnvironment } from "./process-environment.js";
import { readHeaders } from "./request-headers.js";
import { DEFAULT_BASE_URL, readRespanEndpoint } from "./respan-endpoint.js";
import { createRespanView, type RespanViewOptions } from "./respan-view.js";

/** Options of `RespanSpanExporter`. What they leave out comes from variables, read at construction. */
export interface RespanSpanExporterOptions {
  /** Sent as `Authorization: Bearer …`, whatever `headers` say; variable `RESPAN_API_KEY`. There must be one. */
  readonly apiKey?: string;
  /**
   * Default `https://api.respan.co/api`; variable `RESPAN_BASE_URL`. With or without a `/` or `/v2/traces` at its end;
   * of a host alone `/api` is taken.
   */
  readonly baseUrl?: string;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** From the export to the last byte of the answer; default 10000. */
  readonly timeoutMillis?: number;
  /**
   * How metadata is written. `keys` (default): one attribute `respan.metadata.<key>` each, as in every other file and
   * exporter. `json`: one attribute `respan.metadata` with a JSON object, as Respan's newest SDK for Python writes it.
   * `both`: the one and the other.
   */
  readonly metadata?: "keys" | "json" | "both";
  /**
   * `legacy` (default): spans keep their names. `semantic`: they are called `workflow`, `task`, `agent.<name>`,
   * `tool.<name>`, `llm.<model>` and `embedding`, as Respan's own exporters do it. Variable `RESPAN_SPAN_NAME_STYLE`.
   * The default differs from theirs, because a renamed task or workflow no longer tells which one it is; kind, name and
   * path are attributes in both styles. Choose `semantic` where views and alerts are shared with services on their SDK.
   */
  readonly spanNameStyle?: "semantic" | "legacy";
}

const DEFAULT_TIMEOUT_MILLIS = 10_000;
const KNOWN: KnownOptions<RespanSpanExporterOptions> = {
  apiKey: true,
  baseUrl: true,
  headers: true,
  timeoutMillis: true,
  metadata: true,
  spanNameStyle: true,
};
const METADATA = ["keys", "json", "both"] as const;
const STYLES = ["semantic", "legacy"] as const;

/**
 * This exporter sends spans to Respan, as OTLP JSON to `/v2/traces`. Several at once, with other keys or other hosts,
 * know nothing of each other. On the copy that is sent, spans of entities and model calls get `respan.entity.log_type`
 * (`workflow`, `task`, `agent`, `tool`, `chat`, `embedding`), model calls `llm.request.type`, all of them
 * `respan.entity.log_method`; what only steers this process (the tag, filter and sample rate) is left out.
 *
 * Success, failure, retry and shutdown are those of `OtlpSpanExporter`. Throws `InvalidOptionError` at construction when
 * there is no key, or for an option or variable it cannot use; no message shows the key.
 *
 * @example
 * const exporter = new RespanSpanExporter({ apiKey: "key-of-the-support-team", headers: { "x-team": "support" } });
 */
export class RespanSpanExporter implements SpanExporter {
  /** Respan knows spans by their ids. */
  readonly acceptsRepeats = true;
  readonly #sender: OtlpSender;
  readonly #view: (span: ReadableSpan) => ReadableSpan;

  /** @param env for specs only: the variables to read. */
  constructor(
    options: RespanSpanExporterOptions = {},
    env: Readonly<Record<string, string | undefined>> = processEnvironment(),
  ) {
    if (typeof options !== "object" || options === null)
      throw new InvalidOptionError("RespanSpanExporter", "an object of options", hideText(options));
    refuseUnknown("RespanSpanExporter", KNOWN, options);
    this.#view = createRespanView(readViewOptions(options, env));
    this.#sender = new OtlpSender({
      url: urlOf(options.baseUrl, env),
      headers: {
        ...readHeaders("RespanSpanExporter.headers", options.headers ?? {}),
        authorization: `Bearer ${keyOf(options.apiKey, env)}`,
      },
      protocol: "http/json",
      compression: "none",
      timeoutMillis: readTimeout("RespanSpanExporter.timeoutMillis", options.timeoutMillis) ?? DEFAULT_TIMEOUT_MILLIS,
      advice: {
        key: "check apiKey, or RESPAN_API_KEY",
        path: `check baseUrl, or RESPAN_BASE_URL; by default it is ${DEFAULT_BASE_URL}`,
        format: "check that baseUrl, or RESPAN_BASE_URL, is an address of Respan",
        urlOption: "baseUrl",
        authority: "give the CA in NODE_EXTRA_CA_CERTS",
        port: "check that baseUrl, or RESPAN_BASE_URL, is an address of Respan",
      },
    });
  }

  export(spans: readonly ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    this.#sender.export(spans.map(this.#view), resultCallback);
  }

  /** Resolves when the requests that are under way have been answered or have failed. */
  async forceFlush(): Promise<void> {
    await this.#sender.flush();
  }

  /** Lets requests that are under way come to their end, then closes the connections. Later exports fail. Never rejects. */
  async shutdown(): Promise<void> {
    await this.#sender.close();
  }
}

function urlOf(given: unknown, env: Environment): URL {
  if (given !== undefined) return readRespanEndpoint("RespanSpanExporter.baseUrl", given);
  const { name, value } = readVariable(env, ["RESPAN_BASE_URL"]) ?? { name: "", value: DEFAULT_BASE_URL };
  return readRespanEndpoint(name, value);
}

function keyOf(given: unknown, env: Environment): string {
  const key = given ?? readVariable(env, ["RESPAN_API_KEY"])?.value;
  // One line of printable ASCII: anything else is a key that was pasted with something around it.
  if (typeof key === "string" && /^[\x21-\x7e]+$/.test(key.trim())) return key.trim();
  const expected = "an API key of Respan, here or in the variable RESPAN_API_KEY";
  throw new InvalidOptionError("RespanSpanExporter.apiKey", expected, hideText(key));
}

function readViewOptions({ metadata, spanNameStyle }: RespanSpanExporterOptions, env: Environment): RespanViewOptions {
  return {
    metadata: readChoice("RespanSpanExporter.metadata", METADATA, metadata) ?? "keys",
    spanNameStyle:
      readChoice("RespanSpanExporter.spanNameStyle", STYLES, spanNameStyle) ??
      readWord(env, ["RESPAN_SPAN_NAME_STYLE"], STYLES) ??
      "legacy",
  };
}
