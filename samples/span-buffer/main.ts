// Spans that are held until it is decided what becomes of them: node --import tsx samples/span-buffer/main.ts
import { rmSync } from "node:fs";
import { join } from "node:path";
import { getClient, startTelemetry } from "spandrel";
import { ConsoleSpanExporter, FileSpanExporter, InMemorySpanExporter } from "spandrel/exporters";
import { traceAfterwards } from "./afterwards.js";
import { holdAll } from "./basic.js";
import { logIfSuccessful } from "./experiments.js";
import { inspect } from "./inspect.js";
import { collectWorkflowSpans, processElsewhere, processIfClean } from "./transportable.js";

const out = process.env["SAMPLE_OUT"] ?? join(__dirname, "out");
const TRACES = join(out, "traces.jsonl");
const INGESTED = join(out, "ingested.jsonl");

async function main(): Promise<void> {
  // The files are appended to; what is there afterwards shall be this run alone.
  for (const path of [TRACES, INGESTED]) rmSync(path, { force: true });
  const telemetry = startTelemetry({
    appName: "span-buffer",
    instruments: [],
    processors: { default: { exporter: new FileSpanExporter({ path: TRACES }) } },
  });
  const memory = new InMemorySpanExporter();
  telemetry.addProcessor({ exporter: memory });
  const client = getClient();
  const namesExported = async (): Promise<string> => {
    await client.flush();
    return memory
      .getFinishedSpans()
      .map(({ name }) => name)
      .join(", ");
  };

  console.log("Held and let go");
  const held = holdAll();
  console.log(`  exported: ${await namesExported()}; held: ${held.getSpanCount()}`);
  console.log(`  processed: ${await client.processSpans(held)}, once more: ${await client.processSpans(held)}`);
  console.log(`  exported: ${await namesExported()}`);

  console.log("Collected here, processed there");
  const collected = collectWorkflowSpans();
  console.log(`  in another process: ${await processElsewhere(collected, INGESTED)}`);
  console.log(`  in another function: ${await processIfClean(collected.getAllSpans())}`);

  console.log("Made afterwards");
  const start = Date.UTC(2026, 10, 21, 9);
  const log = {
    name: "nightly",
    startedAt: new Date(start),
    endedAt: new Date(start + 1_500),
    steps: [
      { name: "load", startedAt: new Date(start), millis: 500 },
      { name: "rank", startedAt: new Date(start + 500), millis: 1_000 },
    ],
  };
  console.log(`  processed: ${await client.processSpans(traceAfterwards(log))}`);

  console.log("Looked at before the export");
  console.log(`  processed: ${await client.processSpans(inspect())}`);

  console.log("Exported if it was worth it");
  await logIfSuccessful("low-goal", 0.8);
  await logIfSuccessful("high-goal", 0.99);

  await telemetry.shutdown();
  console.log("\nThe traces:\n");
  new ConsoleSpanExporter().export(memory.getFinishedSpans(), () => {});
  console.log(`\nTrace files: ${TRACES}, ${INGESTED}`);
}

void main();
