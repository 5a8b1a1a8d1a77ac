import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

/** Registers the SDK's provider with one stock batch processor per route; a route says which spans it takes. */
export function createStockProvider(exporter, routes = [() => true]) {
  const spanProcessors = routes.map((isTaken) => {
    const batch = new BatchSpanProcessor(exporter);
    if (routes.length === 1) return batch;
    return {
      onStart: (span, parentContext) => batch.onStart(span, parentContext),
      onEnd: (span) => {
        if (isTaken(span)) batch.onEnd(span);
      },
      forceFlush: () => batch.forceFlush(),
      shutdown: () => batch.shutdown(),
    };
  });
  const provider = new NodeTracerProvider({ spanProcessors });
  provider.register({ contextManager: new AsyncLocalStorageContextManager().enable() });
  return provider;
}
