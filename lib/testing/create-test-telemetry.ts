import { AlreadyStartedError, InvalidOptionError, hideText } from "../errors.js";
import { InMemorySpanExporter } from "../exporters/index.js";
import { idSource, setClock, sharedSlot, spanWatch } from "../internal/index.js";
import type { SpanRouter } from "../processors/index.js";
import { type Surroundings, type Telemetry, type TelemetryOptions, startTelemetryIn } from "../telemetry/index.js";
import { FixedClock, type FixedClockOptions } from "./fixed-clock.js";
import { FixedIds } from "./fixed-ids.js";
import { StartedSpans } from "./started-spans.js";
import { type TestTelemetry, makeTestTelemetry } from "./test-telemetry.js";

/**
 * These are the options of `startTelemetry` without those that say where spans go. `processors` adds destinations beside
 * the default one, which is memory. No environment variable fills in for an option, so that a test does the same on
 * every machine; the SDK's own (`OTEL_TRACES_SAMPLER`, limits) apply to its spans as ever.
 */
export interface TestTelemetryOptions extends Omit<
  TelemetryOptions,
  "apiKey" | "baseUrl" | "headers" | "customExporter" | "isBatchingEnabled" | "isExitHandled"
> {
  /**
   * `"fixed"` starts at 2024-01-01T00:00:00Z and goes on by 1 ms whenever a span reads it; an object sets start and step.
   * Default: the machine's.
   */
  readonly clock?: "fixed" | FixedClockOptions | undefined;
  /** `"fixed"` counts the ids of spans and traces from 1. Default: random. */
  readonly ids?: "fixed" | undefined;
}

/** What a test does not choose: spans go to memory, each at its end, and the end of the process is left alone. */
const SETTLED = [
  "apiKey",
  "baseUrl",
  "headers",
  "customExporter",
  "isBatchingEnabled",
  "isExitHandled",
] satisfies readonly Exclude<keyof TelemetryOptions, keyof TestTelemetryOptions>[];

/** The one that runs, though the package may be loaded twice. */
const running = sharedSlot<{ current: TestTelemetry | undefined }>("test-telemetry", () => ({ current: undefined }));

/**
 * This starts telemetry that keeps its spans in memory, where a test looks at them as soon as they have ended. Nothing
 * is sent anywhere, whatever the environment says, and no library is instrumented unless `instruments` names it. An
 * earlier test's telemetry is shut down. Throws `AlreadyStartedError` while telemetry that `startTelemetry` has started
 * is running, and `InvalidOptionError` for an option that cannot be used.
 *
 * @example
 * ```ts
 * const telemetry = createTestTelemetry();
 * await new Desk().handle("hello");
 * expect(telemetry.tree()).toEqual([
 *   { name: "Desk.handle", kind: "workflow", children: [{ name: "Desk.plan", kind: "task", children: [] }] },
 * ]);
 * ```
 */
export function createTestTelemetry(options: TestTelemetryOptions = {}): TestTelemetry {
  checkOptions(options);
  const { clock: clockOption, ids: idsOption, ...rest } = options;
  const clock = readClock(clockOption);
  const ids = idsOption === undefined ? undefined : new FixedIds();
  const started = new StartedSpans((span) => clock?.follow(span));
  const exporter = new InMemorySpanExporter();
  void running.current?.shutdown();
  let router: SpanRouter | undefined;
  const surroundings: Surroundings = {
    env: {},
    onRouter: (given) => (router = given),
    onDisconnect: () => {
      spanWatch.current = undefined;
      idSource.current = undefined;
      setClock();
      running.current = undefined;
    },
  };
  const telemetry = start(surroundings, { ...rest, instruments: rest.instruments ?? [], customExporter: exporter });
  spanWatch.current = started;
  idSource.current = ids;
  setClock(clock);
  const restart = (): void => {
    clock?.restart();
    ids?.restart();
    router?.forgetProcessed();
  };
  return (running.current = makeTestTelemetry({ telemetry, exporter, started, restart }));
}

function start(surroundings: Surroundings, options: TelemetryOptions): Telemetry {
  try {
    return startTelemetryIn(surroundings, { ...options, isBatchingEnabled: false, isExitHandled: false });
  } catch (error) {
    if (!(error instanceof AlreadyStartedError)) throw error;
    throw new AlreadyStartedError(
      "createTestTelemetry was called while telemetry of startTelemetry is running; await its shutdown() first, or do " +
        "not call startTelemetry in what a test imports",
    );
  }
}

function readClock(option: TestTelemetryOptions["clock"]): FixedClock | undefined {
  if (option === undefined) return undefined;
  return new FixedClock(option === "fixed" ? {} : option);
}

function checkOptions(options: TestTelemetryOptions): void {
  const given: unknown = options;
  if (typeof given !== "object" || given === null) throw new InvalidOptionError("options", "an object", given);
  for (const key of SETTLED) {
    const value: unknown = Reflect.get(given, key);
    if (value === undefined) continue;
    throw new InvalidOptionError(`createTestTelemetry ${key}`, "left out, as spans stay in memory", hideText(value));
  }
  const { clock, ids, processors }: { clock?: unknown; ids?: unknown; processors?: unknown } = given;
  if (clock !== undefined && clock !== "fixed" && (typeof clock !== "object" || clock === null))
    throw new InvalidOptionError("clock", '"fixed" or { start, stepMillis }', clock);
  if (ids !== undefined && ids !== "fixed") throw new InvalidOptionError("ids", '"fixed"', ids);
  if (typeof processors === "object" && processors !== null && Object.hasOwn(processors, "default"))
    throw new InvalidOptionError("processors.default", "left out, as the default destination is memory", processors);
}
