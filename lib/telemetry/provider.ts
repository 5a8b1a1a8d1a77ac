import {
  type Attributes,
  type Context,
  type TextMapSetter,
  type Tracer,
  type TracerOptions,
  context,
  propagation,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  type Resource,
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { type IdGenerator, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { SCOPE_NAME, adoptiveParent, assignHolder, holderIn } from "../context/index.js";
import { VERSION, log, newSpanId, newTraceId, spanWatch } from "../internal/index.js";
import type { SpanRouter } from "../processors/index.js";
import { SERVICE_NAME } from "../semconv.js";
import { RecordingTracer } from "../tracer/index.js";
import type { ResolvedOptions } from "./resolve-options.js";

/** Roots that start inside a span buffer's `run` are of its trace, whichever tracer makes them. */
const ID_GENERATOR: IdGenerator = {
  generateTraceId: () => holderIn(context.active())?.traceId ?? newTraceId(),
  generateSpanId: newSpanId,
};

/** The SDK's provider, with our own tracer for the spans of decorated calls. */
export class SpandrelTracerProvider extends NodeTracerProvider {
  readonly tracer: RecordingTracer;

  constructor(resource: Resource, router: SpanRouter) {
    super({ resource, spanProcessors: [router], idGenerator: ID_GENERATOR });
    this.tracer = createRecorder(resource, router);
  }

  override getTracer(name: string, version?: string, options?: TracerOptions): Tracer {
    return name === SCOPE_NAME ? this.tracer : super.getTracer(name, version, options);
  }
}

/** Makes the tracer whose spans go straight to the router. */
export function createRecorder(resource: Resource, router: SpanRouter): RecordingTracer {
  return new RecordingTracer({
    resource,
    instrumentationScope: { name: SCOPE_NAME, version: VERSION },
    onStart: (span, parent) => {
      assignHolder(span, parent);
      spanWatch.current?.started(span);
    },
    rootTraceId: (parent) => holderIn(parent)?.traceId,
    onEnd: (span) => {
      router.onEnd(span);
    },
    adoptiveParent,
  });
}

/** Names the span that is exported: a child of one that is left out would be an orphan on the other side. */
class ExportedSpanPropagator extends W3CTraceContextPropagator {
  override inject(active: Context, carrier: unknown, setter: TextMapSetter): void {
    const given = trace.getSpanContext(active);
    const exported = given === undefined ? undefined : adoptiveParent(given);
    const isSame = exported === given || exported === undefined;
    super.inject(isSame ? active : trace.setSpanContext(active, exported), carrier, setter);
  }
}

/** Makes the resource: the options over the environment over the SDK's own defaults. */
export function createResource({ appName, resourceAttributes, hasResourceVariables }: ResolvedOptions): Resource {
  const fromEnvironment = detectResources({ detectors: hasResourceVariables ? [envDetector] : [] });
  const fromOptions: Attributes = { ...resourceAttributes };
  const named = fromOptions[SERVICE_NAME] ?? appName?.value ?? fromEnvironment.attributes[SERVICE_NAME] ?? "spandrel";
  return defaultResource()
    .merge(fromEnvironment)
    .merge(
      resourceFromAttributes({
        "telemetry.distro.name": "spandrel",
        "telemetry.distro.version": VERSION,
        ...fromOptions,
        [SERVICE_NAME]: appName?.isExplicit === true ? appName.value : named,
      }),
    );
}

/**
 * Registers the provider with the API, and a context manager and propagator where there are none. Baggage is left out
 * of the propagator: with HTTP instrumentation it would reach every third party. Returns the undoing.
 * `isContextEnabled` false leaves the context manager out, so that spans do not nest.
 */
export function registerGlobally(provider: SpandrelTracerProvider, isContextEnabled: boolean): () => void {
  const isRegistered = trace.setGlobalTracerProvider(provider);
  if (!isRegistered) {
    log.warn(
      "SPANDREL_OTHER_PROVIDER",
      "another OpenTelemetry SDK is registered already: decorated calls are traced by Spandrel, but spans of other tracers " +
        "go to that SDK. To have both in one, give startTelemetry({ tracerProvider: (spandrel) => yourProvider })",
    );
  }
  if (isContextEnabled) context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new ExportedSpanPropagator());
  // The context manager stays: calls that are under way still need it, and it does nothing by itself.
  return () => {
    if (isRegistered) trace.disable();
  };
}

/** Says so when nothing carries the active span from call to call. */
export function checkContextManager(): void {
  const probe = context.active().setValue(Symbol("spandrel.probe"), true);
  if (context.with(probe, () => context.active()) === probe) return;
  log.warn(
    "SPANDREL_NO_CONTEXT_MANAGER",
    "no OpenTelemetry context manager is registered, so spans will not nest; with a tracerProvider of your own, call " +
      "context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()) as well",
  );
}
