import type { IncomingMessage } from "node:http";
import type { RequestContextOptions } from "../http/index.js";
import { log, sharedSlot } from "../internal/index.js";
import { type Telemetry, type TelemetryOptions, runningTelemetry, startTelemetry } from "../telemetry/index.js";

/** These are the options of `startTelemetry`, or telemetry that runs already, and those of `requestContext`. */
export interface SpandrelModuleOptions<Req extends IncomingMessage = IncomingMessage> extends TelemetryOptions {
  /** Telemetry that was started elsewhere, which is left to whoever did. Default: the one that runs, or a new one. */
  readonly telemetry?: Telemetry | undefined;
  /** What is known of each HTTP request, or `false` for no context and no span of requests. Default: `{}`. */
  readonly request?: RequestContextOptions<Req> | false | undefined;
}

/** Telemetry as one application uses it. */
export interface TelemetryUse {
  readonly telemetry: Telemetry;
  /** Shuts it down, if it was started by a module and no other application uses it any more. */
  readonly release: () => Promise<void>;
}

/** Telemetry that a module has started. */
interface Started {
  users: number;
  readonly options: TelemetryOptions;
}

const started = sharedSlot<WeakMap<Telemetry, Started>>("nestjs-telemetry", () => new WeakMap());

/**
 * This takes the telemetry that is given, or the one that runs, or starts one. Options that come too late are said to be
 * left out. Throws as `startTelemetry`.
 */
export function useTelemetry(given: Telemetry | undefined, options: TelemetryOptions): TelemetryUse {
  const running = given ?? runningTelemetry();
  if (running !== undefined && !started.has(running)) {
    sayUnused(options);
    return { telemetry: running, release: () => Promise.resolve() };
  }
  const telemetry = running ?? startTelemetry(options);
  const use = started.get(telemetry) ?? { users: 0, options };
  started.set(telemetry, use);
  if (use.options !== options) sayUnused(options);
  use.users++;
  let isReleased = false;
  const release = async (): Promise<void> => {
    if (isReleased) return;
    isReleased = true;
    if (--use.users === 0) await telemetry.shutdown();
  };
  return { telemetry, release };
}

function sayUnused(options: TelemetryOptions): void {
  const names = Object.keys(options).filter((name) => options[name as keyof TelemetryOptions] !== undefined);
  if (names.length === 0) return;
  log.warn(
    "SPANDREL_NEST_OPTIONS_UNUSED",
    `SpandrelModule uses the telemetry that runs already, and its own options (${names.join(", ")}) are left out; ` +
      "give them to startTelemetry, or let the module start it",
  );
}
