// One call, traced five ways, and its one span: node --import tsx samples/duplicates/main.ts
import { join } from "node:path";
import { startTelemetry } from "spandrel";
import { ConsoleSpanExporter, FileSpanExporter } from "spandrel/exporters";
import { traceOpenAI } from "spandrel/openai";
import { connectOpenAI } from "../local-openai/client.js";
import { Joker } from "./joker.js";
import { registerOtherVendor, VENDOR } from "./other-vendor.js";

async function main(): Promise<void> {
  const tracesPath = join(process.env["SAMPLE_OUT"] ?? join(__dirname, "out"), "traces.jsonl");

  // Traces every client of `openai`.
  const telemetry = startTelemetry({
    appName: "duplicates",
    processors: { default: { exporter: new FileSpanExporter({ path: tracesPath }) } },
  });
  telemetry.addProcessor({ exporter: new ConsoleSpanExporter() });

  // Does so, too.
  const isRegistered = registerOtherVendor();
  console.log(`${VENDOR} is ${isRegistered ? "on, too" : "not installed; this runs without it"}.\n`);

  // Traces this client, and once more.
  const { openai, chatModel, description, close } = await connectOpenAI();
  const client = traceOpenAI(traceOpenAI(openai));

  // And `tell` is a task.
  const joke = await new Joker(client, chatModel).tell("opentelemetry");
  console.log(`${joke}\n`);

  await close();
  await telemetry.shutdown();
  console.log("\nduplicates", telemetry.status().duplicates);
  console.log(`\nTold by ${description}.\nTrace: ${tracesPath}`);
}

void main();
