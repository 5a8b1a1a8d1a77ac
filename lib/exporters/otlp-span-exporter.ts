import type { ExportResult, ReadableSpan, SpanExporter } from "../otlp/index.js";
import { OtlpSender } from "./otlp-sender.js";
import { readOtlpSettings } from "./otlp-settings.js";
import { processEnvironment } from "./process-environment.js";

/**
 * Options of `OtlpSpanExporter`. What they leave out comes from OpenTelemetry's variables, read at construction; of two
 * variables the one with `TRACES_` wins, and an empty one counts as not set.
 */
export interface OtlpSpanExporterOptions {
  /**
   * Where to send; used as it is given, except that a bare origin gets `/v1/traces`. Variables
   * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` (as it is) and `OTEL_EXPORTER_OTLP_ENDPOINT` (plus `/v1/traces`, unless it ends so); default
   * `http://localhost:4318/v1/traces`. User and password in it are sent as basic authentication.
   */
  readonly url?: string;
  /**
   * Sent with each request, beside those of `OTEL_EXPORTER_OTLP_HEADERS` and `OTEL_EXPORTER_OTLP_TRACES_HEADERS`
   * (`key=value` pairs separated by commas, percent-encoded); of one name the option's wins. Those that describe the
   * body are the exporter's own.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default `http/protobuf`; variable `OTEL_EXPORTER_OTLP_PROTOCOL`. There is no gRPC. */
  readonly protocol?: "http/protobuf" | "http/json";
  /** From the export to the last byte of the answer; default 10000, variable `OTEL_EXPORTER_OTLP_TIMEOUT`. */
  readonly timeoutMillis?: number;
  /** Default `none`; variable `OTEL_EXPORTER_OTLP_COMPRESSION`. */
  readonly compression?: "none" | "gzip";
}

/**
 * This exporter sends spans to an OpenTelemetry Collector or any other receiver of OTLP/HTTP: one request an export,
 * over connections of its own that do not keep the process alive. A batch counts as exported when the server has
 * answered 2xx within `timeoutMillis`; spans that it refused of it, and spans that have no form in OTLP, are counted as
 * rejected. Redirects are not followed. Certificates come from the files that `OTEL_EXPORTER_OTLP_CERTIFICATE`,
 * `…_CLIENT_KEY` and `…_CLIENT_CERTIFICATE` name.
 *
 * `export` never throws. Its callback gets code 1 and an `ExportError`: with `retryAfterMillis` when another attempt may
 * help (no connection, no answer in time, a page in place of OTLP, 408, 425, 429, 5xx but 501, 505, 511), otherwise with every span rejected. The
 * processor makes the attempts. Throws `InvalidOptionError` at construction for an option or variable it cannot use;
 * no message shows a header's value or the user, password or query of a URL.
 *
 * @example
 * const exporter = new OtlpSpanExporter({ url: "http://localhost:4318", compression: "gzip" });
 */
export class OtlpSpanExporter implements SpanExporter {
  /** Receivers know spans by their ids. */
  readonly acceptsRepeats = true;
  readonly #sender: OtlpSender;

  /** @param env for specs only: the variables to read. */
  constructor(
    options: OtlpSpanExporterOptions = {},
    env: Readonly<Record<string, string | undefined>> = processEnvironment(),
  ) {
    this.#sender = new OtlpSender(readOtlpSettings(options, env));
  }

  export(spans: readonly ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    this.#sender.export(spans, resultCallback);
  }

  /** Resolves when the requests that are under way have been answered or have failed. */
  async forceFlush(): Promise<void> {
    await this.#sender.flush();
  }

  /** Waits a second for requests that are under way, then closes the connections. Later exports fail. Never rejects. */
  async shutdown(): Promise<void> {
    await this.#sender.close();
  }
}
