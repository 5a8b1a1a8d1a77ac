// Providers, processors and exporters of the OpenTelemetry SDK fit without a cast.
import type { TracerProvider } from "@opentelemetry/api";
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { type ProcessorLedger, type Telemetry, type TelemetryOptions, startTelemetry } from "spandrel";
import { FileSpanExporter } from "spandrel/exporters";
import { type Equal, holds } from "./equal.js";

const options: TelemetryOptions = {
  appName: "desk",
  customExporter: new InMemorySpanExporter(),
  processors: {
    default: { exporter: new FileSpanExporter({ path: "traces.jsonl" }) },
    debug: {
      exporter: new ConsoleSpanExporter(),
      filter: (span) => span.name.startsWith("Desk."),
      queue: { maxSpans: 5 },
    },
  },
  spanPostprocessCallback: (span) => {
    span.attributes["seen"] = true;
    span.name = span.name.toUpperCase();
  },
};
const telemetry: Telemetry = startTelemetry(options);
const ready: TracerProvider = new NodeTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())],
});
export const withReady: TelemetryOptions = { tracerProvider: ready };
export const withFunction: TelemetryOptions = {
  tracerProvider: (spandrel) =>
    new NodeTracerProvider({ spanProcessors: [spandrel, new BatchSpanProcessor(new ConsoleSpanExporter())] }),
};
export const explicitUndefined: TelemetryOptions = { appName: undefined, capture: { maxBytes: undefined } };

const handle = telemetry.addProcessor({ exporter: new InMemorySpanExporter(), isDefault: undefined });
const removed = handle.remove();
holds<Equal<typeof removed, Promise<void>>>();
const { processors } = telemetry.status();
holds<Equal<typeof processors, ProcessorLedger[]>>();
const flushed = telemetry.flush();
holds<Equal<typeof flushed, Promise<void>>>();

export class Desk {
  @telemetry.Task({ processors: "debug" })
  plan(): number {
    return 1;
  }

  @telemetry.StreamingTool()
  *chunks(): Generator<string> {
    yield "a";
  }
}
holds<Equal<Desk["plan"], () => number>>();
