// Runs in a thread of its own, which shares nothing with the others: it starts a telemetry of its own, with a file of its own.
import { parentPort, workerData } from "node:worker_threads";
import { Task, startTelemetry, withExtractedContext } from "spandrel";
import { FileSpanExporter } from "spandrel/exporters";
import type { RenderData } from "./render.js";

class Press {
  @Task({ name: "render_page" })
  renderPage(text: string): string {
    return `<p>${text}</p>`;
  }
}

async function main({ text, trace, tracesPath }: RenderData): Promise<void> {
  const telemetry = startTelemetry({
    appName: "render-thread",
    instruments: [],
    processors: { default: { exporter: new FileSpanExporter({ path: tracesPath }) } },
  });
  const page = withExtractedContext(trace, () => new Press().renderPage(text));
  await telemetry.shutdown();
  parentPort?.postMessage(page);
}

void main(workerData as RenderData);
