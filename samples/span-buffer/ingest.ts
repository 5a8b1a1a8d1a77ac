// Another process: takes serialised spans from its standard input and processes them through its own telemetry.
import { text } from "node:stream/consumers";
import { SpanBuffer, getClient, startTelemetry } from "spandrel";
import { FileSpanExporter } from "spandrel/exporters";

async function main([path = ""]: readonly string[]): Promise<void> {
  const telemetry = startTelemetry({
    appName: "ingest",
    instruments: [],
    processors: { default: { exporter: new FileSpanExporter({ path }) } },
  });
  const buffer = SpanBuffer.deserialize(await text(process.stdin));
  const isProcessed = await getClient().processSpans(buffer);
  console.log(`${buffer.getSpanCount()} spans of trace ${buffer.traceId}, processed: ${isProcessed}`);
  await telemetry.shutdown();
}

void main(process.argv.slice(2));
