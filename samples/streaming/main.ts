// A streamed answer, printed as it comes, and its one trace: node --import tsx samples/streaming/main.ts
import { join } from "node:path";
import { startTelemetry } from "spandrel";
import { ConsoleSpanExporter, FileSpanExporter, InMemorySpanExporter } from "spandrel/exporters";
import { connectOpenAI } from "../local-openai/client.js";
import { SayHi } from "./say-hi.js";

async function main(): Promise<void> {
  const tracesPath = join(process.env["SAMPLE_OUT"] ?? join(__dirname, "out"), "traces.jsonl");
  const telemetry = startTelemetry({
    appName: "streaming",
    processors: { default: { exporter: new FileSpanExporter({ path: tracesPath }) } },
  });
  const memory = new InMemorySpanExporter();
  telemetry.addProcessor({ exporter: memory });

  const { openai, chatModel, description, close } = await connectOpenAI();
  const greeter = new SayHi(openai, chatModel);
  for await (const piece of greeter.hi("Hello, this is Ada Lovelace.")) process.stdout.write(piece);
  await close();
  await telemetry.shutdown();

  console.log(`\n\nSaid by ${description}. Its trace:\n`);
  const spans = memory.getFinishedSpans();
  new ConsoleSpanExporter().export(spans, () => {});
  for (const { name, attributes } of spans) {
    if (name !== "SayHi.hi") continue;
    console.log(`\noutput      ${String(attributes["traceloop.entity.output"])}`);
    console.log(`first piece after ${Math.round(Number(attributes["spandrel.stream.time_to_first_chunk_ms"]))} ms`);
  }
  console.log(`file        ${tracesPath}`);
}

void main();
