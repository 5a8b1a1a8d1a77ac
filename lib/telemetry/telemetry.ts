import {
  Agent,
  StreamingAgent,
  StreamingTask,
  StreamingTool,
  StreamingWorkflow,
  Task,
  Tool,
  Workflow,
} from "../decorators/index.js";
import { leftOutCounts } from "../context/index.js";
import { InvalidOptionError } from "../errors.js";
import { containedFaults } from "../internal/index.js";
import type { ProcessorHandle, ProcessorLedger, ProcessorOptions, SpanRouter } from "../processors/index.js";
import type { ResolvedOptions } from "./resolve-options.js";

/** This is what `telemetry.status()` tells. */
export interface TelemetryStatus {
  /** A ledger per processor, removed ones included: where every ended span is. */
  readonly processors: ProcessorLedger[];
  /** How many spans of other instrumentations were left out, by its name, as they were of calls that are traced here. */
  readonly duplicates: Readonly<Record<string, number>>;
  /** How often each failure inside Spandrel was kept from the caller, by code. */
  readonly faults: Readonly<Record<string, number>>;
}

/** Makes a `Telemetry`, which only `startTelemetry` does: the constructor is private. */
export let createTelemetry: (router: SpanRouter, options: ResolvedOptions, shutdown: ShutdownSteps) => Telemetry;

/** What a shutdown does besides closing the processors. */
export interface ShutdownSteps {
  /** Stops recording, at once. */
  readonly disconnect: () => void;
  /** When the processors are closed. */
  readonly leave: () => void;
}

/** This is running telemetry, as `startTelemetry` returns it. */
export class Telemetry {
  static {
    createTelemetry = (router, options, shutdown) => new Telemetry(router, options, shutdown);
  }

  readonly Workflow = Workflow;
  readonly Task = Task;
  readonly Agent = Agent;
  readonly Tool = Tool;
  readonly StreamingWorkflow = StreamingWorkflow;
  readonly StreamingTask = StreamingTask;
  readonly StreamingAgent = StreamingAgent;
  readonly StreamingTool = StreamingTool;
  readonly #router: SpanRouter;
  readonly #isBatchingEnabled: boolean;
  readonly #tracerProvider: ResolvedOptions["tracerProvider"];
  readonly #steps: ShutdownSteps;
  #shutdown: Promise<void> | undefined;

  private constructor(router: SpanRouter, options: ResolvedOptions, steps: ShutdownSteps) {
    this.#router = router;
    this.#isBatchingEnabled = options.isBatchingEnabled;
    this.#tracerProvider = options.tracerProvider;
    this.#steps = steps;
  }

  /**
   * Adds a destination from now on. With a `name` it gets the spans whose tag says so (and, with `isDefault`, untagged
   * ones); without, every untagged span, or with a `filter` every span that the filter lets pass.
   * Throws `InvalidOptionError` for an option that cannot be used or a name that is taken, and with a ready-made
   * `tracerProvider`, which has processors of its own.
   */
  addProcessor(options: ProcessorOptions): ProcessorHandle {
    if (typeof this.#tracerProvider === "object") throw readyMadeProviderError(this.#tracerProvider);
    const isBatchingEnabled = options?.isBatchingEnabled ?? this.#isBatchingEnabled;
    return this.#router.addProcessor({ ...options, isBatchingEnabled });
  }

  /** Waits for everything ended so far to be exported, batches in flight included. Never rejects, shuts nothing down. */
  flush(): Promise<void> {
    return this.#router.forceFlush();
  }

  /**
   * Stops recording, flushes, and closes every exporter; what 10 s do not suffice for counts `dropped.shutdown`.
   * Idempotent. Never rejects. Afterwards `startTelemetry` may be called again.
   */
  shutdown(): Promise<void> {
    if (this.#shutdown === undefined) {
      this.#steps.disconnect();
      this.#shutdown = this.#router.shutdown().then(this.#steps.leave);
    }
    return this.#shutdown;
  }

  /** Where every ended span is, per processor: a snapshot. It answers for ever, after `shutdown` too. */
  status(): TelemetryStatus {
    return { ...this.#router.status(), duplicates: leftOutCounts(), faults: containedFaults() };
  }

  /** `await using telemetry = startTelemetry()` shuts down at the end of the scope. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }
}

/** Says that spans of a ready-made provider never come by our router, so that nothing can be done with them there. */
export function readyMadeProviderError(tracerProvider: object): InvalidOptionError {
  return new InvalidOptionError(
    "tracerProvider",
    "a function (spandrel) => provider where processors, customExporter, spanPostprocessCallback or addProcessor are " +
      "used, as a ready-made provider has its own processors",
    tracerProvider,
  );
}
