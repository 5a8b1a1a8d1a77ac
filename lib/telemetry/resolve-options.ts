import type { Attributes } from "@opentelemetry/api";
import type { CaptureLimits } from "../capture/index.js";
import { DEFAULT_CAPTURE_LIMITS } from "../capture/index.js";
import type { PropagatedAttributes } from "../context/index.js";
import { InvalidOptionError, hideText } from "../errors.js";
import { type InstrumentSelection, selectInstruments } from "../instruments/index.js";
import {
  type Environment,
  type LogLevel,
  isRefusedIn,
  readBoolean,
  readVariable,
  readWord,
} from "../internal/index.js";
import type { AutoFlush } from "../processors/index.js";
import { type Redactor, createRedactor } from "../redaction/index.js";
import type { TelemetryOptions } from "./telemetry-options.js";

/** The options once the environment and the defaults are in them. */
export interface ResolvedOptions extends Pick<
  TelemetryOptions,
  "spanPostprocessCallback" | "customExporter" | "headers" | "tracerProvider"
> {
  /** Undefined when neither option nor variable names the application. */
  readonly appName: { readonly value: string; readonly isExplicit: boolean } | undefined;
  /** Undefined when no key is given. */
  readonly respan: { readonly apiKey: string; readonly baseUrl?: string } | undefined;
  readonly logLevel: LogLevel;
  readonly isBatchingEnabled: boolean;
  readonly instruments: InstrumentSelection;
  readonly resourceAttributes: Attributes;
  readonly isEnabled: boolean;
  readonly processors: NonNullable<TelemetryOptions["processors"]>;
  readonly defaults: PropagatedAttributes;
  readonly captureContent: boolean;
  readonly limits: CaptureLimits;
  /** Undefined where nothing is to be redacted. */
  readonly redactor: Redactor | undefined;
  readonly autoFlush: AutoFlush;
  readonly isExitHandled: boolean;
  readonly isProduction: boolean;
  /** True when a variable of OpenTelemetry says where traces are to be sent. */
  readonly hasOtlpEndpoint: boolean;
  /** True when a variable of OpenTelemetry says something of the resource. */
  readonly hasResourceVariables: boolean;
}

const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
/** Level names of other languages that share the variable. */
const LOG_LEVEL_ALIASES = { warning: "warn", critical: "error", fatal: "error", none: "silent" } as const;
const AUTO_FLUSH = ["off", "root", "always"] as const;
const MAX_CAPTURE_BYTES = 1_048_576;

const OWN_INSTRUMENTS = ["openai", "anthropic"] as const;

/** Every option there is, so that a misspelt one is an error and not a silent default. */
const KNOWN: Readonly<Record<keyof TelemetryOptions, true>> = {
  appName: true,
  apiKey: true,
  baseUrl: true,
  logLevel: true,
  isBatchingEnabled: true,
  instruments: true,
  blockInstruments: true,
  isAutoInstrument: true,
  headers: true,
  resourceAttributes: true,
  spanPostprocessCallback: true,
  isEnabled: true,
  customExporter: true,
  processors: true,
  customerIdentifier: true,
  threadIdentifier: true,
  metadata: true,
  environment: true,
  captureContent: true,
  capture: true,
  redact: true,
  tracerProvider: true,
  autoFlush: true,
  isExitHandled: true,
};

/** This checks the options and fills in environment and defaults. Throws `InvalidOptionError`. */
export function resolveOptions(options: TelemetryOptions, env: Environment): ResolvedOptions {
  checkOptions(options);
  const { customerIdentifier, threadIdentifier, metadata } = options;
  return {
    appName: appNameOf(options, env),
    respan: respanOf(options, env),
    logLevel:
      options.logLevel ??
      readWord(env, ["SPANDREL_LOG_LEVEL", "RESPAN_LOG_LEVEL"], LOG_LEVELS, LOG_LEVEL_ALIASES) ??
      "warn",
    isBatchingEnabled:
      options.isBatchingEnabled ?? readBoolean(env, ["SPANDREL_BATCHING_ENABLED", "RESPAN_BATCHING_ENABLED"]) ?? true,
    instruments: selectInstruments({
      // Who brings a provider has chosen instrumentations; ours are of the facade, which traces through it.
      instruments: options.instruments ?? (options.tracerProvider === undefined ? undefined : OWN_INSTRUMENTS),
      blockInstruments: options.blockInstruments,
      isAutoInstrument: options.isAutoInstrument,
    }),
    resourceAttributes: options.resourceAttributes ?? {},
    spanPostprocessCallback: options.spanPostprocessCallback,
    isEnabled: options.isEnabled ?? isEnabledIn(env),
    customExporter: options.customExporter,
    headers: options.headers,
    processors: options.processors ?? {},
    defaults: {
      customerIdentifier,
      threadIdentifier,
      metadata,
      environment: options.environment ?? readVariable(env, ["SPANDREL_ENVIRONMENT"])?.value,
    },
    // A privacy switch: off anywhere is off, whatever has precedence elsewhere.
    captureContent: options.captureContent !== false && isContentCapturedIn(env),
    limits: limitsOf(options.capture ?? {}),
    redactor: options.redact === false ? undefined : createRedactor(options.redact ?? true),
    tracerProvider: options.tracerProvider,
    autoFlush: options.autoFlush ?? readWord(env, ["RESPAN_AUTO_FLUSH"], AUTO_FLUSH) ?? "root",
    isExitHandled: options.isExitHandled ?? true,
    isProduction: env["NODE_ENV"] === "production",
    hasOtlpEndpoint:
      readVariable(env, ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]) !== undefined,
    hasResourceVariables: readVariable(env, ["OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME"]) !== undefined,
  };
}

