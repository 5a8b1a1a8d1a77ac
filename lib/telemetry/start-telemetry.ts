import type { Span, Tracer, TracerProvider } from "@opentelemetry/api";
import { ANTHROPIC_INSTRUMENT } from "../anthropic/index.js";
import { type Delivery, setDelivery } from "../client/index.js";
import {
  SCOPE_NAME,
  assignHolder,
  holdSpan,
  isLeftOut,
  resetOwnership,
  runtime,
  setDefaultAttributes,
  settleOwnership,
  stampSpan,
} from "../context/index.js";
import { AlreadyStartedError, InvalidOptionError } from "../errors.js";
import { enableInstruments, warnOfKnownBad } from "../instruments/index.js";
import {
  type Environment,
  VERSION,
  randomSpanId,
  resetLog,
  setLogLevel,
  sharedSlot,
  spanWatch,
} from "../internal/index.js";
import { OPENAI_INSTRUMENT } from "../openai/index.js";
import { type ProcessorLedger, SpanRouter } from "../processors/index.js";
import { createDefaultExporter } from "./default-destination.js";
import { ledgerFacts } from "./ledger-facts.js";
import { observeLedgers } from "./ledger-metrics.js";
import { createFinalReport } from "./ledger-report.js";
import { handleProcessEnd } from "./process-end.js";
import {
  SpandrelTracerProvider,
  checkContextManager,
  createRecorder,
  createResource,
  registerGlobally,
} from "./provider.js";
import { type ResolvedOptions, resolveOptions } from "./resolve-options.js";
import type { TelemetryOptions } from "./telemetry-options.js";
import { type Telemetry, createTelemetry, readyMadeProviderError } from "./telemetry.js";

/** What is traced by instruments of our own. */
const NATIVE_INSTRUMENTS = [OPENAI_INSTRUMENT, ANTHROPIC_INSTRUMENT];

/** The telemetry that is running, one per process although the package may be loaded twice. */
const running = sharedSlot<{ current: Telemetry | undefined }>("telemetry", () => ({ current: undefined }));

/** The telemetry that runs now, whoever has started it. */
export function runningTelemetry(): Telemetry | undefined {
  return running.current;
}

/**
 * This starts telemetry for the whole process, at once. Without options, traces go to the file `.spandrel/traces.jsonl`
 * (outside production), and one line on stderr says so. Throws `InvalidOptionError` for an option or variable that
 * cannot be used, and `AlreadyStartedError` while an earlier telemetry has not been shut down.
 *
 * @example
 * ```ts
 * await using telemetry = startTelemetry({
 *   appName: "support-desk",
 *   processors: { debug: { exporter: new FileSpanExporter({ path: "debug.jsonl" }) } },
 * });
 * ```
 */
export function startTelemetry(options: TelemetryOptions = {}): Telemetry {
  return startTelemetryIn({ env: process.env }, options);
}

/** What telemetry is started in. */
export interface Surroundings {
  /** The variables that fill in for options. */
  readonly env: Environment;
  /** Given the way of the spans to the processors, before there are any. */
  readonly onRouter?: ((router: SpanRouter) => void) | undefined;
  /** Called when recording stops. */
  readonly onDisconnect?: (() => void) | undefined;
}

/** `startTelemetry` for who has another environment than the process's: a test. */
export function startTelemetryIn({ env, onRouter, onDisconnect }: Surroundings, options: TelemetryOptions): Telemetry {
  if (running.current !== undefined) {
    throw new AlreadyStartedError(
      "startTelemetry was called twice; use the telemetry of the first call (processors can be added to it with " +
        "addProcessor), or await its shutdown() first",
    );
  }
  const resolved = resolveOptions(options, env);
  resetLog();
  // Not on the call that it is seen at: it reads manifests.
  resetOwnership(() => void setImmediate(warnOfKnownBad).unref());
  setLogLevel(resolved.logLevel);
  const id = randomSpanId();
  const router = createRouter(resolved, id);
  onRouter?.(router);
  // Whatever can throw comes before the first touch of a global: a start that fails leaves nothing behind.
  addProcessors(resolved, router);
  const connection = resolved.isEnabled ? connect(resolved, router) : undefined;
  runtime.tracer = connection?.tracer;
  runtime.limits = resolved.limits;
  runtime.isContentCaptured = resolved.captureContent;
  runtime.isDeliveredElsewhere = typeof resolved.tracerProvider === "object";
  runtime.state = connection === undefined ? "off" : "on";
  setDefaultAttributes(resolved.defaults);
  setDelivery(connection === undefined ? undefined : createDelivery(connection, router, resolved));
  const disableInstruments =
    connection === undefined
      ? () => {}
      : enableInstruments(resolved.instruments, { tracerProvider: connection.provider }, NATIVE_INSTRUMENTS);
  const readLedgers = (): ProcessorLedger[] => router.status().processors;
  const report = createFinalReport(readLedgers, id);
  const sayLast = (): void => {
    router.note();
    report();
  };
  const leaveProcess = resolved.isExitHandled ? handleProcessEnd(router, sayLast) : () => {};
  const hideMetrics = observeLedgers(readLedgers);
  const disconnect = (): void => {
    runtime.state = "off";
    runtime.tracer = undefined;
    setDefaultAttributes(undefined);
    setDelivery(undefined);
    disableInstruments();
    connection?.disconnect();
    running.current = undefined;
    onDisconnect?.();
  };
  // Until then the process may still end: its end must not lose what is on its way.
  const leave = (): void => {
    leaveProcess();
    hideMetrics();
    report();
  };
  const telemetry = createTelemetry(router, resolved, { disconnect, leave });
  running.current = telemetry;
  return telemetry;
}

