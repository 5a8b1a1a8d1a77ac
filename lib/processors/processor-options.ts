import { InvalidOptionError } from "../errors.js";
import { LONGEST_TIMER_MILLIS } from "../internal/index.js";
import type { ReadableSpan, SpanExporter } from "../otlp/index.js";
import type { DurableOptions } from "./durable-options.js";

/** These options bound a processor's queue. All are positive integers. */
export interface QueueOptions {
  /** Spans that may wait; the newest beyond that is dropped and counted. Default 10,000. */
  readonly maxSpans?: number | undefined;
  /** Estimated bytes of the spans that may wait. Default 67,108,864 (64 MiB). */
  readonly maxBytes?: number | undefined;
  /** Spans in one export. Default 512. */
  readonly maxBatchSpans?: number | undefined;
  /** Estimated bytes in one export; a span that alone is larger travels alone. Default 4,194,304 (4 MiB). */
  readonly maxBatchBytes?: number | undefined;
  /** The longest a span waits before its export is started. Default 1,000. */
  readonly scheduledDelayMillis?: number | undefined;
  /** The longest the exporter may take to answer. Default 10,000. */
  readonly exportTimeoutMillis?: number | undefined;
}

/** These options describe one destination of spans. */
export interface ProcessorOptions {
  /** What tags call it. Not empty, no comma, no space around it. Without one it gets every untagged span. */
  readonly name?: string | undefined;
  /** Any OpenTelemetry `SpanExporter`. Spandrel shuts it down. */
  readonly exporter: SpanExporter;
  /** Which of the spans routed here are exported. A throw drops the span for this processor only. */
  readonly filter?: ((span: ReadableSpan) => boolean) | undefined;
  /** `false` starts the export at the end of each span, on the caller's path. Default `true`. */
  readonly isBatchingEnabled?: boolean | undefined;
  /** `true` sends untagged spans to a named processor as well. Default: only for the name `default`. */
  readonly isDefault?: boolean | undefined;
  /**
   * Keeps each span on disk from its end until it is delivered: by this process, the next start, or another process.
   * A span may arrive twice, with the same id. `true` uses the defaults. Default `false`.
   */
  readonly durable?: boolean | DurableOptions | undefined;
  /** How many spans may wait, and how they are batched. */
  readonly queue?: QueueOptions | undefined;
}

/** The queue's bounds with every default filled in. */
export type QueueSettings = { readonly [Key in keyof QueueOptions]-?: number };

const QUEUE_DEFAULTS: QueueSettings = {
  maxSpans: 10_000,
  maxBytes: 64 * 1024 * 1024,
  maxBatchSpans: 512,
  maxBatchBytes: 4 * 1024 * 1024,
  scheduledDelayMillis: 1_000,
  exportTimeoutMillis: 10_000,
};

/** Every option there is, so that a misspelt one is an error and not a silent default. */
const KNOWN: Readonly<Record<keyof ProcessorOptions, true>> = {
  name: true,
  exporter: true,
  filter: true,
  isBatchingEnabled: true,
  isDefault: true,
  durable: true,
  queue: true,
};

/** This throws `InvalidOptionError` for the first option that cannot be used. */
export function checkProcessorOptions(options: ProcessorOptions): void {
  const given: unknown = options;
  if (typeof given !== "object" || given === null) {
    throw new InvalidOptionError("addProcessor's options", "an object with an exporter", given);
  }
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(KNOWN, key))
      throw new InvalidOptionError(
        `processor option ${key}`,
        `one of ${Object.keys(KNOWN).join(", ")}`,
        Reflect.get(options, key),
      );
  }
  const {
    name,
    exporter,
    filter,
    isBatchingEnabled,
    isDefault,
    queue,
  }: Record<Exclude<keyof ProcessorOptions, "durable">, unknown> = {
    name: undefined,
    filter: undefined,
    isBatchingEnabled: undefined,
    isDefault: undefined,
    queue: undefined,
    ...options,
  };
  if (name !== undefined && !isProcessorName(name)) {
    throw new InvalidOptionError("name", "a non-empty string without commas or spaces around it", name);
  }
  if (!hasMethods(exporter, "export", "shutdown")) {
    throw new InvalidOptionError("exporter", "a SpanExporter with the functions export and shutdown", exporter);
  }
  if (filter !== undefined && typeof filter !== "function") {
    throw new InvalidOptionError("filter", "a function of a span", filter);
  }
  for (const [option, value] of Object.entries({ isBatchingEnabled, isDefault })) {
    if (value !== undefined && typeof value !== "boolean") throw new InvalidOptionError(option, "a boolean", value);
  }
  if (queue !== undefined && (typeof queue !== "object" || queue === null)) {
    throw new InvalidOptionError("queue", "an object", queue);
  }
}

/** This fills in the defaults. It throws `InvalidOptionError` for a number that is not a positive integer. */
export function queueSettings(queue: QueueOptions = {}): QueueSettings {
  const settings = { ...QUEUE_DEFAULTS };
  for (const option of Object.keys(queue)) {
    if (!Object.hasOwn(QUEUE_DEFAULTS, option))
      throw new InvalidOptionError(
        `queue.${option}`,
        `one of ${Object.keys(QUEUE_DEFAULTS).join(", ")}`,
        Reflect.get(queue, option),
      );
  }
  for (const option of Object.keys(QUEUE_DEFAULTS) as (keyof QueueSettings)[]) {
    const value: unknown = queue[option];
    if (value === undefined) continue;
    const most = option.endsWith("Millis") ? LONGEST_TIMER_MILLIS : Number.MAX_SAFE_INTEGER;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > most) {
      throw new InvalidOptionError(`queue.${option}`, `a positive integer up to ${most}`, value);
    }
    settings[option] = value;
  }
  return settings;
}

/** Tags of other SDKs are comma-joined, so a comma inside a name could never be addressed. */
function isProcessorName(value: unknown): boolean {
  return typeof value === "string" && value !== "" && value === value.trim() && !value.includes(",");
}

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  if (typeof value !== "object" && typeof value !== "function") return false;
  return value !== null && names.every((name) => typeof Reflect.get(value, name) === "function");
}