function appNameOf(options: TelemetryOptions, env: Environment): ResolvedOptions["appName"] {
  if (options.appName !== undefined) return { value: options.appName, isExplicit: true };
  const variable = readVariable(env, ["SPANDREL_APP_NAME", "RESPAN_APP_NAME", "OTEL_SERVICE_NAME"]);
  return variable === undefined ? undefined : { value: variable.value, isExplicit: false };
}

function respanOf(options: TelemetryOptions, env: Environment): ResolvedOptions["respan"] {
  const apiKey = options.apiKey ?? readVariable(env, ["RESPAN_API_KEY"])?.value;
  const baseUrl = options.baseUrl ?? readVariable(env, ["RESPAN_BASE_URL"])?.value;
  if (apiKey === undefined) return undefined;
  return baseUrl === undefined ? { apiKey } : { apiKey, baseUrl };
}

/** OpenTelemetry's own variable means "disabled", and any word but "true" leaves the SDK on. */
function isEnabledIn(env: Environment): boolean {
  return readBoolean(env, ["SPANDREL_ENABLED"]) ?? env["OTEL_SDK_DISABLED"]?.trim().toLowerCase() !== "true";
}

function isContentCapturedIn(env: Environment): boolean {
  return (
    readBoolean(env, ["SPANDREL_CAPTURE_CONTENT"]) !== false &&
    !isRefusedIn(env, ["TRACELOOP_TRACE_CONTENT", "RESPAN_TRACE_CONTENT"])
  );
}

function limitsOf(capture: NonNullable<TelemetryOptions["capture"]>): CaptureLimits {
  const limits = { ...DEFAULT_CAPTURE_LIMITS };
  for (const key of Object.keys(capture) as (keyof CaptureLimits)[]) {
    const value: unknown = capture[key];
    if (value === undefined) continue;
    const most = key === "maxBytes" ? MAX_CAPTURE_BYTES : Number.MAX_SAFE_INTEGER;
    if (!Object.hasOwn(limits, key))
      throw new InvalidOptionError(`capture.${key}`, "maxBytes, maxDepth or maxItems", value);
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > most) {
      throw new InvalidOptionError(`capture.${key}`, `an integer from 1 to ${String(most)}`, value);
    }
    limits[key] = value as number;
  }
  return limits;
}

function checkOptions(options: TelemetryOptions): void {
  const given: unknown = options;
  if (typeof given !== "object" || given === null) throw new InvalidOptionError("options", "an object", given);
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(KNOWN, key)) {
      throw new InvalidOptionError(
        `startTelemetry ${key}`,
        `one of ${Object.keys(KNOWN).join(", ")}`,
        // A misspelt apiKey holds a key.
        hideText(Reflect.get(options, key)),
      );
    }
  }
  const check = (key: keyof TelemetryOptions, expected: string, isRight: (value: unknown) => boolean): void => {
    const value: unknown = options[key];
    if (value !== undefined && !isRight(value)) throw new InvalidOptionError(key, expected, value);
  };
  const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
  const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
  const isOneOf = (words: readonly unknown[]) => (value: unknown) => words.includes(value);

  for (const key of [
    "appName",
    "apiKey",
    "baseUrl",
    "customerIdentifier",
    "threadIdentifier",
    "environment",
  ] as const) {
    check(key, "a non-empty string", isText);
  }
  for (const key of [
    "isBatchingEnabled",
    "isAutoInstrument",
    "isEnabled",
    "captureContent",
    "isExitHandled",
  ] as const) {
    check(key, "a boolean", (value) => typeof value === "boolean");
  }
  for (const key of ["headers", "resourceAttributes", "metadata", "processors", "capture"] as const)
    check(key, "an object", isObject);
  check("logLevel", LOG_LEVELS.join(", "), isOneOf(LOG_LEVELS));
  check("autoFlush", AUTO_FLUSH.join(", "), isOneOf(AUTO_FLUSH));
  check("spanPostprocessCallback", "a function", (value) => typeof value === "function");
  check("customExporter", "a SpanExporter", isObject);
  check("tracerProvider", "a TracerProvider, or a function that makes one", (value) => {
    return (
      typeof value === "function" ||
      (isObject(value) && typeof Reflect.get(value as object, "getTracer") === "function")
    );
  });
}