function createDelivery({ recorder }: Connection, router: SpanRouter, { redactor }: ResolvedOptions): Delivery {
  return {
    recorder,
    flush: () => router.forceFlush(),
    processSpans: (spans) => router.processSpans(spans),
    redact: (span) => redactor?.redactSpan(span) ?? span,
  };
}

function createRouter({ spanPostprocessCallback, autoFlush, redactor }: ResolvedOptions, id: string): SpanRouter {
  return new SpanRouter({
    onStart: (span, parentContext) => {
      assignHolder(span, parentContext);
      spanWatch.current?.started(span);
      settleOwnership(span, parentContext);
      // The facade has put the context's attributes on its own spans before they start.
      if (scopeNameOf(span) !== SCOPE_NAME) stampSpan(span, parentContext);
    },
    onEnd: (span) => spanWatch.current?.ended(span),
    isLeftOut,
    isHeld: holdSpan,
    postprocess: spanPostprocessCallback,
    autoFlush,
    describeLedgers: (ledgers) => ledgerFacts(ledgers, id, Date.now()),
    redact: redactor === undefined ? undefined : (span) => redactor.redactSpan(span),
  });
}

function scopeNameOf(span: Span & { readonly instrumentationScope?: { readonly name: string } }): string | undefined {
  return span.instrumentationScope?.name;
}

/** Where the facade's spans are made. */
interface Connection {
  readonly provider: TracerProvider;
  readonly tracer: Tracer;
  /** Makes spans that go straight to the router; undefined where none of the provider's spans come to it. */
  readonly recorder: Tracer | undefined;
  readonly disconnect: () => void;
}

/** Connects the facade with the provider that makes its spans: ours, which is registered, or the user's, which is not. */
function connect(resolved: ResolvedOptions, router: SpanRouter): Connection {
  const { tracerProvider } = resolved;
  if (tracerProvider === undefined) {
    const provider = new SpandrelTracerProvider(createResource(resolved), router);
    const disconnect = registerGlobally(provider, resolved.instruments.isContextEnabled);
    return { provider, tracer: provider.tracer, recorder: provider.tracer, disconnect };
  }
  const isOurs = typeof tracerProvider === "function";
  const provider = isOurs ? makeProvider(tracerProvider, router) : tracerProvider;
  // Making it may have registered one.
  checkContextManager();
  const recorder = isOurs ? createRecorder(createResource(resolved), router) : undefined;
  return { provider, tracer: provider.getTracer(SCOPE_NAME, VERSION), recorder, disconnect: () => {} };
}

function makeProvider(make: (router: SpanRouter) => TracerProvider, router: SpanRouter): TracerProvider {
  const provider: unknown = make(router);
  if (typeof provider === "object" && provider !== null && typeof Reflect.get(provider, "getTracer") === "function") {
    return provider as TracerProvider;
  }
  throw new InvalidOptionError("tracerProvider", "a function that returns a TracerProvider", provider);
}

function addProcessors(resolved: ResolvedOptions, router: SpanRouter): void {
  const { processors, isBatchingEnabled, customExporter, spanPostprocessCallback, tracerProvider } = resolved;
  if (typeof tracerProvider === "object") {
    const isEmpty = customExporter === undefined && spanPostprocessCallback === undefined;
    if (!isEmpty || Object.keys(processors).length > 0) throw readyMadeProviderError(tracerProvider);
    return;
  }
  for (const [name, options] of Object.entries(processors))
    router.addProcessor({ isBatchingEnabled, ...options, name });
  if (!resolved.isEnabled || Object.hasOwn(processors, "default")) return;
  const exporter = createDefaultExporter(resolved);
  if (exporter !== undefined) router.addProcessor({ name: "default", exporter, isBatchingEnabled });
}
