import { type Tracer, type TracerProvider, trace } from "@opentelemetry/api";
import { type CaptureLimits, DEFAULT_CAPTURE_LIMITS } from "../capture/index.js";
import { sharedSlot } from "../internal/index.js";

/** Name of the instrumentation scope of every span the facade makes. */
export const SCOPE_NAME = "spandrel";

/** What the facade is told by `startTelemetry`. Until then it traces through whatever provider the API has. */
export interface FacadeRuntime {
  /** `idle`: nothing started, the API's provider is used. `off`: disabled or shut down, nothing is recorded. */
  state: "idle" | "on" | "off";
  tracer: Tracer | undefined;
  limits: CaptureLimits;
  isContentCaptured: boolean;
  /** True while spans go to a provider whose processors are not ours, so that none of them can be left out there. */
  isDeliveredElsewhere: boolean;
}

/** The facade's settings, one per process. */
export const runtime = sharedSlot<FacadeRuntime>("facade", () => ({
  state: "idle",
  tracer: undefined,
  limits: DEFAULT_CAPTURE_LIMITS,
  isContentCaptured: true,
  isDeliveredElsewhere: true,
}));

/** The API's own provider hands out a delegate's tracer only once there is one. */
interface ProxyProvider extends TracerProvider {
  getDelegate?(): TracerProvider;
  getDelegateTracer?(name: string, version?: string): Tracer | undefined;
}

let knownProvider: TracerProvider | undefined;
let knownTracer: Tracer | undefined;

/** The tracer a call is to be traced with now; undefined when nobody would record it. */
export function currentTracer(): Tracer | undefined {
  return runtime.state === "idle" ? foreignTracer() : runtime.tracer;
}

function foreignTracer(): Tracer | undefined {
  const proxy: ProxyProvider = trace.getTracerProvider();
  const provider = proxy.getDelegate?.() ?? proxy;
  if (provider !== knownProvider) {
    knownTracer = proxy.getDelegateTracer ? proxy.getDelegateTracer(SCOPE_NAME) : provider.getTracer(SCOPE_NAME);
    knownProvider = provider;
  }
  return knownTracer;
}
