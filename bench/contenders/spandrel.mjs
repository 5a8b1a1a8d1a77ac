// Spandrel as a user has it: every method decorated, telemetry started with one call and its defaults.
import { METHODS, Service } from "../lib/cases.mjs";
import { PROCESSOR_NAMES, TAG } from "../lib/contenders.mjs";
import { CountingExporter } from "../lib/counting-exporter.mjs";
import { createStockProvider } from "./stock-provider.mjs";

export async function create({ content = false, provider: kind = "own", processors, entry }) {
  const { Task, startTelemetry } = await import(entry);
  const exporter = new CountingExporter();
  const service = decorate(Task, processors === undefined ? {} : { processors: TAG });
  if (kind === "none") return { service, exporter };

  const options = { captureContent: content, logLevel: "error" };
  if (kind === "stock") {
    const provider = createStockProvider(exporter);
    startTelemetry({ ...options, tracerProvider: provider });
    return { service, exporter, flush: () => provider.forceFlush() };
  }
  const names = processors === undefined ? ["default"] : PROCESSOR_NAMES.slice(-processors);
  const telemetry = startTelemetry({
    ...options,
    processors: Object.fromEntries(names.map((name) => [name, { exporter: isReached(name) ? exporter : idle }])),
  });
  return { service, exporter, flush: () => telemetry.flush() };
}

/** The exporter of processors that no span is meant for. */
const idle = new CountingExporter();

function isReached(name) {
  return name === "default" || name === TAG;
}

/** What TypeScript emits for `@Task()` on each method, in the Stage-3 dialect. */
function decorate(Task, options) {
  class TracedService extends Service {}
  for (const name of Object.keys(METHODS)) {
    const decoratorContext = { kind: "method", name, static: false, private: false, metadata: {}, addInitializer() {} };
    TracedService.prototype[name] = Task(options)(Service.prototype[name], decoratorContext);
  }
  return new TracedService();
}
