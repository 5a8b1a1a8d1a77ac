import type { Attributes, TracerProvider } from "@opentelemetry/api";
import type { SpanExporter } from "../exporters/index.js";
import type { InstrumentName } from "../instruments/index.js";
import type { LogLevel } from "../internal/index.js";
import type { EditableSpan } from "../otlp/index.js";
import type { AutoFlush, ProcessorOptions, SpanProcessor } from "../processors/index.js";
import type { RedactOptions } from "../redaction/index.js";

export type { RedactOptions };

/** These limits bound one captured value. What is cut carries a visible marker, with the original size where known. */
export interface CaptureOptions {
  /** Bytes of JSON kept of one value. Default 65,536; at most 1,048,576. */
  readonly maxBytes?: number | undefined;
  /** Levels of nesting kept. Default 32. */
  readonly maxDepth?: number | undefined;
  /** Items kept of each array, object, Map or Set. Default 1,000. */
  readonly maxItems?: number | undefined;
}

/**
 * These options start telemetry. An option beats its environment variables, of which the first that is set counts, and
 * those beat the default. A value that cannot be used throws `InvalidOptionError`.
 */
export interface TelemetryOptions {
  /**
   * The application: resource attribute `service.name`. It wins over `resourceAttributes`. Default `"spandrel"`.
   * Env `SPANDREL_APP_NAME`, `RESPAN_APP_NAME`, `OTEL_SERVICE_NAME`.
   */
  readonly appName?: string | undefined;
  /**
   * A key of Respan: spans go there, unless `customExporter` or `processors.default` says otherwise.
   * Env `RESPAN_API_KEY`.
   */
  readonly apiKey?: string | undefined;
  /**
   * Where Respan is, with or without `/api` and `/v2/traces` at its end. Default `https://api.respan.co/api`.
   * Env `RESPAN_BASE_URL`.
   */
  readonly baseUrl?: string | undefined;
  /** What Spandrel says on stderr, each message once. Default `"warn"`. Env `SPANDREL_LOG_LEVEL`, `RESPAN_LOG_LEVEL`. */
  readonly logLevel?: LogLevel | undefined;
  /**
   * `false` exports each span when it ends instead of in batches. Default `true`; a processor's own option wins.
   * Env `SPANDREL_BATCHING_ENABLED`, `RESPAN_BATCHING_ENABLED`.
   */
  readonly isBatchingEnabled?: boolean | undefined;
  /**
   * The libraries that are traced without a decorator, by name. Default: every one that is installed (with a
   * `tracerProvider` of your own, `openai` and `anthropic` only). `[]` is none; a list is only those. `context`, which
   * carries the active span from call to call, is on whether or not it is listed.
   */
  readonly instruments?: readonly InstrumentName[] | undefined;
  /** Names taken out of `instruments`, whatever that says. Only here can `context` be switched off. */
  readonly blockInstruments?: readonly InstrumentName[] | undefined;
  /** `false` is the same as `instruments: []`, whatever that says. Default `true`. */
  readonly isAutoInstrument?: boolean | undefined;
  /**
   * More headers of the requests to the default destination, where that is Respan or an endpoint named by
   * OpenTelemetry's variables. An exporter of your own has headers of its own.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** More resource attributes. Env `OTEL_RESOURCE_ATTRIBUTES` (`key=value,key=value`), below these. */
  readonly resourceAttributes?: Attributes | undefined;
  /** Sees each ended span once, before routing, as a copy it may edit. A throw is contained and counted. */
  readonly spanPostprocessCallback?: ((span: EditableSpan) => void) | undefined;
  /**
   * `false` records nothing: decorated methods just run, and every function of this package can still be called.
   * Default `true`. Env `SPANDREL_ENABLED`, `OTEL_SDK_DISABLED` (the other way round).
   */
  readonly isEnabled?: boolean | undefined;
  /** Takes the place of the default destination. */
  readonly customExporter?: SpanExporter | undefined;
  /** Processors by name: the same as calling `addProcessor` for each. `default` is the default destination. */
  readonly processors?: Readonly<Record<string, Omit<ProcessorOptions, "name">>> | undefined;
  /** Attributes of every span of the process, below those of `propagateAttributes`. */
  readonly customerIdentifier?: string | undefined;
  /** As `customerIdentifier`. */
  readonly threadIdentifier?: string | undefined;
  /** As `customerIdentifier`; merges with the metadata of a scope, which wins. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** As `customerIdentifier`. Env `SPANDREL_ENVIRONMENT`. */
  readonly environment?: string | undefined;
  /**
   * `false` keeps inputs, outputs and chunk text off every span. Here or in a variable, it cannot be switched on again
   * elsewhere. Default `true`. Env `SPANDREL_CAPTURE_CONTENT`, `TRACELOOP_TRACE_CONTENT`,
   * `RESPAN_TRACE_CONTENT`.
   */
  readonly captureContent?: boolean | undefined;
  /** How much is kept of each captured value. */
  readonly capture?: CaptureOptions | undefined;
  /**
   * Hides secrets in a copy of each span on its way to an exporter: values under names such as `password` and
   * `authorization`, and texts with the form of a credential. An object adds names and patterns of yours, `false` turns
   * it off. Default `true`.
   */
  readonly redact?: boolean | RedactOptions | undefined;
  /**
   * Your own provider (OTel SDK 2.x or 3.x). Ready-made: decorated calls are traced through it, and nothing else
   * changes. A function is given Spandrel's span processor to put among yours, so that routing, exporters and the
   * ledger work too. Either way nothing global is registered, and `shutdown` leaves your provider running.
   */
  readonly tracerProvider?: TracerProvider | ((spandrel: SpanProcessor) => TracerProvider) | undefined;
  /**
   * When an export is started before its time: `root` when a trace's root ends, `always` at each span, `off` never.
   * Nobody waits for it. Default `"root"`. Env `RESPAN_AUTO_FLUSH`.
   */
  readonly autoFlush?: AutoFlush | undefined;
  /** `false` leaves the end of the process alone: without `shutdown`, what is still queued then is lost. Default `true`. */
  readonly isExitHandled?: boolean | undefined;
}
