import { type Tracer, context, propagation, trace } from "@opentelemetry/api";
import { NodeTracerProvider, SimpleSpanProcessor, type SpanProcessor } from "@opentelemetry/sdk-trace-node";
import { InHouseExporter, ReleaseStamp } from "./in-house.js";

/** The OpenTelemetry set-up of an application that knew nothing of Spandrel: provider, processors, context manager. */
export class Application {
  readonly provider: NodeTracerProvider;
  readonly tracer: Tracer;
  /** What stood in the API when it had started. */
  readonly registered: readonly unknown[];

  /** `more` are processors that shall stand behind its own. */
  constructor(path: string, more: readonly SpanProcessor[] = []) {
    const exporter = new InHouseExporter(path);
    this.provider = new NodeTracerProvider({
      spanProcessors: [new ReleaseStamp(), new SimpleSpanProcessor(exporter), ...more],
    });
    // Makes it the process's provider, and brings the context manager and the propagators.
    this.provider.register();
    this.tracer = this.provider.getTracer("shop");
    this.registered = registered();
  }

  /** Its own end. Whoever registered something takes it back. */
  async stop(): Promise<void> {
    await this.provider.shutdown();
    trace.disable();
    context.disable();
    propagation.disable();
  }
}

const API = Symbol.for("opentelemetry.js.api.1");

/** What the OpenTelemetry API of this process hands out: provider, tracer, context manager, propagator. */
export function registered(): readonly unknown[] {
  const api = Reflect.get(globalThis, API) as Readonly<Record<string, unknown>> | undefined;
  return [trace.getTracerProvider(), trace.getTracer("shop"), api?.["context"], api?.["propagation"]];
}
