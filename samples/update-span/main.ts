// Spans that change while they run, and spans by hand: node --import tsx samples/update-span/main.ts
import { rmSync } from "node:fs";
import { join } from "node:path";
import { getClient, startTelemetry } from "spandrel";
import { ConsoleSpanExporter, FileSpanExporter, InMemorySpanExporter } from "spandrel/exporters";
import { connectOpenAI } from "../local-openai/client.js";
import { HybridJob, readCustomers } from "./by-hand.js";
import { DataJobs } from "./data-jobs.js";

async function main(): Promise<void> {
  const tracesPath = join(process.env["SAMPLE_OUT"] ?? join(__dirname, "out"), "traces.jsonl");
  rmSync(tracesPath, { force: true });
  const telemetry = startTelemetry({
    appName: "update-span",
    processors: { default: { exporter: new FileSpanExporter({ path: tracesPath }) } },
  });
  const memory = new InMemorySpanExporter();
  telemetry.addProcessor({ exporter: memory });

  const { openai, chatModel, description, close } = await connectOpenAI();
  const jobs = new DataJobs(openai, chatModel);
  const ada = { id: 1, text: "Ada Lovelace met Charles Babbage in London." };
  console.log(await jobs.process("user-1", [ada, { id: 2, text: "" }]));
  try {
    await jobs.process("user-2", [{ id: 3, text: "" }]);
  } catch (error) {
    console.log(String(error));
  }
  console.log(new HybridJob().run([ada, { id: 2, text: "" }, { id: 4, text: "Grace Hopper wrote a compiler." }]));
  console.log(readCustomers());

  // Outside of any span there is nothing to tell of.
  const client = getClient();
  console.log("outside:", client.getCurrentTraceId(), client.isRecording(), client.getContextValue("run"));

  await close();
  await telemetry.shutdown();
  console.log(`\nAnswered by ${description}. The traces:\n`);
  new ConsoleSpanExporter().export(memory.getFinishedSpans(), () => {});
  console.log(`\nTrace file: ${tracesPath}`);
}

void main();
